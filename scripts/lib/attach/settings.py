"""The settings, LAMBDA_VITALS_*: which there are, what is wrong with one, and how they join a function's environment."""
import difflib
import json
import pathlib
import re

PREFIX = "LAMBDA_VITALS_"
LIMIT = 4096  # bytes of a function's whole environment, measured as Lambda measures it: as JSON
CONFIGURATION = pathlib.Path(__file__).resolve().parents[3] / "docs" / "configuration.md"
BOOLEAN = ("true", "false", "1", "0", "yes", "no", "on", "off")
WORDS = {  # settings whose values are words, in any letter case; the extension itself checks the others
    "LAMBDA_VITALS_RECORD": ("full", "compact"),
    "LAMBDA_VITALS_HIGH_RESOLUTION": BOOLEAN,
    "LAMBDA_VITALS_EMIT": ("async", "sync"),
    "LAMBDA_VITALS_TELEMETRY": ("auto", "off"),
    "LAMBDA_VITALS_LOG_LEVEL": ("trace", "debug", "info", "warn", "error", "off"),
    "LAMBDA_VITALS_ENABLED": BOOLEAN,
}


def names():
    """From the table in docs/configuration.md, which a unit test compares with the extension's own."""
    return set(re.findall(r"^\| `(LAMBDA_VITALS_\w+)` \|", CONFIGURATION.read_text(encoding="utf-8"), re.MULTILINE))


def wrong_name(name):
    """What is wrong with the name of a setting, or ""."""
    known = names()
    if name in known:
        return ""
    near = difflib.get_close_matches(name, sorted(known), n=1) or [
        each for each in sorted(known) if each == PREFIX + name.upper()]
    return f'"{name}" is not a setting of Lambda Vitals' + (f"; did you mean {near[0]}?" if near else
                                                           "; docs/configuration.md lists them")


def wrong_value(name, value):
    """What is wrong with a value that is one of a few words, or ""."""
    words = WORDS.get(name)
    if not words or not value.strip() or value.strip().lower() in words:
        return ""
    return f'{name}="{value}" is not one of {", ".join(words)}; the extension uses its default'


def wrong(environment):
    """What is wrong with the settings in an environment, one sentence each."""
    ours = {name: value for name, value in sorted(environment.items()) if name.startswith(PREFIX)}
    return [text for name, value in ours.items() for text in [wrong_name(name) or wrong_value(name, value)] if text]


def switched_off(environment):
    return environment.get("LAMBDA_VITALS_ENABLED", "").strip().lower() in ("false", "0", "no", "off")


def own_namespace(environment):
    """Whether the metrics go elsewhere than Lambda Insights' metrics."""
    return environment.get("LAMBDA_VITALS_NAMESPACE", "").strip() not in ("", "LambdaInsights")


def merged(environment, wanted, unwanted):
    return {name: value for name, value in {**environment, **wanted}.items() if name not in unwanted}


def size(environment):
    return len(json.dumps(environment, separators=(",", ":"), ensure_ascii=False).encode())
