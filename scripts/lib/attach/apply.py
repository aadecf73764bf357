"""Changes one function: waits while it is being updated, changes the revision that was read, and waits until that is in force."""
import time
from dataclasses import dataclass
from typing import Callable

from attach.errors import PATIENCE_SECONDS, Failed
from attach.function import Function
from attach.plan import Plan

BUSY = {"ResourceConflictException", "PreconditionFailedException"}  # being updated; another revision than the one that was read
DONE = {"attach": "attached", "update": "updated", "settings": "set", "detach": "detached"}


@dataclass(frozen=True)
class Outcome:
    function: str
    result: str  # attached, updated, set, detached, unchanged, refused, failed
    text: str


def apply(aws, name: str, plan_of: Callable[[Function], Plan]) -> Outcome:
    """`plan_of` is asked again whenever the function is another one than before: somebody else's change is kept."""
    end, pause = time.monotonic() + PATIENCE_SECONDS, 0.5
    while True:
        function = Function.of(when_updated(aws, name, end))
        plan = plan_of(function)
        if not plan.changes:
            return Outcome(name, plan.action, plan.text)
        try:
            aws.call("lambda", "update_function_configuration", **request(plan))
            break
        except Failed as error:
            if error.code not in BUSY or time.monotonic() > end:
                raise
        aws.sleep(pause)
        pause = min(2 * pause, 10)
    configuration = when_updated(aws, name, end)
    if configuration.get("LastUpdateStatus") == "Failed":
        reason = configuration.get("LastUpdateStatusReason") or configuration.get("LastUpdateStatusReasonCode") or "no reason given"
        return Outcome(name, "failed", f"Lambda took the change and could not make it: {reason}")
    return Outcome(name, DONE[plan.action], plan.text)


def request(plan: Plan):
    asked = {"FunctionName": plan.function.name}
    if plan.layers is not None:
        asked["Layers"] = list(plan.layers)
    if plan.environment is not None:
        asked["Environment"] = {"Variables": plan.environment}
    if plan.function.revision:  # refused if somebody else has changed the function since it was read
        asked["RevisionId"] = plan.function.revision
    return asked


def when_updated(aws, name, end):
    """The configuration, once no change of it is under way."""
    pause = 0.5
    while True:
        configuration = aws.call("lambda", "get_function_configuration", FunctionName=name)
        if configuration.get("LastUpdateStatus") != "InProgress" and configuration.get("State") != "Pending":
            return configuration
        if time.monotonic() > end:
            raise Failed(f"it is still being updated after {PATIENCE_SECONDS} s; run this again later")
        aws.sleep(pause)
        pause = min(1.5 * pause, 5)
