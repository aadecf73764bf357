"""layer/cdk: the package is built, and an app of several stacks (cdk/app.ts) uses it with the newest CDK."""
import concurrent.futures
import json
import pathlib
import re
import shutil
import tarfile

import pytest

import cloudformation
import test_examples
from layer_zip import version_of

HERE = pathlib.Path(__file__).parent
ROOT = HERE.parents[1]
MODULES = ROOT / "build" / "npm" / "cdk" / "node_modules"
ARN = "arn:aws:lambda:eu-west-1:123456789012:layer:"
SETTINGS = {
    "LAMBDA_VITALS_NAMESPACE": "Shop", "LAMBDA_VITALS_METRICS": "+cpu_total_time,-init_duration",
    "LAMBDA_VITALS_DIMENSIONS": "none;function_name,team", "LAMBDA_VITALS_RECORD": "compact",
    "LAMBDA_VITALS_FIELDS": {"Fn::Join": ["", ["team=payments,region=", {"Ref": "AWS::Region"}]]},
    "LAMBDA_VITALS_LINES": "notable,1/100", "LAMBDA_VITALS_HIGH_RESOLUTION": "true", "LAMBDA_VITALS_EMIT": "sync", "LAMBDA_VITALS_SAMPLE_INTERVAL_MS": "20",
    "LAMBDA_VITALS_INTERVAL_S": "30", "LAMBDA_VITALS_AVAILABILITY_ZONE": "true",
    "LAMBDA_VITALS_TELEMETRY": "off", "LAMBDA_VITALS_TELEMETRY_PORT": "0", "LAMBDA_VITALS_NETWORK_INTERFACES": "eth0,eth1",
    "LAMBDA_VITALS_LOG_LEVEL": "debug", "LAMBDA_VITALS_ENABLED": "true"}


@pytest.fixture(scope="module")
def packages(tools, zips, tmp_path_factory):
    """The package, built twice at the same time, with another umask."""
    def build(umask):
        command = ROOT / "layer" / "cdk" / "build", "--zips", zips, tmp_path_factory.mktemp("package")
        return tools("sh", "-c", f'umask {umask}; exec "$0" "$@"', *command, seconds=600)

    with concurrent.futures.ThreadPoolExecutor() as pool:
        made = pool.map(build, ("022", "007"))
        return [pathlib.Path(each.strip()) for each in made]


@pytest.fixture(scope="module")
def package(packages):
    return packages[0]


@pytest.fixture(scope="module")
def app(package, tmp_path_factory):
    return installed(HERE / "cdk", tmp_path_factory.mktemp("app") / "app", package)


def installed(source, folder, package):
    """A folder with an app and its packages, as npm install leaves them."""
    shutil.copytree(source, folder, ignore=shutil.ignore_patterns("node_modules", "cdk.out"))
    modules = folder / "node_modules"
    modules.mkdir()
    for each in MODULES.iterdir():
        (modules / each.name).symlink_to(each)
    with tarfile.open(package) as archive:
        archive.extractall(modules, filter="data")
    (modules / "package").rename(modules / "lambda-vitals-cdk")
    return folder


@pytest.fixture(scope="module")
def out(tools, app, zips):
    # The package's own files are real, and the CDK's are links to one folder: Node.js must not look for the CDK beside the links.
    tools(app / "node_modules" / ".bin" / "tsx", "app.ts", cwd=app,
          env={"CDK_OUTDIR": app / "cdk.out", "ZIPS": zips, "NODE_OPTIONS": "--preserve-symlinks"})
    return app / "cdk.out"


@pytest.fixture(scope="module")
def functions(out):
    """{stack: {function: properties}} by the names in the app, nested stacks among them."""
    found = {}
    for file in out.glob("*.template.json"):
        stack = found.setdefault(file.name.split(".")[0], {})
        for name, each in cloudformation.of_type(json.loads(file.read_text()), "AWS::Lambda::Function").items():
            stack[re.sub(r"[0-9A-F]{8}$", "", name)] = each
    return found


def zip_behind(out, stack, reference):
    """The zip that a Ref to a layer of a stack publishes, as the architecture that its manifest names."""
    template = json.loads((out / f"{stack}.template.json").read_text())
    layer = template["Resources"][reference["Ref"]]["Properties"]
    key = layer["Content"]["S3Key"]
    text = (out / f"asset.{key}").read_bytes().decode(errors="replace")
    (architecture,) = layer["CompatibleArchitectures"]
    assert f'"architecture": "{architecture}"' in text
    return architecture


def test_the_package_is_reproducible_and_has_its_version(zips, packages):
    package, again = packages
    assert again.read_bytes() == package.read_bytes()
    assert package.name == f"lambda-vitals-cdk-{version_of(ROOT)}.tgz"
    with tarfile.open(package) as archive:
        for architecture in ("x86_64", "arm64"):
            name = f"lambda-vitals-{architecture}.zip"
            assert archive.extractfile(f"package/layers/{name}").read() == (zips / name).read_bytes()
        assembly = json.load(archive.extractfile("package/.jsii"))
    assert assembly["version"] == version_of(ROOT) and assembly["targets"]["python"]["module"] == "lambda_vitals_cdk"


def test_the_types_agree_with_the_newest_cdk(tools, app):
    tools(app / "node_modules" / ".bin" / "tsc", "--noEmit", "--strict", "--skipLibCheck", "--preserveSymlinks", "--types", "node",
          "--module", "commonjs", "--target", "es2022", "app.ts", cwd=app)


def test_every_function_of_a_stack(out, functions):
    shop = functions["Shop"]
    own, ours = shop["Before"]["Layers"]
    assert own == f"{ARN}own:1" and zip_behind(out, "Shop", ours) == "x86_64"
    assert shop["Before"]["Environment"]["Variables"] == SETTINGS | {"OWN": "value", "LAMBDA_VITALS_LOG_LEVEL": "off"}
    (ours,) = shop["OnArm"]["Layers"]
    assert zip_behind(out, "Shop", ours) == "arm64" and shop["OnArm"]["Environment"]["Variables"] == SETTINGS
    late, ours = shop["LayerAddedLater"]["Layers"]
    assert late == f"{ARN}late:1" and shop["LayerAddedLater"]["Environment"]["Variables"] == SETTINGS | {"LATE": "value"}
    template = json.loads((out / "Shop.template.json").read_text())
    assert len(cloudformation.of_type(template, "AWS::Lambda::LayerVersion")) == 2  # one for each architecture


def test_every_setting_is_a_property():
    """The settings of docs/configuration.md, which a unit test compares with the extension's."""
    rows = re.findall(r"^\| `(LAMBDA_VITALS_\w+)` \|", (ROOT / "docs" / "configuration.md").read_text(), re.MULTILINE)
    assert set(rows) == SETTINGS.keys() and len(rows) > 10


def test_a_nested_stack_uses_the_layer_of_its_parent(out, functions):
    ((name, nested),) = [(name, each) for name, each in functions.items() if name.startswith("ShopNested")]
    (layer,) = nested["InNested"]["Layers"]
    (stack,) = cloudformation.of_type(json.loads((out / "Shop.template.json").read_text()), "AWS::CloudFormation::Stack").values()
    assert zip_behind(out, "Shop", stack["Parameters"][layer["Ref"]]) == "arm64"


@pytest.mark.parametrize(("stack", "function", "note"), [
    ("Shop", "InImage", "COPY --from=lambda-vitals /opt/ /opt/"), ("Plain", "ImageByUri", "COPY --from=lambda-vitals /opt/ /opt/"),
    ("Shop", "AtEdge", "Lambda@Edge"), ("Shop", "Full", "five layers"), ("Shop", "OptedOut", None)])
def test_what_is_left_as_it_is(out, functions, stack, function, note):
    properties = functions[stack][function]
    assert len(properties.get("Layers", [])) == (5 if function == "Full" else 0)
    assert "LAMBDA_VITALS_" not in json.dumps(properties)
    notes = annotations(out, stack, f"/{function}")
    assert (note is None and notes == []) or (len(notes) == 1 and note in notes[0])


def annotations(out, stack, path):
    metadata = json.loads((out / "manifest.json").read_text())["artifacts"][stack]
    if file := metadata.get("additionalMetadataFile"):
        metadata["metadata"] = json.loads((out / file).read_text())
    return [each["data"] for name, entries in metadata.get("metadata", {}).items() if path in name for each in entries
            if each["type"] in ("aws:cdk:info", "aws:cdk:warning")]


def test_lambda_insights_beside_it_is_a_warning(out, functions):
    assert len(functions["Shop"]["WithInsights"]["Layers"]) == 2
    (warning,) = annotations(out, "Shop", "/WithInsights")
    assert "Lambda Insights" in warning and "another namespace" in warning


def test_layers_that_are_intrinsic_functions(out, functions):
    plain = functions["Plain"]
    (one, ours) = plain["OneOfTwo"]["Layers"]
    assert one == {"Fn::If": ["Choice", f"{ARN}a:1", {"Ref": "AWS::NoValue"}]} and zip_behind(out, "Plain", ours) == "x86_64"
    assert plain["ListParameter"]["Layers"] == {
        "Fn::Split": [",", {"Fn::Join": [",", [{"Fn::Join": [",", {"Ref": "List"}]}, ours]]}]}
    assert plain["IncludedFunction"]["Layers"] == {"Fn::If": ["Measured", [f"{ARN}own:1", ours], [ours]]}
    assert plain["IncludedFunction"]["Environment"]["Variables"] == {"OWN": "value"}
    (either,) = plain["AnyArchitecture"]["Layers"]
    condition, arm, x86 = either["Fn::If"]
    assert (zip_behind(out, "Plain", arm), zip_behind(out, "Plain", x86)) == ("arm64", "x86_64")
    conditions = json.loads((out / "Plain.template.json").read_text())["Conditions"]
    assert conditions[condition] == {"Fn::Equals": [{"Ref": "Architecture"}, "arm64"]}


def test_some_functions_and_a_whole_app(out, functions):
    (ours,) = functions["Some"]["Chosen"]["Layers"]
    assert functions["Some"]["ByHand"]["Layers"][0] == ours
    of_app = {"LAMBDA_VITALS_FIELDS": "of=app"}
    for name in ("NotChosen", "OfTheApp"):
        stack = "Some" if name == "NotChosen" else "Other"
        (layer,) = functions[stack][name]["Layers"]
        assert zip_behind(out, stack, layer) == "x86_64" and functions[stack][name]["Environment"]["Variables"] == of_app
    (nested,) = [each for name, each in functions.items() if name.startswith("OtherNested")]
    assert len(nested["OfTheAppNested"]["Layers"]) == 1


@pytest.mark.parametrize("stack", ["Shop", "Plain", "Some", "Other"])
def test_cfn_lint_finds_no_error(tools, out, stack):
    tools("cfn-lint", "--non-zero-exit-code", "error", out / f"{stack}.template.json")


def test_the_example(tools, package, tmp_path):
    """layer/examples/cdk, with the commands of its package.json."""
    shutil.copytree(ROOT / "layer" / "examples" / "function", tmp_path / "function")
    folder = installed(ROOT / "layer" / "examples" / "cdk", tmp_path / "cdk", package)
    options = {"cwd": folder, "env": {"NODE_OPTIONS": "--preserve-symlinks"}}
    tools("npm", "run", "check", "--", "--preserveSymlinks", **options)
    tools("npm", "run", "synth", "--", "--quiet", **options)
    file = folder / "cdk.out" / "Primes.template.json"
    tools("cfn-lint", "--non-zero-exit-code", "error", file)  # the CDK writes one DependsOn more than need be: a warning
    template = json.loads(file.read_text())
    (function,) = cloudformation.of_type(template, "AWS::Lambda::Function").values()
    (layer,) = function["Layers"]
    assert zip_behind(folder / "cdk.out", "Primes", layer) == "x86_64" and function["Architectures"] == ["x86_64"]
    assert function["Environment"]["Variables"] == {"LAMBDA_VITALS_FIELDS": "service=primes"}
    test_examples.check_permissions(template["Resources"])
    (code,) = (folder / "cdk.out").glob("asset.*/index.py")
    assert code.read_text() == test_examples.FUNCTION.read_text()


@pytest.mark.parametrize(("broken", "said"), [
    ("new LambdaVitals(stack, 'V', { zipFolder: '/nowhere' }); new lambda.CfnFunction(stack, 'F', { code: {}, role: 'r' });",
     "there is no /nowhere/lambda-vitals-x86_64.zip; ./scripts/build-layer makes it"),
    ("new LambdaVitals(stack, 'V', { settings: { fields: { team: 'a,b' } } });", 'the value "a,b" of the field team contains a comma'),
    ("new LambdaVitals(stack, 'V', { functions: [lambda.Function.fromFunctionName(stack, 'F', 'other')] });",
     "Stack/F is not defined in this app")])
def test_a_wrong_use(tools, app, broken, said):
    script = f"""const {{ App, Stack }} = require('aws-cdk-lib'), lambda = require('aws-cdk-lib/aws-lambda');
        const {{ LambdaVitals }} = require('lambda-vitals-cdk');
        const app = new App(), stack = new Stack(app, 'Stack'); {broken} app.synth();"""
    done = tools.run("node", "--preserve-symlinks", "--eval", script, cwd=app, env={"CDK_OUTDIR": app / "wrong.out"})
    assert done.returncode != 0 and said in done.stderr
