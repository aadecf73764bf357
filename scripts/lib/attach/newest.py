"""Which version of the layer is attached: the one that the parameter names, else the newest that is published."""
import threading

from attach.errors import Failed
from attach.function import Layer
from attach.plan import Unavailable

PARAMETERS = "/lambda-vitals"  # where scripts/publish-layer writes them


class Newest:
    """Asks once for an architecture. `given` holds versions that were named, by architecture."""

    def __init__(self, aws, parameters=PARAMETERS, given=None, warn=lambda text: None):
        self._aws, self._parameters, self._warn = aws, parameters.rstrip("/"), warn
        self._found = dict(given or {})
        self._lock = threading.Lock()

    def __call__(self, architecture) -> Layer:
        with self._lock:
            if architecture not in self._found:
                self._found[architecture] = self._of_parameter(architecture) or self._of_list(architecture)
            if not self._found[architecture]:
                raise Unavailable(
                    f"no layer lambda-vitals-{architecture} is published in {self._aws.region}; publish it with "
                    f"./scripts/build-layer {architecture} && ./scripts/publish-layer --arch {architecture} {self._aws.region}")
            return self._found[architecture]

    def _of_parameter(self, architecture):
        name = f"{self._parameters}/{architecture}"
        try:
            value = self._aws.call("ssm", "get_parameter", Name=name)["Parameter"]["Value"].strip()
        except Failed as error:  # there is none, or it may not be read: the layers are listed
            if error.code and error.code != "ParameterNotFound":
                self._warn(f"the parameter {name} is not used: {error}")
            return None
        layer = Layer(value)
        wrong = self._wrong(layer, architecture)
        if wrong:
            self._warn(f"the parameter {name} is not used: {wrong}")
            return None
        return layer

    def _wrong(self, layer, architecture):
        if not layer.valid:
            return f'"{layer.arn}" is not the ARN of a layer version'
        if layer.region != self._aws.region:
            return f"{layer.arn} is in another region"
        if layer.architecture not in (architecture, None):
            return f"{layer.short} is for {layer.architecture}"
        try:
            self._aws.call("lambda", "get_layer_version", LayerName=layer.arn.rpartition(":")[0], VersionNumber=layer.version)
        except Failed as error:
            if error.code == "ResourceNotFoundException":
                return f"{layer.short} has been deleted"
        return ""

    def _of_list(self, architecture):
        try:
            versions = list(self._aws.pages("lambda", "list_layer_versions", "LayerVersions", "NextMarker", "Marker",
                                            LayerName=f"lambda-vitals-{architecture}"))
        except Failed as error:
            if error.code == "ResourceNotFoundException":
                return None
            raise Unavailable(f"the layer's versions cannot be listed: {error}") from error
        fitting = [each for each in versions if architecture in (each.get("CompatibleArchitectures") or [architecture])]
        return Layer(max(fitting, key=lambda each: each["Version"])["LayerVersionArn"]) if fitting else None
