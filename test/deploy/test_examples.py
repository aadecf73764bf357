"""The templates in layer/examples/, each looked at by its own tool: they attach the layer, set the environment, and ask for
no permission that a function without Lambda Vitals does not need. Those that bring the layer themselves are looked at beside what
they bring it with: test_cdk_library.py, test_serverless_plugin.py, test_terraform_module.py."""
import json
import pathlib
import re
import shutil
import warnings

import cloudformation

ROOT = pathlib.Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "layer" / "examples"
FUNCTION = EXAMPLES / "function" / "index.py"
LAYER_PARAMETER = {"Fn::Sub": "{{resolve:ssm:/lambda-vitals/${Architecture}}}"}
SETTINGS = {"LAMBDA_VITALS_FIELDS": "service=primes"}
LOGGING = re.compile(r"logs:|sts:AssumeRole$")


def check_function(properties, layer=LAYER_PARAMETER, architecture="x86_64"):
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


def test_cdk_asks_for_exact_versions():
    package = json.loads((EXAMPLES / "cdk" / "package.json").read_text())
    for version in (package["dependencies"] | package["devDependencies"]).values():
        assert re.fullmatch(r"\d+\.\d+\.\d+", version)


def test_terraform(tools):
    """Formatted and parsed; test_terraform_module.py applies it."""
    folder = EXAMPLES / "terraform"
    if shutil.which("terraform"):
        tools("terraform", "fmt", "-check", "-diff", folder)
    else:
        warnings.warn("terraform is not on PATH: layer/examples/terraform is parsed, and its format is not checked")
    parsed = unquoted(json.loads(tools("hcl2tojson", folder / "main.tf")))
    resources = {kind.strip('"'): body for each in parsed["resource"] for kind, named in each.items() for body in named.values()}
    function = resources.pop("aws_lambda_function")
    assert function["layers"] == ["${module.lambda_vitals.layer_arns[var.architecture]}"]
    assert (function["runtime"], function["handler"]) == ("python3.13", "index.handler")
    assert (function["memory_size"], function["timeout"]) == (256, 10)
    assert function["architectures"] == ["${var.architecture}"]
    assert set(resources) == {"aws_iam_role", "aws_iam_role_policy_attachment"}
    assert resources["aws_iam_role_policy_attachment"]["policy_arn"].endswith("service-role/AWSLambdaBasicExecutionRole")
    assert (EXAMPLES / "terraform" / "../function/index.py").exists()
    assert '"${path.module}/../function/index.py"' in (folder / "main.tf").read_text()


def unquoted(value):
    """python-hcl2 leaves the quotation marks of texts in place."""
    if isinstance(value, dict):
        return {name: unquoted(each) for name, each in value.items() if name != "__is_block__"}
    if isinstance(value, list):
        return [unquoted(each) for each in value]
    return value.strip('"') if isinstance(value, str) else value
