"""Everything a person can set, checked once."""

import os
import re
from dataclasses import dataclass, field

from .cpu_group import LEAST_MEMORY_MB
from .errors import UsageError

MANAGED = "lambda-managed-instances"
INITIALIZATION_TYPES = ("on-demand", "provisioned-concurrency", "snap-start", MANAGED)
MOST_AT_ONCE = 1600  # in one environment of Managed Instances
MAX_EXTENSIONS = 10
RESTORE_WAYS = ("stop", "criu")
CONNECTIONS = ("kept", "closed", "reset", "dead")
CLOCKS = re.compile(r"-?\d{1,9},-?\d{1,9}")


@dataclass
class Options:
    extensions: str | None = None
    runtime: list[str] = field(default_factory=list)

    function_name: str = "function"
    function_version: str = "$LATEST"
    runtime_version: str = "local"
    qualifier: str | None = None
    memory: int = 128
    cpu_quota: bool = False
    timeout: float = 3.0
    handler: str = "app.handler"
    task_root: str = "."
    initialization_type: str = "on-demand"
    managed: bool = False
    concurrency: int = 1
    restore: bool = False
    restore_by: str = "stop"
    connections: str = "kept"
    clocks: str | None = None
    log_format: str | None = None
    log_level: str | None = None
    region: str = "us-east-1"
    account_id: str = "123456789012"
    tracing: bool = True
    env: list[str] = field(default_factory=list)
    runtime_env: list[str] = field(default_factory=list)
    extension_env: list[str] = field(default_factory=list)

    invocations: int | None = None
    payload: str = "{}"
    script: str | None = None
    listen: int | None = None

    freeze: bool = True
    freeze_ms: float = 5.0
    init_timeout: float = 10.0
    shutdown_reason: str = "spindown"
    shutdown_timeout: float = 2.0
    enforce_memory: bool = False
    report_after_reset: bool = False
    telemetry: str = "on"
    api_port: int = 0

    fault: list[str] = field(default_factory=list)
    seed: int | None = None

    extension_stdout: str | None = None
    extension_stderr: str | None = None
    runtime_stdout: str | None = None
    runtime_stderr: str | None = None
    report: str | None = None
    report_only: list[str] = field(default_factory=list)
    verbosity: int = 1

    def __post_init__(self) -> None:
        if self.timeout <= 0 or self.init_timeout <= 0 or self.shutdown_timeout <= 0:
            raise UsageError("a timeout is a number of seconds above 0")
        if self.memory < 1:
            raise UsageError("--memory is a number of MB above 0")
        if self.cpu_quota and self.memory < LEAST_MEMORY_MB:
            raise UsageError(f"--cpu-quota needs a --memory of at least {LEAST_MEMORY_MB}")
        if self.managed:
            self.initialization_type = MANAGED
            self.log_format = self.log_format or "JSON"  # there is no other
        if not 1 <= self.concurrency <= MOST_AT_ONCE:
            raise UsageError(f"--concurrency is a number from 1 to {MOST_AT_ONCE}")
        if self.concurrency > 1 and self.initialization_type != MANAGED:
            raise UsageError("--concurrency goes with --managed")
        if self.initialization_type not in INITIALIZATION_TYPES:
            raise UsageError(f"--initialization-type is one of {', '.join(INITIALIZATION_TYPES)}")
        if self.restore and self.initialization_type != "snap-start":
            raise UsageError("--restore goes with --initialization-type snap-start")
        if self.restore_by not in RESTORE_WAYS:
            raise UsageError(f"--restore-by is one of {', '.join(RESTORE_WAYS)}")
        if self.connections not in CONNECTIONS:
            raise UsageError(f"--connections is one of {', '.join(CONNECTIONS)}")
        if (self.restore_by, self.connections, self.clocks) != ("stop", "kept", None) and not self.restore:
            raise UsageError("--restore-by, --connections and --clocks go with --restore")
        if self.clocks is not None and (self.restore_by != "stop" or not CLOCKS.fullmatch(self.clocks)):
            raise UsageError("--clocks is two numbers of seconds, such as 0,3600, and goes with --restore-by stop")
        if self.telemetry not in ("on", "off"):
            raise UsageError("--telemetry is on or off")
        if sum(way is not None for way in (self.invocations, self.script, self.listen)) > 1:
            raise UsageError("only one of --invocations, --script and --listen can be given")
        for setting in self.env + self.runtime_env + self.extension_env:
            if "=" not in setting:
                raise UsageError(f"environment setting {setting!r} is not NAME=VALUE")
        if not self.runtime:
            self.runtime = [self._bootstrap()]

    def _bootstrap(self) -> str:
        path = os.path.join(os.path.abspath(self.task_root), "bootstrap")
        if not os.path.isfile(path):
            raise UsageError("there is no runtime: give its command after --, "
                             f"or put a bootstrap into {self.task_root}")
        return path

    def payload_bytes(self) -> bytes:
        if not self.payload.startswith("@"):
            return self.payload.encode()
        try:
            with open(self.payload[1:], "rb") as file:
                return file.read()
        except OSError as error:
            raise UsageError(f"--payload {self.payload}: {error.strerror}") from None

    def arn(self, qualifier: str | None = None) -> str:
        arn = f"arn:aws:lambda:{self.region}:{self.account_id}:function:{self.function_name}"
        qualifier = qualifier or self.qualifier
        return f"{arn}:{qualifier}" if qualifier else arn

    def extension_paths(self) -> list[str]:
        """Every plain file of the folder, as Lambda takes /opt/extensions."""
        if self.extensions is None:
            return []
        try:
            entries = sorted(os.scandir(self.extensions), key=lambda entry: entry.name)
        except OSError as error:
            raise UsageError(f"--extensions {self.extensions}: {error.strerror}") from None
        paths = [os.path.abspath(entry.path) for entry in entries if entry.is_file()]
        if len(paths) > MAX_EXTENSIONS:
            raise UsageError(f"--extensions {self.extensions} holds {len(paths)} files, Lambda allows {MAX_EXTENSIONS}")
        return paths
