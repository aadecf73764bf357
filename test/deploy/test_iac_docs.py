"""docs/infrastructure-as-code.md agrees with the sources that it describes."""
import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "infrastructure-as-code.md").read_text()
CONFIGURATION = (ROOT / "docs" / "configuration.md").read_text()  # which a unit test compares with the extension's settings


def settings():
    found = re.findall(r"^\| `(LAMBDA_VITALS_\w+)` \|", CONFIGURATION, re.MULTILINE)
    assert len(found) > 10
    return found


def test_the_table_of_settings_is_the_extensions():
    rows = re.findall(r"^\| `(\w+): .*` \| `(LAMBDA_VITALS_\w+)` \|$", PAGE, re.MULTILINE)
    assert [variable for _, variable in rows] == settings()
    properties = re.findall(r"^  readonly (\w+)\?:", (ROOT / "layer" / "cdk" / "src" / "settings.ts").read_text(), re.MULTILINE)
    assert [name for name, _ in rows] == properties


def test_the_plugin_has_every_setting():
    source = (ROOT / "layer" / "serverless" / "settings.js").read_text()
    rows = re.findall(r"^  (\w+): {\s*variable: '(LAMBDA_VITALS_\w+)'", source, re.MULTILINE)
    properties = re.findall(r"^\| `(\w+): ", PAGE, re.MULTILINE)
    assert [variable for _, variable in rows] == settings()
    assert [re.sub(r"(Ms|S)$", "", name) for name, _ in rows] == properties  # the CDK has Durations
    words = {variable: set(re.findall(r"'(\w+)'", listed)) for variable, listed in
             re.findall(r"variable: '(\w+)', schema: oneOf\((.*?)\)", source)}
    assert words.keys() == {f"LAMBDA_VITALS_{each}" for each in ("EMIT", "RECORD", "TELEMETRY", "LOG_LEVEL")}
    for variable, listed in words.items():
        assert listed == words_of(variable), variable


def words_of(variable):
    """The words that the configuration page allows."""
    return set(re.findall(r"`([a-z]+)`", re.search(rf"^\| `{variable}` \|.*$", CONFIGURATION, re.MULTILINE)[0]))


def test_words_of_settings_are_those_of_the_configuration_page():
    """The enums of the CDK library."""
    source = (ROOT / "layer" / "cdk" / "src" / "settings.ts").read_text()
    for variable, enum in (("EMIT", "Emit"), ("RECORD", "RecordDetail"), ("LOG_LEVEL", "LogLevel")):
        body = re.search(rf"export enum {enum} {{(.*?)^}}", source, re.MULTILINE | re.DOTALL)[1]
        assert set(re.findall(r"= '(\w+)'", body)) == words_of(f"LAMBDA_VITALS_{variable}"), variable


def test_versions_are_those_of_the_package():
    package = (ROOT / "layer" / "cdk" / "package.json").read_text()
    needed = re.search(r'"aws-cdk-lib": "\^(\d+\.\d+)\.\d+"', package)[1]
    assert f"aws-cdk-lib {needed} or later" in PAGE
    assert f'"aws-cdk-lib": "{needed}.0"' in package  # what it is compiled with
    terraform = (ROOT / "layer" / "terraform" / "main.tf").read_text()
    needed = re.search(r'required_version = ">= ([0-9.]+)"', terraform)[1]
    provider = re.search(r'version = ">= ([0-9]+)[.]0"', terraform)[1]
    assert f"Terraform {needed} or OpenTofu" in PAGE and f"hashicorp/aws {provider} or later" in PAGE


def test_every_link_and_file_is_there():
    for target in re.findall(r"\]\(([^)#]+)", PAGE):
        assert (ROOT / "docs" / target).exists(), target
    for command in re.findall(r"^(?:\./)?((?:scripts|layer)/\S+)", "\n".join(re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)), re.M):
        assert (ROOT / command).exists(), command
