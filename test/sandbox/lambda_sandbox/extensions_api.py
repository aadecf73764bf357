"""The Extensions API: register, event/next, init/error, exit/error."""

import json
import os
import uuid
from collections import deque
from collections.abc import Callable

from .api import Answer, Api, error_answer
from .clock import now
from .http_server import Request
from .options import Options
from .processes import Process

PREFIX = "/2020-01-01/extension"
EVENTS = ("INVOKE", "SHUTDOWN")


class Extension:
    """One extension in one life of the sandbox; a reset makes new ones."""

    def __init__(self, path: str):
        self.path = path
        self.name = os.path.basename(path)
        self.identifier = str(uuid.uuid4())
        self.process: Process | None = None
        self.events: tuple[str, ...] = ()
        self.registered: float | None = None
        self.first_next: float | None = None
        self.asked_next: float | None = None  # when it last did
        self.waiting: Request | None = None  # its event/next, while it has no event
        self.queue: deque[bytes] = deque()  # events it has not got
        self.error_type: str | None = None  # what it reported of itself

    @property
    def ready(self) -> bool:
        """It asked for the next event, and there is none."""
        return self.waiting is not None and not self.queue


class ExtensionsApi:
    def __init__(self, api: Api, options: Options, on_change: Callable[[], None]):
        self._api = api
        self._options = options
        self._on_change = on_change
        self.extensions: list[Extension] = []
        self._by_name: dict[str, Extension] = {}
        self._by_identifier: dict[str, Extension] = {}
        self.registration_open = False
        api.add("POST", f"{PREFIX}/register", "register", self._register)
        api.add("GET", f"{PREFIX}/event/next", "next", self._next)
        api.add("POST", f"{PREFIX}/init/error", "init-error", self._error)
        api.add("POST", f"{PREFIX}/exit/error", "exit-error", self._error)

    def replace(self, extensions: list[Extension]) -> None:
        """A new life begins: identifiers of the old one are no longer known."""
        self.extensions = extensions
        self._by_name = {extension.name: extension for extension in extensions}
        self._by_identifier = {extension.identifier: extension for extension in extensions}

    def post(self, extension: Extension, event: dict) -> None:
        extension.queue.append(json.dumps(event, separators=(",", ":")).encode())
        self._deliver(extension)

    def identify(self, request: Request) -> Extension | Answer:
        """The registered caller, or the answer for whoever it is instead."""
        identifier = request.headers.get("lambda-extension-identifier")
        if identifier is None:
            return error_answer(403, "Extension.MissingHeader", "missing Lambda-Extension-Identifier header")
        extension = self._by_identifier.get(identifier)
        if extension is None or extension.registered is None:
            return error_answer(403, "Extension.UnknownExtensionIdentifier", f"unknown extension {identifier}")
        return extension

    def _register(self, request: Request) -> Answer:
        name = request.headers.get("lambda-extension-name", "")
        if not name:
            return error_answer(403, "Extension.InvalidExtensionName", "missing Lambda-Extension-Name header")
        extension = self._by_name.get(name)
        if extension is None:
            return error_answer(403, "Extension.InvalidExtensionName",
                                f"there is no extension file {name!r}: the name must be the file's basename")
        if not self.registration_open:
            return error_answer(403, "Extension.RegistrationClosed", "the init phase is over")
        try:
            events = json.loads(request.body or b"{}").get("events", [])
        except (ValueError, AttributeError, RecursionError):
            return error_answer(400, "InvalidRequestFormat", "the body is not a JSON object")
        allowed = EVENTS[1:] if self._options.initialization_type == "lambda-managed-instances" else EVENTS
        if not isinstance(events, list) or any(event not in allowed for event in events):
            return error_answer(403, "Extension.InvalidEventType", f"events may be {', '.join(allowed)}")
        answer = {"functionName": self._options.function_name, "functionVersion": self._options.function_version,
                  "handler": self._options.handler}
        if "accountid" in request.headers.get("lambda-extension-accept-feature", "").lower():
            answer["accountId"] = self._options.account_id
        return Answer(200, json.dumps(answer).encode(), f"Lambda-Extension-Identifier: {extension.identifier}\r\n",
                      lambda: self._registered(extension, tuple(events)))

    def _registered(self, extension: Extension, events: tuple[str, ...]) -> None:
        extension.events = events
        extension.registered = now()
        self._on_change()

    def _next(self, request: Request) -> Answer | None:
        extension = self.identify(request)
        if isinstance(extension, Answer):
            return extension
        extension.asked_next = now()
        if extension.first_next is None:
            extension.first_next = extension.asked_next
        extension.waiting = request
        request.on_abandoned = lambda: self._abandoned(extension, request)
        if extension.queue:
            self._deliver(extension)
        else:
            self._on_change()
        return None

    @staticmethod
    def _abandoned(extension: Extension, request: Request) -> None:
        if extension.waiting is request:
            extension.waiting = None

    def _deliver(self, extension: Extension) -> None:
        request = extension.waiting
        if request is None:
            return
        extension.waiting = None
        event = extension.queue[0]

        def delivered() -> None:
            if extension.queue and extension.queue[0] is event:
                extension.queue.popleft()

        self._api.reply("next", request, Answer(
            200, event, f"Lambda-Extension-Event-Identifier: {uuid.uuid4()}\r\n", delivered, only_if_intact=True))

    def _error(self, request: Request) -> Answer:
        extension = self.identify(request)
        if isinstance(extension, Answer):
            return extension
        extension.error_type = request.headers.get("lambda-extension-function-error-type") or "Extension.Unknown"
        return Answer(202, b'{"status":"OK"}')
