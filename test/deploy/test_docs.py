"""The commands of the pages on installing, changing over, queries and trouble are run, as they stand there, against a stand-in
for AWS. What would deploy for real (sam, npm, terraform, serverless) is replaced by a command that notes how it was called;
test_examples.py has those tools look at the templates."""
import json
import os
import pathlib
import re
import shlex
import shutil
import sys
import time
import urllib.request

import pytest

from layer_zip import zip_with_a_file

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts" / "lib"))

from attach import options  # noqa: E402

DOCS = ROOT / "docs"
EXAMPLES = ROOT / "layer" / "examples"
INSTALL, MIGRATE, QUERIES, TROUBLE = PAGES = [
    "install.md", "migrate-from-lambda-insights.md", "queries.md", "troubleshooting.md"]
NOTED = ("sam", "npm", "npx", "terraform", "serverless")
LAYER = "arn:aws:lambda:eu-west-1:123456789012:layer:lambda-vitals-arm64:VERSION"
INSIGHTS_POLICY = "arn:aws:iam::aws:policy/CloudWatchLambdaInsightsExecutionRolePolicy"
TRUST = {"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]}


def blocks(page, language):
    """The code blocks of a page, without the indent that a list gives them."""
    found = re.findall(rf"^( *)```{language}\n(.*?)^ *```$", (DOCS / page).read_text(), re.MULTILINE | re.DOTALL)
    return [re.sub(rf"^{indent}", "", text, flags=re.MULTILINE) for indent, text in found]


@pytest.fixture(scope="module")
def account(cloud, aws, tmp_path_factory):
    """A fresh account with the function checkout, which has Lambda Insights, its role and its log."""
    urllib.request.urlopen(urllib.request.Request(cloud["AWS_ENDPOINT_URL"] + "/moto-api/reset", method="POST")).close()
    role = aws("iam", "create-role", "--role-name", "checkout-role", "--assume-role-policy-document", json.dumps(TRUST))
    for policy in (INSIGHTS_POLICY, "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"):
        aws("iam", "attach-role-policy", "--role-name", "checkout-role", "--policy-arn", policy)
    code = f"fileb://{zip_with_a_file(tmp_path_factory.mktemp('code') / 'code.zip', 'a stand-in')}"
    insights = aws("lambda", "publish-layer-version", "--layer-name", "LambdaInsightsExtension-Arm64", "--zip-file", code)
    aws("lambda", "create-function", "--function-name", "checkout", "--runtime", "python3.13", "--handler", "index.handler",
        "--role", role["Role"]["Arn"], "--zip-file", code, "--layers", insights["LayerVersionArn"], "--architectures", "arm64")
    for name in ("checkout", "thumbnails"):
        aws("logs", "create-log-group", "--log-group-name", f"/aws/lambda/{name}")
    aws("logs", "create-log-stream", "--log-group-name", "/aws/lambda/checkout", "--log-stream-name", "one")
    lines = [{"timestamp": int(time.time() * 1000), "message": text} for text in ('{"event_type":"performance"}', "START")]
    aws("logs", "put-log-events", "--log-group-name", "/aws/lambda/checkout", "--log-stream-name", "one", "--log-events",
        json.dumps(lines))
    aws("lambda", "publish-layer-version", "--layer-name", "lambda-vitals-arm64", "--zip-file", code)
    return insights["LayerVersionArn"]


@pytest.fixture
def shell(tools, cloud, checkout, tmp_path):
    """Runs the commands of a page in their order in one shell, and gives what each block printed and what was noted."""
    for folder in ("test", "docs"):
        (checkout / folder).symlink_to(ROOT / folder)
    shutil.copytree(ROOT / "layer", checkout / "layer", ignore=shutil.ignore_patterns("node_modules", ".terraform*"))
    for tool in ("cdk", "serverless"):
        executable(checkout / "layer" / tool / "build", f"echo the-{tool}-package")
    (checkout / "build" / "extensions").mkdir()
    extension = os.environ.get("VITALS_BINARY") or ROOT / "build" / "release" / "lambda-vitals"
    shutil.copy(extension, checkout / "build" / "extensions" / "lambda-vitals")
    commands = tmp_path / "commands"
    commands.mkdir()
    log = tmp_path / "noted"
    for name in NOTED:
        executable(commands / name, f'echo "$(basename "$PWD"): {name} $*" >>{log}')
    executable(checkout / "scripts" / "build-layer", "ls build/layer/*.zip")  # which the fixture has made
    attach = (checkout / "scripts" / "attach").rename(checkout / "scripts" / "attach.real")
    executable(checkout / "scripts" / "attach", f'exec "{attach}" --yes "$@"')  # who answers its question
    executable(checkout / "build" / "venv" / "bin" / "python", f'exec {sys.executable} "$@"')

    def run(page):
        script = "set -eu\n" + "echo @@\n".join(blocks(page, "sh"))
        path = f"{commands}:{tools.environment()['PATH']}"
        output = tools("sh", "-c", script, cwd=checkout, env=cloud | {"PATH": path, "LAYER": ""}, seconds=300)
        return output.split("@@\n"), log.read_text().splitlines() if log.exists() else []

    return run


def executable(path, command):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    path.write_text(f"#!/bin/sh\n{command}\n")
    path.chmod(0o755)


def layers_of_checkout(aws):
    """Their versions depend on which test was first."""
    return [re.sub(r":\d+$", ":VERSION", each["Arn"]) for each in aws("lambda", "get-function-configuration", "--function-name", "checkout")["Layers"]]


@pytest.mark.timeout(400)  # some twenty calls of the AWS CLI, a second of CPU time each
def test_install(account, shell, aws):
    aws("lambda", "update-function-configuration", "--function-name", "checkout", "--layers", "[]")
    outputs, noted = shell(INSTALL)
    (table,) = [text for text in outputs if "LAYER VERSION ARN" in text]
    (promised,) = [text for text in blocks(INSTALL, "text")]
    assert [line.split()[:2] for line in promised.splitlines()] == [
        line.split()[:2] for line in table.splitlines() if ".zip" not in line]
    assert layers_of_checkout(aws) == [LAYER]
    made = aws("lambda", "get-function-configuration", "--function-name", "checkout")
    assert made["Environment"]["Variables"] == {"LAMBDA_VITALS_FIELDS": "service=checkout"}
    assert any('"event_type' in text and "START" not in text for text in outputs)  # the log that is looked at
    assert {each["StackName"] for each in aws("cloudformation", "describe-stacks")["Stacks"]} == {
        "primes", "vitals", "checkout-alarms"}
    check_noted(noted)


def check_noted(noted):
    """What would have deployed names files and parameters that there are."""
    sam, *others = noted
    assert (ROOT / re.search(r"--template-file (\S+)", sam)[1]).exists()
    assert others == ["cdk: npm install --no-save the-cdk-package", "cdk: npx cdk deploy",
                      "terraform: terraform init", "terraform: terraform apply",
                      "serverless: npm install --no-save the-serverless-package", "serverless: serverless deploy --region eu-west-1"]


@pytest.mark.parametrize(("file", "parameter"), [
    ("sam/template.yaml", "  Architecture:\n    Type: String"), ("cloudformation/template.yaml", "  Architecture:\n    Type: String"),
    ("terraform/main.tf", 'variable "architecture"'),
    ("serverless/serverless.yml", "${param:architecture, 'x86_64'}")])
def test_every_example_takes_the_architecture_and_begins_with_lambdas_default(file, parameter):
    text = (EXAMPLES / file).read_text()
    assert parameter in text and not re.search(r"[dD]efault *[:=] *.?arm64", text)


def test_the_commands_of_the_readme_are_those_of_the_page():
    """Which test_install runs."""
    section = re.search(r"^## Attach it\n\n```sh\n(.*?)^```", (ROOT / "README.md").read_text(), re.MULTILINE | re.DOTALL)[1]
    page = " ".join("".join(blocks(INSTALL, "sh")).replace("\\\n", " ").split())
    commands = [" ".join(re.sub(" #.*", "", line).split()) for line in re.sub(r" *\\\n", "", section).splitlines()]
    assert len(commands) == 5 and all(each in page for each in commands), commands


def test_the_page_begins_with_the_one_line_of_each_way():
    """In its first table, before the first section, and each line of `attach` in the page has options that it takes."""
    page = (DOCS / INSTALL).read_text()
    table = re.findall(r"^\| (.*?) \| (.*?) \| (.*?) \|$", page[:page.index("\n## ")], re.MULTILINE)[1:]
    assert len(table) >= 9 and all(way.startswith("[") and ("`" in line or "**" in line) for way, line, _ in table)
    assert not re.search("arm64", "".join(line for _, line, _ in table))  # x86_64 is Lambda's default
    for line in set(re.findall(r"`\./scripts/attach ([^`]+)`", page)) - {"--help"}:
        options.read(shlex.split(line) if re.search(r" \w+$|--all|--tag", line) else [*shlex.split(line), "checkout"])


@pytest.mark.parametrize("page", PAGES)
def test_commands_do_not_run_into_what_only_aws_itself_does(page):
    """The stand-in changes a function at once and has one page of every log: AWS refuses a change during another, and gives
    empty pages of a long log."""
    commands = "".join(blocks(page, "sh")).replace("\\\n", " ")
    changes = re.findall(r"^ *aws lambda (update-function-configuration|wait function-updated)\b", commands, re.MULTILINE)
    assert ("update-function-configuration",) * 2 not in zip(changes, changes[1:])
    for command in re.findall(r"^ *aws logs filter-log-events .*$", commands, re.MULTILINE):
        assert "--start-time " in command and "--max-items " in command and "--limit" not in command


def test_migrate(account, shell, aws):
    aws("lambda", "update-function-configuration", "--function-name", "checkout", "--layers", account)
    outputs, _ = shell(MIGRATE)
    assert any("LambdaInsightsExtension-Arm64:1 -> lambda-vitals-arm64:" in text for text in outputs)
    assert layers_of_checkout(aws) == [LAYER]
    policies = aws("iam", "list-attached-role-policies", "--role-name", "checkout-role")["AttachedPolicies"]
    assert [each["PolicyName"] for each in policies] == ["AWSLambdaBasicExecutionRole"]


def test_queries(account, shell):
    outputs, _ = shell(QUERIES)
    assert re.fullmatch(r"[0-9a-f-]{36}", outputs[-1].strip())  # the query's id


def test_troubleshooting(account, shell):
    (checked, configuration, policies, groups, line, machine), _ = shell(TROUBLE)
    assert "lambda-vitals-arm64" in checked
    assert json.loads(configuration)["Architectures"] == ["arm64"]
    assert "AWSLambdaBasicExecutionRole" in policies
    assert json.loads(groups)[0][0] == "/aws/lambda/checkout"
    (record,) = [json.loads(each) for each in line.splitlines() if each.startswith('{"_aws"')]
    assert (record["level"], record["status"]) == ("ERROR", "success") and list(record)[-1] == "timestamp"
    assert "Machine:" in machine


@pytest.mark.parametrize("page", [*sorted(DOCS.glob("*.md")), *sorted(ROOT.glob("*.md")), *sorted(ROOT.glob("test/*/README.md"))],
                         ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page):
    for target, anchor in re.findall(r"\]\((?!https?:)([^)#]*)(#[^)]*)?\)", page.read_text()):
        file = (page.parent / target).resolve() if target else page
        assert file.exists(), target
        if anchor:
            headings = re.findall(r"^#+ (.+)$", file.read_text(), re.MULTILINE)
            assert anchor[1:] in {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}, anchor


def test_every_setting_and_field_named_is_one():
    fields = set(re.findall(r"^\| `(\w+)` \|", (DOCS / "metrics.md").read_text(), re.MULTILINE))
    settings = set(re.findall(r"^\| `(LAMBDA_VITALS_\w+)` \|", (DOCS / "configuration.md").read_text(), re.MULTILINE))
    misspelt = "LAMBDA_VITALS_METRIC"  # in a message about it
    for page in PAGES:
        text = (DOCS / page).read_text()
        assert set(re.findall(r"LAMBDA_VITALS_[A-Z_]+", text)) - {misspelt} <= settings
        columns = set(re.findall(r"\bas (\w+)", "".join(blocks(page, "logs-insights"))))
        assert set(re.findall(r"`([a-z]+(?:_[a-z0-9]+)+)`", text)) <= fields | columns
