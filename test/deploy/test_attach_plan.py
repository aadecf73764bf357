"""What scripts/attach decides: which layers a function gets, what is refused, what --check finds. No call is made here."""
import ast
import os
import pathlib
import re
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts" / "lib"))

from attach import findings, options, plan, settings  # noqa: E402
from attach.function import Function, Layer  # noqa: E402


def arn(name, version=1):
    return f"arn:aws:lambda:eu-west-1:123456789012:layer:{name}:{version}"


NEW = {"x86_64": Layer(arn("lambda-vitals-x86_64", 3)), "arm64": Layer(arn("lambda-vitals-arm64", 4))}
X86, ARM = NEW["x86_64"].arn, NEW["arm64"].arn
INSIGHTS, A, B = arn("LambdaInsightsExtension", 38), arn("a"), arn("b")


def function(*layers, **members):
    return Function(name="checkout", **members, layers=tuple(map(Layer, layers)))


def wish(**members):
    return plan.Wish(newest=NEW.__getitem__, **members)


@pytest.mark.parametrize(("layers", "architecture", "wanted", "action", "expected"), [
    ([], "x86_64", {}, "attach", [X86]),
    ([A, B], "arm64", {}, "attach", [A, B, ARM]),
    ([A, arn("lambda-vitals-x86_64", 2), B], "x86_64", {}, "update", [A, X86, B]),
    ([A, arn("lambda-vitals-x86_64", 2), B], "arm64", {}, "update", [A, ARM, B]),  # the wrong architecture
    ([X86, A, arn("lambda-vitals-arm64", 2)], "x86_64", {}, "update", [X86, A]),  # two of them
    ([A, X86], "x86_64", {}, "unchanged", None),
    ([A, INSIGHTS, B], "x86_64", {"replace_insights": True}, "update", [A, X86, B]),
    ([INSIGHTS, A], "x86_64", {"settings": {"LAMBDA_VITALS_NAMESPACE": "Own"}}, "attach", [INSIGHTS, A, X86]),
    ([A, B, arn("c"), arn("d"), INSIGHTS], "x86_64", {"replace_insights": True}, "update", [A, B, arn("c"), arn("d"), X86]),
    ([A, X86, B], "x86_64", {"detach": True}, "detach", [A, B]),
    ([A], "x86_64", {"detach": True}, "unchanged", None)])
def test_other_layers_and_their_order_stay(layers, architecture, wanted, action, expected):
    made = plan.make(function(*layers, architecture=architecture), wish(**wanted))
    assert (made.action, made.layers) == (action, tuple(expected) if expected else expected)


@pytest.mark.parametrize(("refused", "said"), [
    (function(image=True), r"COPY --from=lambda-vitals /opt/ /opt/"),
    (function(A, B, arn("c"), arn("d"), arn("e")), r"has 5 layers already"),
    (function(INSIGHTS), r"--replace-lambda-insights, or keep both with --settings LAMBDA_VITALS_NAMESPACE")])
def test_what_cannot_work_is_refused(refused, said):
    made = plan.make(refused, wish())
    assert made.action == "refused" and re.search(said, made.text)


def test_settings_join_what_is_there():
    there = {"TABLE": "a", "LAMBDA_VITALS_EMIT": "sync", "LAMBDA_VITALS_RECORD": "compact"}
    asked = wish(settings={"LAMBDA_VITALS_EMIT": "async"}, unset=frozenset(["LAMBDA_VITALS_RECORD"]))
    made = plan.make(function(X86, environment=there), asked)
    assert (made.action, made.layers, made.environment) == ("settings", None, {"TABLE": "a", "LAMBDA_VITALS_EMIT": "async"})
    assert plan.make(function(X86, environment=made.environment), asked).action == "unchanged"


@pytest.mark.parametrize(("value", "action"), [("é" * 2000, "refused"), ("é" * 1900, "attach")])
def test_the_environment_has_4_kb(value, action):
    made = plan.make(function(environment={"TABLE": value}), wish(settings={"LAMBDA_VITALS_FIELDS": "team=" + "a" * 200}))
    assert made.action == action, made.text


def test_an_environment_that_cannot_be_read_is_not_overwritten():
    hidden = Function.of({"FunctionName": "checkout", "Environment": {"Error": {"ErrorCode": "AccessDeniedException"}}})
    assert plan.make(hidden, wish(settings={"LAMBDA_VITALS_EMIT": "sync"})).action == "refused"
    assert plan.make(hidden, wish()).environment is None


@pytest.mark.parametrize(("arguments", "said"), [
    ([], "no function named"), (["--all", "checkout"], "exclude each other"), (["--tag", "team", "--all"], "not allowed with"),
    (["--tag", "team"], "KEY=VALUE"), (["check out"], "is not the name or the ARN"),
    (["--check", "--all"], "--check is for functions by name"),
    (["--settings", "LAMBDA_VITALS_METRIC=none", "checkout"], "did you mean LAMBDA_VITALS_METRICS"),
    (["--settings", "LAMBDA_VITALS_EMIT=later", "checkout"], "is not one of async, sync"),
    (["--settings", "TABLE=a", "checkout"], "is not a setting"), (["--unset", "TABLE", "checkout"], "only settings of Lambda Vitals"),
    (["--layer", "latest", "checkout"], "not the ARN")])
def test_a_wrong_use(capsys, arguments, said):
    with pytest.raises(SystemExit) as left:
        options.read(arguments)
    assert left.value.code == 2 and re.search(said, capsys.readouterr().err)


def test_the_words_of_settings_are_those_that_the_extension_takes():
    """It takes a second for a sample, so all of them at once."""
    extension = os.environ.get("VITALS_BINARY") or ROOT / "build" / "release" / "lambda-vitals"
    started = {(name, word): subprocess.Popen([extension, "--sample"], env={name: word}, stdout=subprocess.DEVNULL,
                                              stderr=subprocess.PIPE, text=True)
               for name, words in settings.WORDS.items() for word in (*words, "moon")}
    warned = {key for key, process in started.items() if f'{key[0]}="' in process.communicate(timeout=60)[1]}
    assert warned == {(name, "moon") for name in settings.WORDS}


def levels(found):
    return [each.level for each in found]


@pytest.mark.parametrize(("checked", "level", "said"), [
    (function(), "PROBLEM", "no layer of Lambda Vitals"),
    (function(image=True, architecture="arm64"), "note", "container image.*"),
    (function(ARM), "PROBLEM", "is for arm64 and the function for x86_64"),
    (function(arn("lambda-vitals-x86_64", 2)), "note", "lambda-vitals-x86_64:3 is published"),
    (function(X86), "ok", "is attached, for x86_64")])
def test_check_finds_the_layer(checked, level, said):
    found = list(findings.of_layers(checked, NEW[checked.architecture], "attach checkout"))
    assert levels(found) == [level] and re.search(said, found[0].text)
    assert level == "ok" or found[0].advice


def test_check_finds_two_agents_unless_they_have_namespaces_of_their_own():
    (found,) = findings.of_agents(function(X86, INSIGHTS), "attach checkout")
    assert found.level == "PROBLEM" and "two agents" in found.text and "--replace-lambda-insights" in found.advice
    own = {"LAMBDA_VITALS_NAMESPACE": "Own"}
    assert levels(findings.of_agents(function(X86, INSIGHTS, environment=own), "")) == ["ok"]


@pytest.mark.parametrize(("environment", "said"), [
    ({"LAMBDA_VITALS_METRIC": "all"}, "did you mean LAMBDA_VITALS_METRICS"), ({"LAMBDA_VITALS_EMIT": "later"}, "not one of async"),
    ({"LAMBDA_VITALS_ENABLED": "off"}, "switches it off")])
def test_check_finds_wrong_settings(environment, said):
    (found,) = findings.of_settings(function(environment=environment), "attach checkout")
    assert found.level == "PROBLEM" and said in found.text and f"--unset {next(iter(environment))}" in found.advice


def test_check_reads_log_format_group_and_lines():
    (level,) = findings.of_logging(function(logging={"LogFormat": "JSON", "ApplicationLogLevel": "ERROR"}))
    assert "every line carries that level" in level.text and "$.event_type NOT EXISTS" in level.advice
    assert not list(findings.of_logging(function(logging={"LogFormat": "JSON", "ApplicationLogLevel": "INFO"})))
    assert levels(findings.of_group(function(), None, 7)) == ["PROBLEM"]
    assert levels(findings.of_group(function(), None, 0)) == ["note"]
    assert levels(findings.of_group(function(), {"logGroupClass": "INFREQUENT_ACCESS"}, 7)) == ["PROBLEM"]
    assert levels(findings.of_lines(function(), ["12:00"], 7, [])) == ["ok"]
    assert levels(findings.of_lines(function(), [], 0, [])) == levels(findings.of_lines(function(), [], 1, [])) == ["note"]
    assert levels(findings.of_lines(function(), [], 7, ["exec format error"])) == ["PROBLEM", "PROBLEM"]


def test_it_runs_with_python_3_9():
    for file in (ROOT / "scripts" / "lib" / "attach").glob("*.py"):
        ast.parse(file.read_text(), feature_version=(3, 9))
