"""What a function's configuration says about why there is no line, or a wrong one. No call is made here."""
from dataclasses import dataclass

from attach import settings
from attach.function import Function
from attach.plan import COPY_LINE

FINE, NOTE, PROBLEM = "ok", "note", "PROBLEM"


@dataclass(frozen=True)
class Finding:
    level: str
    text: str
    advice: str = ""


def of_layers(function: Function, newest, command):
    """`newest`: the layer for the function's architecture, or None if none is published; `command`: what attaches it."""
    if function.image:
        yield Finding(NOTE, "it is a container image, in which a layer cannot be and which cannot be seen into from here",
                      f"its Dockerfile needs {COPY_LINE}, from an image for {function.architecture} (docs/container-images.md)")
        return
    ours = function.vitals()
    if not ours:
        yield Finding(PROBLEM, "no layer of Lambda Vitals is attached", command)
    for each in ours:
        if each.architecture not in (function.architecture, None):
            yield Finding(PROBLEM, f"{each.short} is for {each.architecture} and the function for {function.architecture}: its init "
                          "fails with Extension.LaunchError, exec format error", command)
        elif newest and each.name == newest.name and each.version < newest.version:
            yield Finding(NOTE, f"{each.short} is attached, and {newest.short} is published", command)
        else:
            yield Finding(FINE, f"{each.short} is attached, for {function.architecture} as the function")
    if len(ours) > 1:
        yield Finding(PROBLEM, f"{len(ours)} layers of Lambda Vitals are attached, of which one hides the other", command)


def of_agents(function: Function, command):
    insights = [each for each in function.layers if each.is_insights]
    if not insights:
        return
    if settings.own_namespace(function.environment):
        yield Finding(FINE, f"{insights[0].short} is attached too; the metrics have namespaces of their own")
    else:
        yield Finding(PROBLEM, f"two agents: {insights[0].short} publishes the same metrics, so each invocation counts twice",
                      f"{command} --replace-lambda-insights, or with --settings LAMBDA_VITALS_NAMESPACE=LambdaVitals keep both")


def of_settings(function: Function, command):
    if function.environment_error:
        yield Finding(NOTE, f"its environment cannot be read: {function.environment_error}")
        return
    for text in settings.wrong(function.environment):
        name = text.split('"')[1] if text.startswith('"') else text.split("=")[0]
        yield Finding(PROBLEM, text, f"{command} --unset {name}, or --settings with what was meant")
    if settings.switched_off(function.environment):
        yield Finding(PROBLEM, "LAMBDA_VITALS_ENABLED switches it off: it measures and writes nothing",
                      f"{command} --unset LAMBDA_VITALS_ENABLED")
    if function.environment.get("LAMBDA_VITALS_METRICS", "").strip().lower() == "none":
        yield Finding(NOTE, "LAMBDA_VITALS_METRICS=none: there are lines, and no metrics")
    if settings.own_namespace(function.environment):
        yield Finding(NOTE, f"its metrics are in the namespace {function.environment['LAMBDA_VITALS_NAMESPACE'].strip()}",
                      "dashboards and alarms of layer/cloudwatch take Namespace=…")


def of_logging(function: Function):
    level = function.logging.get("ApplicationLogLevel", "").upper()
    if function.logging.get("LogFormat") == "JSON" and level in ("WARN", "ERROR", "FATAL"):
        yield Finding(NOTE, f"with the log format JSON, Lambda drops what is below {level}: every line carries that level to come "
                      "through, also that of a success",
                      f'an alarm on $.level = "{level}" counts them; make its filter '
                      f'{{ ($.level = "{level}") && ($.event_type NOT EXISTS) }}')


def of_group(function: Function, group, invocations):
    """`group`: the log group as DescribeLogGroups has it, or None; `invocations`: lately, or None where that is not known."""
    name = function.log_group
    if group is None:
        if invocations:
            yield Finding(PROBLEM, f"there is no log group {name}, and the function was invoked {invocations} times lately: its role "
                          "may not write logs", "give the role the policy AWSLambdaBasicExecutionRole: "
                          f"{function.role.rpartition('/')[2] or 'it has none'}")
        else:
            yield Finding(NOTE, f"there is no log group {name} yet: the first invocation makes it", "invoke the function twice")
        return
    kind = group.get("logGroupClass") or "STANDARD"
    if kind != "STANDARD":
        yield Finding(PROBLEM, f"the log group {name} is of class {kind}, of which CloudWatch makes no metrics",
                      "the class cannot be changed: make a group of class STANDARD and name it in the function's LoggingConfig")


def of_lines(function: Function, lines, invocations, messages):
    """`lines`: of Lambda Vitals, found lately; `messages`: what the extension or Lambda said about trouble with it."""
    if lines:
        yield Finding(FINE, f"there are lines in {function.log_group}; the last is of {lines[-1]}")
        return
    if invocations == 0:
        yield Finding(NOTE, "no line in the last 24 hours, in which the function was not invoked",
                      "invoke it twice: the line of an invocation may come out when the next one starts")
    elif invocations == 1:
        yield Finding(NOTE, "no line in the last 24 hours, in which the function was invoked once",
                      "invoke it again: the line of an invocation may come out when the next one starts, or with "
                      "LAMBDA_VITALS_EMIT=sync at once")
    else:
        known = "" if invocations is None else f", in which the function was invoked {invocations} times"
        yield Finding(PROBLEM, f"no line in the last 24 hours{known}", "what is named above comes first; then docs/troubleshooting.md")
    for each in messages[-3:]:
        yield Finding(PROBLEM, f"its log says: {each}", advice_for(each))


def advice_for(message):
    if "exec format error" in message or "Extension.LaunchError" in message:
        return "the layer or the copied file is for the other architecture, or the file has lost its mode 0755"
    if "permission denied" in message.lower():
        return "the file has lost its mode 0755"
    return "docs/troubleshooting.md"
