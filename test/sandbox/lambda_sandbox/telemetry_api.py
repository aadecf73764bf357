"""PUT /2022-07-01/telemetry: checks a subscription as the service does."""

import json
from collections.abc import Callable
from urllib.parse import urlsplit

from .api import Answer, Api, error_answer
from .extensions_api import Extension, ExtensionsApi
from .http_server import Request
from .options import Options
from .telemetry import Buffering, Destination, TelemetryHub

SCHEMA_VERSIONS = ("2022-07-01", "2022-12-13", "2025-01-29")
TYPES = ("platform", "function", "extension")
HOSTS = ("sandbox.localdomain", "sandbox", "127.0.0.1", "localhost")
RESERVED_PORT = 9001
# name: (attribute, least, most)
LIMITS = {
    "maxItems": ("max_items", 1000, 10000),
    "maxBytes": ("max_bytes", 262144, 1048576),
    "timeoutMs": ("timeout_ms", 25, 30000),
}


class Invalid(Exception):
    pass


class TelemetryApi:
    def __init__(self, api: Api, options: Options, extensions: ExtensionsApi, hub: TelemetryHub,
                 on_subscribed: Callable[[Extension, Destination, list[str]], None]):
        self._options = options
        self._extensions = extensions
        self._hub = hub
        self._on_subscribed = on_subscribed
        api.add("PUT", "/2022-07-01/telemetry", "telemetry", self._subscribe)
        api.add("PUT", "/2020-08-15/logs", "telemetry", self._logs)

    def _logs(self, request: Request) -> Answer:
        return error_answer(202, "Logs.NotSupported", "the Logs API is superseded by the Telemetry API")

    def _subscribe(self, request: Request) -> Answer:
        extension = self._extensions.identify(request)
        if isinstance(extension, Answer):
            return extension
        if self._options.telemetry == "off":
            return error_answer(202, "Telemetry.NotSupported", "Telemetry API is not supported")
        if not self._hub.open:
            return error_answer(403, "Telemetry.SubscriptionClosed", "the init phase is over")
        try:
            types, buffering, destination = parse_subscription(request.body, self._schemas())
        except Invalid as error:
            return error_answer(400, "ValidationError", str(error))

        def commit() -> None:
            self._hub.subscribe(extension.name, destination, types, buffering)
            self._on_subscribed(extension, destination, types)

        standing = self._hub.is_subscribed(extension.name, destination, types)
        return Answer(200, b"Already subscribed" if standing else b"OK", commit=commit)

    def _schemas(self) -> tuple[str, ...]:
        managed = self._options.initialization_type == "lambda-managed-instances"
        return SCHEMA_VERSIONS[2:] if managed else SCHEMA_VERSIONS


def parse_subscription(body: bytes, schemas: tuple[str, ...]) -> tuple[list[str], Buffering, Destination]:
    try:
        wish = json.loads(body)
    except (ValueError, RecursionError):
        raise Invalid("the body is not JSON") from None
    if not isinstance(wish, dict):
        raise Invalid("the body is not a JSON object")
    if wish.get("schemaVersion") not in schemas:
        raise Invalid(f"schemaVersion {wish.get('schemaVersion')!r} is none of {', '.join(schemas)}")
    types = wish.get("types")
    if not isinstance(types, list) or not types or any(each not in TYPES for each in types):
        raise Invalid(f"types must be a list of some of {', '.join(TYPES)}")
    return types, _parse_buffering(wish.get("buffering", {})), _parse_destination(wish.get("destination"))


def _parse_buffering(wish: object) -> Buffering:
    if not isinstance(wish, dict):
        raise Invalid("buffering is not a JSON object")
    buffering = Buffering()
    for name, (attribute, least, most) in LIMITS.items():
        value = wish.get(name, getattr(buffering, attribute))
        if type(value) is not int or not least <= value <= most:
            raise Invalid(f"buffering.{name} must be an integer from {least} to {most}, not {value!r}")
        setattr(buffering, attribute, value)
    return buffering


def _parse_destination(wish: object) -> Destination:
    if not isinstance(wish, dict):
        raise Invalid("destination is missing")
    if wish.get("protocol") != "HTTP":
        raise Invalid(f"destination.protocol must be HTTP here, not {wish.get('protocol')!r}")
    if wish.get("method", "POST") != "POST" or wish.get("encoding", "JSON") != "JSON":
        raise Invalid("destination.method must be POST and destination.encoding JSON here")
    try:
        uri = urlsplit(str(wish.get("URI", "")))
        port = uri.port or 80
    except ValueError:
        raise Invalid(f"destination.URI {wish.get('URI')!r} is not a URI") from None
    if uri.scheme != "http" or uri.hostname not in HOSTS:
        raise Invalid(f"destination.URI must be http://sandbox.localdomain:PORT, not {wish.get('URI')!r}")
    if port == RESERVED_PORT:
        raise Invalid(f"port {RESERVED_PORT} is reserved")
    return Destination("127.0.0.1", port, uri.path or "/", uri.netloc)
