"""SAM and CloudFormation with the layer's ARN from the SSM parameters /lambda-vitals/x86_64 and /lambda-vitals/arm64: in Globals,
beside container images, with a condition, in a nested stack. Judged by the SAM CLI, SAM's translator and cfn-lint."""
import json
import pathlib
import re
import shutil

import pytest

import cloudformation
from layer_zip import zip_with_a_file

HERE = pathlib.Path(__file__).parent
EXAMPLES = HERE.parents[1] / "layer" / "examples"
GLOBALS = EXAMPLES / "sam" / "globals.yaml"
DYNAMIC = EXAMPLES / "cloudformation" / "template.yaml"
LINE = 'Layers: ["{{resolve:ssm:/lambda-vitals/x86_64}}"]'  # of docs/install.md
ARCHITECTURES = ("x86_64", "arm64")
SAM = {"SAM_CLI_TELEMETRY": "0", "AWS_DEFAULT_REGION": "eu-west-1", "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}


@pytest.fixture
def transformed(tools):
    """The functions that SAM makes of a template, by logical ID."""
    def functions(template):
        made = json.loads(tools("python3", HERE / "sam_transform.py", template, env=SAM))
        return cloudformation.of_type(made, "AWS::Lambda::Function")

    return functions


@pytest.fixture(scope="module")
def parameters(aws, tmp_path_factory):
    """The layers and SSM parameters of the stand-in for AWS, as scripts/publish-layer leaves them: {architecture: ARN}."""
    arns = {}
    for architecture in ARCHITECTURES:
        file = zip_with_a_file(tmp_path_factory.mktemp("layer") / "layer.zip", architecture)
        arns[architecture] = aws("lambda", "publish-layer-version", "--layer-name", f"lambda-vitals-{architecture}",
                                 "--zip-file", f"fileb://{file}")["LayerVersionArn"]
        aws("ssm", "put-parameter", "--name", f"/lambda-vitals/{architecture}", "--type", "String", "--overwrite", "--value",
            arns[architecture])
    return arns


@pytest.mark.parametrize("template", [GLOBALS, HERE / "templates" / "nested-child.yaml"], ids=lambda file: file.name)
def test_sam_takes_the_template(tools, template):
    tools("sam", "validate", "--lint", "--template", template, env=SAM)


def test_globals_attach_the_layer_of_each_functions_architecture(transformed):
    functions = transformed(GLOBALS)
    assert functions["Primes"]["Layers"] == [{"Ref": "LambdaVitals"}]
    assert functions["PrimesOnArm"]["Layers"] == [{"Ref": "LambdaVitalsArm64"}]
    assert functions["PrimesOnArm"]["Architectures"] == ["arm64"]
    assert "Layers" not in functions["PrimesInAnImage"] and functions["PrimesInAnImage"]["PackageType"] == "Image"
    for each in functions.values():
        assert each["Environment"]["Variables"] == {"LAMBDA_VITALS_FIELDS": "service=primes"}


def test_the_one_line_in_globals(tools, transformed, tmp_path):
    template = tmp_path / "template.yaml"
    template.write_text(GLOBALS.read_text().replace("Layers: [!Ref LambdaVitals]", LINE).replace("../function/", "."))
    tools("cfn-lint", "--ignore-checks", "W2001", "--", template)  # the parameter is left over
    assert transformed(template)["Primes"]["Layers"] == ["{{resolve:ssm:/lambda-vitals/x86_64}}"]
    for page in ("install.md", "infrastructure-as-code.md"):
        assert LINE in (EXAMPLES.parents[1] / "docs" / page).read_text()


@pytest.mark.parametrize("function", ["PrimesInAnImage", "PrimesOnArm"])
def test_why_globals_are_ignored(tools, transformed, tmp_path, function):
    """Without that line SAM refuses the image, and gives the function for arm64 the layer for x86_64, too."""
    template = tmp_path / "template.yaml"
    template.write_text(re.sub(rf"(\n  {function}:.*\n.*\n)    IgnoreGlobals: .*\n", r"\1", GLOBALS.read_text()))
    if function == "PrimesInAnImage":
        done = tools.run("sam", "validate", "--template", template, env=SAM)
        assert done.returncode != 0 and "Layers cannot be present when PackageType is of type `Image`" in done.stderr
    else:
        assert transformed(template)[function]["Layers"] == [{"Ref": "LambdaVitals"}, {"Ref": "LambdaVitalsArm64"}]


def test_a_nested_stack_with_a_condition(transformed):
    """SAM adds a function's own layers to those of Globals."""
    (function,) = transformed(HERE / "templates" / "nested-child.yaml").values()
    condition, own = function["Layers"]
    assert condition == {"Fn::If": ["Measured", {"Ref": "LambdaVitals"}, {"Ref": "AWS::NoValue"}]}
    assert own["Ref"].startswith("Shared")


def test_sam_packages_a_nested_stack(tools, cloud, aws, tmp_path):
    folder = shutil.copytree(HERE / "templates", tmp_path / "application")
    shutil.copytree(EXAMPLES / "function", folder / "function")
    aws("s3api", "create-bucket", "--bucket", "packages", "--create-bucket-configuration", "LocationConstraint=eu-west-1")
    tools("sam", "package", "--template-file", folder / "nested.yaml", "--s3-bucket", "packages", "--output-template-file",
          tmp_path / "packaged.yaml", env=SAM | cloud, cwd=folder)
    (child,) = cloudformation.of_type(cloudformation.load(tmp_path / "packaged.yaml"), "AWS::Serverless::Application").values()
    key = child["Location"].rsplit("/", 1)[1]
    aws("s3api", "get-object", "--bucket", "packages", "--key", key, tmp_path / "child.yaml")
    assert "/lambda-vitals/arm64" in (tmp_path / "child.yaml").read_text()


def test_ssm_parameters_are_found_at_deployment(tools, cloud, aws, parameters, tmp_path):
    """The template that SAM makes, deployed: CloudFormation refuses the name of a parameter that is not there."""
    template = tmp_path / "transformed.json"
    template.write_text(tools("python3", HERE / "sam_transform.py", GLOBALS, env=SAM))
    command = ["aws", "cloudformation", "deploy", "--template-file", template, "--stack-name", "globals", "--capabilities",
               "CAPABILITY_IAM", "--parameter-overrides", "ImageUri=123456789012.dkr.ecr.eu-west-1.amazonaws.com/primes:1"]
    tools(*command, env=cloud)
    (stack,) = aws("cloudformation", "describe-stacks", "--stack-name", "globals")["Stacks"]
    found = {each["ParameterKey"]: each["ParameterValue"] for each in stack["Parameters"]}
    assert (found["LambdaVitals"], found["LambdaVitalsArm64"]) == (parameters["x86_64"], parameters["arm64"])
    command[command.index("globals")] = "too-early"
    assert tools.run(*command, "LambdaVitals=/lambda-vitals/not-there", env=cloud).returncode != 0


def test_a_dynamic_reference(tools, cloud, aws, parameters):
    """test_examples.py looks at the template."""
    assert sorted(cloudformation.load(DYNAMIC)["Parameters"]["Architecture"]["AllowedValues"]) == sorted(parameters)
    tools("aws", "cloudformation", "deploy", "--template-file", DYNAMIC, "--stack-name", "dynamic", "--capabilities",
          "CAPABILITY_IAM", env=cloud)
    resources = aws("cloudformation", "describe-stack-resources", "--stack-name", "dynamic")["StackResources"]
    assert "AWS::Lambda::Function" in {each["ResourceType"] for each in resources}
