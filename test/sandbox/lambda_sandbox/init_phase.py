"""The init phase: extensions first, then the runtime, until all of them asked for their first event."""

from .clock import now
from .errors import NOT_REGISTERED, Fatal
from .host import Failure, Host


async def initialize(host: Host, phase: str, deadline: float) -> Failure | None:
    """`phase` is init, or invoke for the retry inside an invocation. Returns what went wrong. The telemetry hub has
    started its init already, so that it has the platform.start that comes before a retry."""
    options, hub = host.options, host.hub
    began = now()
    host.begin_life()
    host.extensions_api.registration_open = True
    host.memory.begin()
    about = {"initializationType": options.initialization_type, "phase": phase}
    hub.emit("platform.initStart", {
        **about, "runtimeVersion": options.runtime_version, "functionName": options.function_name,
        "functionVersion": options.function_version, "instanceMaxMemory": options.memory,
        **({"instanceId": host.instance_id} if host.managed else {})})
    failure = await _bring_up(host, about, phase, deadline)
    duration = now() - began
    status = failure.status if failure else "success"
    error_type = {"errorType": failure.error_type} if failure and failure.error_type else {}
    hub.emit("platform.initReport", {
        **about, "status": status, **error_type, "metrics": {"durationMs": round(duration, 3)}})
    host.extensions_api.registration_open = False
    hub.end_init()
    host.memory.end()
    host.reporter.write("init", phase=phase, status=status, **error_type, durationMs=round(duration, 3),
                        **_milestones(host, began))
    host.reporter.detail(f"init ({phase} phase): {status} in {duration:.1f} ms")
    return failure


async def _bring_up(host: Host, about: dict, phase: str, deadline: float) -> Failure | None:
    runtime_api = host.runtime_api
    host.start_extensions()
    if not await host.until(lambda: all(each.registered for each in host.extensions), deadline):
        return host.crash or _not_registered(host, phase)
    host.start_runtime()
    done = await host.until(lambda: runtime_api.ready or runtime_api.init_error is not None, deadline)
    failure = None
    if runtime_api.init_error is not None:
        failure = Failure("error", runtime_api.init_error, "the runtime reported an init error", "failure",
                          runtime_api.init_error_body)
    elif not done:
        failure = host.crash or _timed_out(host)
    host.hub.emit("platform.initRuntimeDone", {
        **about, "status": failure.status if failure else "success",
        **({"errorType": failure.error_type} if failure and failure.error_type else {})})
    if failure:
        return failure
    if not await host.until(lambda: all(each.ready for each in host.extensions), deadline):
        return host.crash or _timed_out(host)
    for extension in host.extensions:
        host.hub.emit("platform.extension", {
            "name": extension.name, "state": "Ready", "events": list(extension.events)})
    return None


def _not_registered(host: Host, phase: str) -> Failure:
    names = ", ".join(each.name for each in host.extensions if not each.registered)
    if phase == "init":
        raise Fatal(NOT_REGISTERED, f"{names} did not register within {host.options.init_timeout:g} s: an extension "
                                    "must POST /2020-01-01/extension/register to $AWS_LAMBDA_RUNTIME_API")
    return _timed_out(host)


def _timed_out(host: Host) -> Failure:
    lazy = [each.name for each in host.extensions if not each.ready]
    if not host.runtime_api.ready:
        lazy.append("the runtime")
    return Failure("timeout", "Sandbox.Timedout", f"{', '.join(lazy)} did not ask for the next event in time",
                   "timeout")


def _milestones(host: Host, began: float) -> dict:
    """How long after its start each process took to which step."""
    def since(start: float, moment: float | None) -> float | None:
        return None if moment is None else round(moment - start, 3)

    extensions = {
        each.name: {"pid": each.process.pid, "startMs": since(began, each.process.started),
                    "registerMs": since(each.process.started, each.registered),
                    "nextMs": since(each.process.started, each.first_next)}
        for each in host.extensions if each.process is not None}
    runtime = host.runtime and {"pid": host.runtime.pid, "startMs": since(began, host.runtime.started),
                                "nextMs": since(host.runtime.started, host.runtime_api.first_next)}
    return {"extensions": extensions, "runtime": runtime}
