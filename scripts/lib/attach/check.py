"""--check: why a function has no line, from its configuration, its log group and its log."""
import datetime
import json
import time

from attach import findings
from attach.errors import Failed
from attach.findings import NOTE, PROBLEM, Finding
from attach.function import Function
from attach.options import NAME
from attach.plan import Unavailable

LATELY = 24 * 3600
MOST_PAGES = 20  # of a long log
TROUBLE = '?"lambda-vitals: error" ?"lambda-vitals: warning" ?"Extension.LaunchError" ?"exec format error"'


def run(aws, newest, names):
    problems = 0
    for number, name in enumerate(names):
        print(("\n" if number else "") + f"{name.name}{':' + name.qualifier if name.qualifier else ''} in {aws.region}")
        for each in of_function(aws, newest, name):
            problems += each.level == PROBLEM
            print(f"  {each.level:<7}  {each.text}" + (f"\n           -> {each.advice}" if each.advice else ""))
    if problems:
        print(f"\n{problems} problem{'' if problems == 1 else 's'}")
    return 1 if problems else 0


def of_function(aws, newest, name):
    if name.region and name.region != aws.region:
        yield Finding(PROBLEM, f"it is in {name.region}", f"add --region {name.region}")
        return
    asked = {"FunctionName": name.name, **({"Qualifier": name.qualifier} if name.qualifier else {})}
    try:
        function = Function.of(aws.call("lambda", "get_function_configuration", **asked))
    except Failed as error:
        missing = error.code == "ResourceNotFoundException"
        yield Finding(PROBLEM, f"there is no such function in {aws.region}" if missing else str(error),
                      "is it in another region, or another account? --region, AWS_PROFILE" if missing else "")
        return
    command = f"{NAME} {name.name}"
    layer, remedy = None, command
    if not function.image:
        try:
            layer = newest(function.architecture)
        except Unavailable as error:
            yield Finding(NOTE, str(error))
            remedy = f"then {command}"
    yield from findings.of_layers(function, layer, remedy)
    yield from findings.of_agents(function, command)
    yield from findings.of_settings(function, command)
    yield from findings.of_logging(function)
    if not name.qualifier:
        yield from of_aliases(aws, function, command)
    yield from of_log(aws, function)


def of_aliases(aws, function, command):
    """An alias is what is invoked, mostly, and its version has layers of its own."""
    try:
        aliases = aws.call("lambda", "list_aliases", FunctionName=function.name).get("Aliases") or []
        for alias in aliases:
            if alias["FunctionVersion"] == "$LATEST" or function.image:
                continue
            version = Function.of(aws.call("lambda", "get_function_configuration", FunctionName=function.name,
                                           Qualifier=alias["FunctionVersion"]))
            if function.vitals() and not version.vitals():
                yield Finding(PROBLEM, f"the alias {alias['Name']} points to version {alias['FunctionVersion']}, which was published "
                              "without the layer", "publish a version and point the alias at it")
    except Failed as error:
        yield Finding(NOTE, f"aliases are not checked: {error}")


def of_log(aws, function):
    try:
        invocations = invoked(aws, function.name)
    except Failed:
        invocations = None  # may not be asked; the log says enough
    try:
        group = log_group(aws, function.log_group)
        yield from findings.of_group(function, group, invocations)
        if group is not None:
            lines = [at for at, record in records(aws, function) if record.get("function_name") == function.name]
            messages = [] if lines else [text for _, text in events(aws, function.log_group, TROUBLE) if trouble(text)]
            yield from findings.of_lines(function, lines, invocations, messages)
    except Failed as error:
        yield Finding(NOTE, f"the log is not checked: {error}")


def log_group(aws, name):
    groups = aws.pages("logs", "describe_log_groups", "logGroups", "nextToken", logGroupNamePrefix=name)
    return next((each for each in groups if each["logGroupName"] == name), None)


def records(aws, function):
    """The lines of a function, with the time of each."""
    pattern = f'{{ ($.event_type = "performance") && ($.function_name = "{function.name}") }}'
    for at, text in events(aws, function.log_group, pattern):
        try:
            record = json.loads(text)
        except ValueError:
            continue
        if isinstance(record, dict) and record.get("event_type") == "performance":
            yield at, record


def events(aws, group, pattern):
    """Time and text of what matches: CloudWatch gives empty pages of a long log, and of these not all are read."""
    more = {}
    for _ in range(MOST_PAGES):
        answer = aws.call("logs", "filter_log_events", logGroupName=group, filterPattern=pattern,
                          startTime=int(time.time() - LATELY) * 1000, **more)
        for each in answer.get("events") or []:
            at = datetime.datetime.fromtimestamp(each["timestamp"] / 1000, datetime.timezone.utc)
            yield f"{at:%Y-%m-%d %H:%M:%S} UTC", each["message"].strip()
        if not answer.get("nextToken"):
            return
        more = {"nextToken": answer["nextToken"]}


def trouble(text):
    return any(word in text for word in ("lambda-vitals: error", "lambda-vitals: warning", "Extension.LaunchError", "exec format error"))


def invoked(aws, name):
    now = datetime.datetime.now(datetime.timezone.utc)
    points = aws.call("cloudwatch", "get_metric_statistics", Namespace="AWS/Lambda", MetricName="Invocations",
                      Dimensions=[{"Name": "FunctionName", "Value": name}], StartTime=now - datetime.timedelta(seconds=LATELY),
                      EndTime=now, Period=LATELY, Statistics=["Sum"])["Datapoints"]
    return int(sum(each["Sum"] for each in points))
