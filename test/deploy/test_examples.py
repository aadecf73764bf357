"""The templates in layer/examples/, each looked at by its own tool: they attach the layer, set the environment, and ask for
no permission that a function without Lambda Vitals does not need."""
import glob
import json
import os
import pathlib
import re
import shutil
import warnings
import zipfile

import pytest

import cloudformation
from layer_zip import zip_with_a_file

ROOT = pathlib.Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "layer" / "examples"
FUNCTION = EXAMPLES / "function" / "index.py"
NPM = ROOT / "build" / "npm"
LAYER = "arn:aws:lambda:eu-west-1:123456789012:layer:lambda-vitals-arm64:1"
LAYER_PARAMETER = {"Ref": "LayerArn"}
SETTINGS = {"LAMBDA_VITALS_FIELDS": "service=primes"}
LOGGING = re.compile(r"logs:|sts:AssumeRole$")


@pytest.fixture
def examples(tmp_path):
    """A copy of the examples, because the tools write beside them; a checkout may have what they wrote before."""
    return shutil.copytree(EXAMPLES, tmp_path / "examples", symlinks=True,
                           ignore=shutil.ignore_patterns("node_modules", "cdk.out", ".serverless", ".terraform*"))


@pytest.fixture
def layer(aws, tmp_path):
    """A version of the layer in the stand-in for AWS."""
    file = zip_with_a_file(tmp_path / "layer.zip", "a stand-in")
    return aws("lambda", "publish-layer-version", "--layer-name", "lambda-vitals-arm64", "--zip-file",
               f"fileb://{file}")["LayerVersionArn"]


def check_function(properties, layer=LAYER_PARAMETER, architecture="arm64"):
    assert properties["Layers"] == [layer]
    assert properties["Environment"]["Variables"] == SETTINGS
    assert (properties["Runtime"], properties["Handler"]) == ("python3.13", "index.handler")
    assert (properties["MemorySize"], properties["Timeout"]) == (256, 10)
    assert properties["Architectures"] == [architecture]


def check_permissions(resources):
    """What every function has: the policy for logging, or its actions."""
    text = json.dumps([each for each in resources.values() if each["Type"].startswith("AWS::IAM::")])
    policies = re.findall(r"iam::aws:policy/([\w/-]+)", text)
    actions = [action for found in re.findall(r'"Action": (\[.*?\]|".*?")', text) for action in re.findall(r'"(.*?)"', found)]
    assert set(policies) <= {"service-role/AWSLambdaBasicExecutionRole"}
    assert "sts:AssumeRole" in actions and all(map(LOGGING.match, actions))


def test_cloudformation(tools):
    file = EXAMPLES / "cloudformation" / "template.yaml"
    tools("cfn-lint", file)
    template = cloudformation.load(file)
    (function,) = cloudformation.of_type(template, "AWS::Lambda::Function").values()
    check_function(function, architecture={"Ref": "Architecture"})
    check_permissions(template["Resources"])
    assert function["Code"]["ZipFile"] == FUNCTION.read_text()
    assert len(function["Code"]["ZipFile"]) <= 4096  # CloudFormation's limit


def test_cloudformation_can_be_deployed(tools, cloud, aws, layer):
    tools("aws", "cloudformation", "deploy", "--template-file", EXAMPLES / "cloudformation" / "template.yaml", "--stack-name",
          "plain", "--parameter-overrides", f"LayerArn={layer}", "--capabilities", "CAPABILITY_IAM", env=cloud)
    resources = aws("cloudformation", "describe-stack-resources", "--stack-name", "plain")["StackResources"]
    (name,) = [each["PhysicalResourceId"] for each in resources if each["ResourceType"] == "AWS::Lambda::Function"]
    made = aws("lambda", "get-function-configuration", "--function-name", name)
    check_function(made | {"Layers": [layer], "Architectures": ["arm64"]}, layer)  # which the stand-in passes over


def test_sam_local(tools):
    file = EXAMPLES / "sam" / "local.yaml"
    tools("cfn-lint", file)
    (function,) = cloudformation.of_type(cloudformation.load(file), "AWS::Serverless::Function").values()
    check_function(function, {"Ref": "LambdaVitals"}, "x86_64")


def test_sam(tools):
    file = EXAMPLES / "sam" / "template.yaml"
    tools("cfn-lint", file)
    template = cloudformation.load(file)
    (function,) = cloudformation.of_type(template, "AWS::Serverless::Function").values()
    check_function(function, architecture={"Ref": "Architecture"})
    assert not {"Policies", "Role"} & function.keys()
    assert (file.parent / function["CodeUri"] / "index.py").resolve() == FUNCTION


def test_cdk(tools, examples):
    app = examples / "cdk"
    (app / "node_modules").symlink_to(NPM / "cdk" / "node_modules")
    tools("npm", "run", "check", cwd=app)
    tools("npm", "run", "synth", "--", "--quiet", cwd=app)
    (file,) = (app / "cdk.out").glob("*.template.json")
    tools("cfn-lint", "--non-zero-exit-code", "error", file)  # the CDK writes one DependsOn more than need be: a warning
    template = json.loads(file.read_text())
    (function,) = cloudformation.of_type(template, "AWS::Lambda::Function").values()
    check_function(function, architecture={"Ref": "Architecture"})
    assert template["Parameters"]["Architecture"]["Default"] == "arm64"
    check_permissions(template["Resources"])
    (code,) = (app / "cdk.out").glob("asset.*/index.py")
    assert code.read_text() == FUNCTION.read_text()


def test_cdk_asks_for_exact_versions():
    package = json.loads((EXAMPLES / "cdk" / "package.json").read_text())
    for version in (package["dependencies"] | package["devDependencies"]).values():
        assert re.fullmatch(r"\d+\.\d+\.\d+", version)


@pytest.mark.parametrize(("options", "architecture"), [([], "arm64"), (["--param", "architecture=x86_64"], "x86_64")])
def test_serverless_framework(tools, examples, options, architecture):
    service = examples / "serverless"
    tools(NPM / "deploy" / "node_modules" / ".bin" / "osls", "package", "--param", f"layerArn={LAYER}", *options, cwd=service)
    template = json.loads((service / ".serverless" / "cloudformation-template-update-stack.json").read_text())
    (function,) = cloudformation.of_type(template, "AWS::Lambda::Function").values()
    check_function(function, LAYER, architecture)
    check_permissions(template["Resources"])
    with zipfile.ZipFile(service / ".serverless" / "primes.zip") as code:
        assert {name: code.read(name).decode() for name in code.namelist()} == {"index.py": FUNCTION.read_text()}


def test_terraform(tools, examples):
    """Formatted and parsed; test_terraform_validates needs more."""
    folder = examples / "terraform"
    if shutil.which("terraform"):
        tools("terraform", "fmt", "-check", "-diff", folder)
    else:
        warnings.warn("terraform is not on PATH: layer/examples/terraform is parsed, and its format is not checked")
    resources = {kind.strip('"'): body for each in json.loads(tools("hcl2tojson", folder / "main.tf"))["resource"]
                 for kind, named in each.items() for body in named.values()}
    function = unquoted(resources.pop("aws_lambda_function"))
    assert function["layers"] == ["${var.layer_arn}"]
    assert function["environment"][0]["variables"] == SETTINGS
    assert (function["runtime"], function["handler"]) == ("python3.13", "index.handler")
    assert (function["memory_size"], function["timeout"]) == (256, 10)
    assert function["architectures"] == ["${var.architecture}"]
    assert set(resources) == {"aws_iam_role", "aws_iam_role_policy_attachment"}
    assert resources["aws_iam_role_policy_attachment"]["policy_arn"].endswith("service-role/AWSLambdaBasicExecutionRole\"")
    assert (EXAMPLES / "terraform" / "../function/index.py").exists()
    assert '"${path.module}/../function/index.py"' in (folder / "main.tf").read_text()


def providers():
    """A folder with Terraform's provider for AWS, as `terraform providers mirror` makes one."""
    usual = ["/opt/*", "/usr/share/terraform/plugins", "/usr/local/share/terraform/plugins",
             str(pathlib.Path.home() / ".terraform.d" / "plugins")]
    named = [os.environ[name] for name in ("VITALS_TERRAFORM_PLUGINS", "TF_PLUGIN_CACHE_DIR") if os.environ.get(name)]
    found = [each for pattern in named + usual for each in sorted(glob.glob(f"{pattern}/*/hashicorp/aws"))]
    return pathlib.Path(found[0]).parents[2] if found else None


def test_terraform_validates(tools, examples):
    """With the provider's schema, where it is already there: it is only in Terraform's own registry, and large."""
    plugins = providers()
    if not shutil.which("terraform") or not plugins:
        warnings.warn("layer/examples/terraform is formatted and parsed, and NOT VALIDATED: terraform is not on PATH, or its "
                      "provider for AWS is in no folder (VITALS_TERRAFORM_PLUGINS names one)")
        return
    main = examples / "terraform" / "main.tf"
    if not list(plugins.glob("*/hashicorp/archive")):
        warnings.warn("layer/examples/terraform is validated without its provider `archive`, which is not there")
        text = re.sub(r'^ *archive = \{.*?^    \}\n|^data "archive_file".*?^\}\n', "", main.read_text(), flags=re.M | re.S)
        main.write_text(re.sub(r"data\.archive_file\.code\.\w+", '"function.zip"', text))
    tools("terraform", "init", "-backend=false", "-input=false", f"-plugin-dir={plugins}", cwd=main.parent)
    tools("terraform", "validate", cwd=main.parent)
    main.write_text(main.read_text().replace("python3.13", "python3.0"))
    assert "python3.13" in tools.run("terraform", "validate", cwd=main.parent).stderr  # the runtimes that it knows


def unquoted(value):
    """python-hcl2 leaves the quotation marks of texts in place."""
    if isinstance(value, dict):
        return {name: unquoted(each) for name, each in value.items() if name != "__is_block__"}
    if isinstance(value, list):
        return [unquoted(each) for each in value]
    return value.strip('"') if isinstance(value, str) else value
