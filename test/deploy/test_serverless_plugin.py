"""layer/serverless: the plugin is packed, and the Serverless Framework packages services that use it."""
import json
import pathlib
import shutil
import tarfile
import zipfile

import pytest

import cloudformation
import test_examples
from layer_zip import version_of

HERE = pathlib.Path(__file__).parent
ROOT = HERE.parents[1]
OSLS = ROOT / "build" / "npm" / "deploy" / "node_modules" / ".bin" / "osls"
BUILD = ROOT / "layer" / "serverless" / "build"
EXAMPLE = ROOT / "layer" / "examples" / "serverless"
ARN = "arn:aws:lambda:eu-west-1:123456789012:layer:"
X86_64, ARM64 = {"Ref": "LambdaVitalsX8664LambdaLayer"}, {"Ref": "LambdaVitalsArm64LambdaLayer"}
PLAIN = "service: plain\nprovider: {name: aws, runtime: python3.13, region: eu-west-1}\nconfigValidationMode: error\n" \
        "plugins: [serverless-lambda-vitals]\nfunctions:\n  one: {handler: index.handler}\n  two: {handler: index.handler}\n"


@pytest.fixture(scope="module")
def package(tools, zips, tmp_path_factory):
    return pathlib.Path(tools(BUILD, "--zips", zips, tmp_path_factory.mktemp("package")).strip())


@pytest.fixture
def packaged(tools, cloud, package, tmp_path):
    """Runs `package` on a serverless.yml, and gives what the tool said and the template, if there is one."""
    def run(text, *options):
        service = shutil.copytree(HERE / "serverless", tmp_path / "service", dirs_exist_ok=True)
        (service / "serverless.yml").write_text(text)
        shutil.copy(EXAMPLE / "index.py", service)
        (service / "own").mkdir(exist_ok=True)
        (service / "own" / "x").write_text("a layer of the service")
        with tarfile.open(package) as archive:
            archive.extractall(service / "node_modules", filter="data")
        (service / "node_modules" / "package").rename(service / "node_modules" / "serverless-lambda-vitals")
        done = tools.run(OSLS, "package", *options, cwd=service, env=cloud)
        template = service / ".serverless" / "cloudformation-template-update-stack.json"
        return done.stdout + done.stderr, json.loads(template.read_text()) if template.exists() else None

    return run


def functions(template):
    found = cloudformation.of_type(template, "AWS::Lambda::Function")
    return {name.removesuffix("LambdaFunction"): each for name, each in found.items()}


def variables(properties):
    return properties.get("Environment", {}).get("Variables")


def test_the_package_is_reproducible_and_has_its_version(tools, zips, package, tmp_path):
    again = tools("sh", "-c", 'umask 007; exec "$0" "$@"', BUILD, "--zips", zips, tmp_path)
    assert pathlib.Path(again.strip()).read_bytes() == package.read_bytes()
    with tarfile.open(package) as archive:
        for architecture in ("x86_64", "arm64"):
            name = f"lambda-vitals-{architecture}.zip"
            assert archive.extractfile(f"package/layers/{name}").read() == (zips / name).read_bytes()
        assert json.load(archive.extractfile("package/package.json"))["version"] == version_of(ROOT)


def test_the_layer_zips_are_built_where_there_are_none(tools, tmp_path):
    """Without a word on the command line, and into build/packages."""
    for part in ("scripts", "layer/serverless"):
        shutil.copytree(ROOT / part, tmp_path / part)
    for file in ("CMakeLists.txt", "LICENSE"):
        shutil.copy(ROOT / file, tmp_path)
    builder = tmp_path / "scripts" / "build-layer"
    builder.write_text('#!/bin/sh -eu\ncd "${0%/*}/.."\nmkdir -p build/layer\necho $1 >build/layer/lambda-vitals-$1.zip\necho a path\n')
    made = pathlib.Path(tools(tmp_path / "layer" / "serverless" / "build").rstrip("\n"))
    assert made == tmp_path / "build" / "packages" / f"serverless-lambda-vitals-{version_of(ROOT)}.tgz"
    with tarfile.open(made) as archive:
        for architecture in ("x86_64", "arm64"):
            assert archive.extractfile(f"package/layers/lambda-vitals-{architecture}.zip").read().decode().strip() == architecture


def test_a_line_attaches_it_to_every_function(packaged):
    _, template = packaged(PLAIN)
    for function in functions(template).values():
        assert function["Layers"] == [X86_64] and variables(function) is None
    (layer,) = cloudformation.of_type(template, "AWS::Lambda::LayerVersion").values()
    assert layer["CompatibleArchitectures"] == ["x86_64"] and layer["Content"]["S3Key"].endswith("/lambda-vitals-x86_64.zip")


def test_a_service_as_people_have_them(packaged):
    said, template = packaged((HERE / "serverless" / "serverless.yml").read_text())
    found = functions(template)
    shared = [f"{ARN}shared:1"]
    settings = {
        "LAMBDA_VITALS_NAMESPACE": "Shop", "LAMBDA_VITALS_METRICS": "+cpu_total_time,-init_duration",
        "LAMBDA_VITALS_DIMENSIONS": "none;function_name,team", "LAMBDA_VITALS_FIELDS": "team=payments,stage=dev",
        "LAMBDA_VITALS_RECORD": "compact", "LAMBDA_VITALS_LINES": "notable,1/100", "LAMBDA_VITALS_HIGH_RESOLUTION": "true", "LAMBDA_VITALS_EMIT": "sync",
        "LAMBDA_VITALS_SAMPLE_INTERVAL_MS": "20", "LAMBDA_VITALS_INTERVAL_S": "30",
        "LAMBDA_VITALS_AVAILABILITY_ZONE": "true", "LAMBDA_VITALS_TELEMETRY": "off", "LAMBDA_VITALS_TELEMETRY_PORT": "0",
        "LAMBDA_VITALS_NETWORK_INTERFACES": "eth0,eth1", "LAMBDA_VITALS_ENABLED": "true",
        "LAMBDA_VITALS_LOG_LEVEL": "off", "OWN": "value"}  # the last two are the provider's
    assert found["Plain"]["Layers"] == [*shared, X86_64] and variables(found["Plain"]) == settings
    assert found["OnArm"]["Layers"] == [f"{ARN}own:1", ARM64] and found["OnArm"]["Architectures"] == ["arm64"]
    assert variables(found["OnArm"]) == settings | {"LAMBDA_VITALS_EMIT": "async"}
    (choice, ours) = found["Conditional"]["Layers"]
    assert choice["Fn::If"][0] == "Choice" and ours == X86_64
    assert X86_64 not in found["InImage"].get("Layers", []) and "COPY --from=lambda-vitals /opt/ /opt/" in said
    assert len(found["Full"]["Layers"]) == 5 and "full has five layers" in said
    for name in ("OptedOut", "Excluded"):
        assert found[name]["Layers"] == shared
    for name in ("InImage", "Full", "OptedOut", "Excluded"):
        assert variables(found[name]) == {"LAMBDA_VITALS_LOG_LEVEL": "off", "OWN": "value"}


def test_the_providers_architecture_and_some_functions(packaged):
    text = PLAIN.replace("runtime:", "architecture: arm64, runtime:") + "custom: {lambdaVitals: {functions: [two]}}\n"
    _, template = packaged(text)
    found = functions(template)
    assert "Layers" not in found["One"] and found["Two"]["Layers"] == [ARM64]


@pytest.mark.parametrize(("options", "architecture", "layer"), [
    ([], "x86_64", X86_64), (["--param", "architecture=arm64"], "arm64", ARM64)])
def test_the_example(packaged, tmp_path, options, architecture, layer):
    _, template = packaged((EXAMPLE / "serverless.yml").read_text(), *options)
    test_examples.check_function(functions(template)["Primes"], layer, architecture)
    test_examples.check_permissions(template["Resources"])
    with zipfile.ZipFile(tmp_path / "service" / ".serverless" / "primes.zip") as code:
        assert {name: code.read(name).decode() for name in code.namelist()} == {"index.py": test_examples.FUNCTION.read_text()}


@pytest.mark.parametrize(("added", "message"), [
    ("custom: {lambdaVitals: {functions: [three]}}", "custom.lambdaVitals names functions that the service does not have: three"),
    ("custom: {lambdaVitals: {settings: {emit: later}}}", "at 'custom.lambdaVitals.settings.emit'"),
    ("custom: {lambdaVitals: {setings: {}}}", "at 'custom.lambdaVitals': unrecognized property 'setings'")])
def test_a_wrong_use(packaged, added, message):
    said, template = packaged(PLAIN + added + "\n")
    assert template is None and message in said
