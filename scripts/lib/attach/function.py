"""A function as Lambda's API describes it, and the layers on it. No call is made here."""
import re
from dataclasses import dataclass, field
from typing import Dict, List, Optional, Tuple

ARCHITECTURES = ("x86_64", "arm64")
LAYER_ARN = re.compile(r"arn:(aws[a-z-]*):lambda:([a-z0-9-]+):(\d{12}):layer:([A-Za-z0-9_-]+):(\d+)")


@dataclass(frozen=True)
class Layer:
    """One version of a layer, by its ARN."""
    arn: str

    def _part(self, number):
        match = LAYER_ARN.fullmatch(self.arn)
        return match[number] if match else ""

    @property
    def valid(self):
        return bool(LAYER_ARN.fullmatch(self.arn))

    @property
    def region(self):
        return self._part(2)

    @property
    def name(self):
        return self._part(4)

    @property
    def version(self):
        return int(self._part(5) or 0)

    @property
    def short(self):
        """name:version, as people call it; the account is not said."""
        return f"{self.name}:{self.version}" if self.valid else self.arn

    @property
    def architecture(self) -> Optional[str]:
        """What the layer's name says, as each layer of publish-layer and of layer/ says it."""
        name = self.name.lower()
        if "arm64" in name:
            return "arm64"
        return "x86_64" if re.search(r"x86|amd64", name) else None

    @property
    def is_vitals(self):
        return bool(re.search(r"lambda[-_]?vitals", self.name, re.IGNORECASE))

    @property
    def is_insights(self):
        return self.name.startswith("LambdaInsightsExtension")


@dataclass(frozen=True)
class Function:
    name: str
    architecture: str = "x86_64"
    image: bool = False
    layers: Tuple[Layer, ...] = ()
    layer_sizes: Tuple[int, ...] = ()  # of their zips, in bytes
    code_size: int = 0  # of its zip, in bytes
    environment: Dict[str, str] = field(default_factory=dict)
    environment_error: str = ""  # why it cannot be read
    revision: str = ""
    version: str = "$LATEST"
    role: str = ""
    logging: Dict[str, str] = field(default_factory=dict)

    @staticmethod
    def of(configuration) -> "Function":
        """From an answer of GetFunctionConfiguration or an item of ListFunctions."""
        environment = configuration.get("Environment") or {}
        error = environment.get("Error") or {}
        layers = configuration.get("Layers") or []
        return Function(
            name=configuration["FunctionName"],
            architecture=(configuration.get("Architectures") or ["x86_64"])[0],
            image=configuration.get("PackageType") == "Image",
            layers=tuple(Layer(each["Arn"]) for each in layers),
            layer_sizes=tuple(each.get("CodeSize") or 0 for each in layers),
            code_size=configuration.get("CodeSize") or 0,
            environment=dict(environment.get("Variables") or {}),
            environment_error=" ".join(filter(None, (error.get("ErrorCode"), error.get("Message")))),
            revision=configuration.get("RevisionId") or "",
            version=configuration.get("Version") or "$LATEST",
            role=configuration.get("Role") or "",
            logging=dict(configuration.get("LoggingConfig") or {}))

    @property
    def log_group(self):
        return self.logging.get("LogGroup") or f"/aws/lambda/{self.name}"

    def vitals(self) -> List[Layer]:
        return [each for each in self.layers if each.is_vitals]
