"""layer/terraform: the module is packed, and Terraform applies it against a stand-in for AWS, where Terraform and its provider for
AWS are on this machine (they are in no package registry). Everywhere it is parsed."""
import glob
import json
import os
import pathlib
import re
import shutil
import warnings
import zipfile

import pytest

from layer_zip import zip_with_a_file

ROOT = pathlib.Path(__file__).resolve().parents[2]
MODULE = ROOT / "layer" / "terraform"
ARN = "arn:aws:lambda:eu-west-1:123456789012:layer:"
USE = """
provider "aws" {}

module "lambda_vitals" {
  source = "./module"
  %s
}

output "layer_arns" { value = module.lambda_vitals.layer_arns }
output "environment" { value = module.lambda_vitals.environment }
"""
EVERY_SETTING = """settings = {
    namespace = "Shop", metrics = ["+cpu_total_time", "-init_duration"], dimensions = [[], ["function_name", "team"]]
    fields = { stage = "prod", team = "payments" }, record = "compact", lines = "notable,1/100", high_resolution = true, emit = "sync"
    sample_interval_ms = 20, interval_s = 30, availability_zone = true, telemetry = "off", telemetry_port = 0, network_interfaces = ["eth0", "eth1"]
    log_level = "debug", enabled = false
  }"""
AS_VARIABLES = {
    "LAMBDA_VITALS_NAMESPACE": "Shop", "LAMBDA_VITALS_METRICS": "+cpu_total_time,-init_duration",
    "LAMBDA_VITALS_DIMENSIONS": "none;function_name,team", "LAMBDA_VITALS_FIELDS": "stage=prod,team=payments",
    "LAMBDA_VITALS_RECORD": "compact", "LAMBDA_VITALS_LINES": "notable,1/100", "LAMBDA_VITALS_HIGH_RESOLUTION": "true", "LAMBDA_VITALS_EMIT": "sync",
    "LAMBDA_VITALS_SAMPLE_INTERVAL_MS": "20", "LAMBDA_VITALS_INTERVAL_S": "30",
    "LAMBDA_VITALS_AVAILABILITY_ZONE": "true", "LAMBDA_VITALS_TELEMETRY": "off", "LAMBDA_VITALS_TELEMETRY_PORT": "0",
    "LAMBDA_VITALS_NETWORK_INTERFACES": "eth0,eth1", "LAMBDA_VITALS_LOG_LEVEL": "debug", "LAMBDA_VITALS_ENABLED": "false"}


def providers():
    """A folder with Terraform's provider for AWS, as `terraform providers mirror` makes one."""
    usual = ["/opt/*", "/usr/share/terraform/plugins", "/usr/local/share/terraform/plugins",
             str(pathlib.Path.home() / ".terraform.d" / "plugins")]
    named = [os.environ[name] for name in ("VITALS_TERRAFORM_PLUGINS", "TF_PLUGIN_CACHE_DIR") if os.environ.get(name)]
    found = [each for pattern in named + usual for each in sorted(glob.glob(f"{pattern}/*/hashicorp/aws"))]
    return pathlib.Path(found[0]).parents[2] if found else None


@pytest.fixture(scope="module")
def archive(tools, zips, tmp_path_factory):
    return pathlib.Path(tools(MODULE / "build", "--zips", zips, tmp_path_factory.mktemp("archive")).strip())


@pytest.fixture
def terraform(tools, cloud):
    """Runs Terraform in a folder; None where there is no Terraform or no provider."""
    plugins = providers()
    if not shutil.which("terraform") or not plugins:
        warnings.warn("layer/terraform is parsed, and NOT VALIDATED OR APPLIED: terraform is not on PATH, or its provider for AWS is in "
                      "no folder (VITALS_TERRAFORM_PLUGINS names one)")
        return None

    def run(folder, verb, *arguments):
        if not (folder / ".terraform").exists():
            tools("terraform", "init", "-input=false", "-no-color", f"-plugin-dir={plugins}", cwd=folder)
        return tools.run("terraform", verb, "-no-color", *arguments, cwd=folder, env=cloud)

    return run


@pytest.fixture
def use(archive, tmp_path):
    """A configuration that has the module from its archive: use("settings = …")."""
    def folder(arguments=""):
        with zipfile.ZipFile(archive) as packed:
            packed.extractall(tmp_path / "module")
        (tmp_path / "main.tf").write_text(USE % arguments)
        return tmp_path

    return folder


def outputs(terraform, folder):
    return {name: each["value"] for name, each in json.loads(terraform(folder, "output", "-json").stdout).items()}


def test_the_archive_is_reproducible(tools, zips, archive, tmp_path):
    again = tools("sh", "-c", 'umask 007; exec "$0" "$@"', MODULE / "build", "--zips", zips, tmp_path)
    assert pathlib.Path(again.strip()).read_bytes() == archive.read_bytes()
    with zipfile.ZipFile(archive) as packed:
        assert {"main.tf", "outputs.tf", "variables.tf", "LICENSE"} <= set(packed.namelist())
        for name in ("lambda-vitals-x86_64.zip", "lambda-vitals-arm64.zip"):
            assert packed.read(f"layers/{name}") == (zips / name).read_bytes()


def test_it_parses_and_has_every_setting(tools):
    parsed = {file.stem: json.loads(tools("hcl2tojson", file)) for file in MODULE.glob("*.tf")}
    assert "aws_lambda_layer_version" in json.dumps(parsed["main"]["resource"])
    variable = re.search(r'variable "settings".*?^}', (MODULE / "variables.tf").read_text(), re.MULTILINE | re.DOTALL)[0]
    documented = re.findall(r"^\| `LAMBDA_VITALS_(\w+)` \|", (ROOT / "docs" / "configuration.md").read_text(), re.MULTILINE)
    assert re.findall(r"^    (\w+) += optional\(", variable, re.MULTILINE) == [name.lower() for name in documented]
    assert len(documented) == len(AS_VARIABLES)


def test_it_is_formatted(tools):
    if shutil.which("terraform"):
        tools("terraform", "fmt", "-check", "-diff", "-recursive", MODULE)


def test_layers_of_both_architectures(terraform, use, zips, aws):
    if not terraform:
        return
    folder = use(EVERY_SETTING)
    applied = terraform(folder, "apply", "-auto-approve", "-input=false")
    assert applied.returncode == 0, applied.stderr
    made = outputs(terraform, folder)
    assert made["environment"] == AS_VARIABLES
    assert made["layer_arns"].keys() == {"x86_64", "arm64"}
    for architecture, arn in made["layer_arns"].items():
        name, version = arn.removeprefix(ARN).split(":")
        layer = aws("lambda", "get-layer-version", "--layer-name", name, "--version-number", version)
        assert name == f"lambda-vitals-{architecture}" and layer["CompatibleArchitectures"] == [architecture]
        assert layer["Content"]["CodeSize"] == os.path.getsize(zips / f"{name}.zip")
    again = terraform(folder, "plan", "-detailed-exitcode", "-input=false")
    assert again.returncode == 0, again.stdout  # nothing to change


def test_one_architecture_and_no_setting(terraform, use):
    if not terraform:
        return
    folder = use('architectures = ["arm64"]')
    assert terraform(folder, "apply", "-auto-approve", "-input=false").returncode == 0
    made = outputs(terraform, folder)
    assert made["layer_arns"].keys() == {"arm64"} and made["environment"] == {}


def test_the_parameter_of_a_published_layer(terraform, aws, tmp_path):
    """What docs/infrastructure-as-code.md says for who has published the layer."""
    if not terraform:
        return
    page = (ROOT / "docs" / "infrastructure-as-code.md").read_text()
    data, reference = re.search(r"`(data \"aws_ssm_parameter\" .*})` and `layers = \[(.*)\]`", page).groups()
    aws("ssm", "put-parameter", "--name", "/lambda-vitals/x86_64", "--type", "String", "--overwrite", "--value", f"{ARN}published:1")
    (tmp_path / "main.tf").write_text(f'provider "aws" {{}}\n{data}\noutput "found" {{ value = {reference} }}\n')
    assert terraform(tmp_path, "apply", "-auto-approve", "-input=false").returncode == 0
    assert outputs(terraform, tmp_path) == {"found": f"{ARN}published:1"}


def test_a_wrong_use(terraform, use):
    if not terraform:
        return
    done = terraform(use('''architectures = ["riscv"]
        settings = { emit = "later", record = "short", telemetry = "on", log_level = "loud", fields = { team = "a,b" } }'''), "validate")
    said = re.sub(r"\s+", " ", done.stderr)
    for message in ("An architecture is x86_64 or arm64.", "The setting emit is async or sync.", "The setting record is full or compact.",
                    "The setting telemetry is auto or off.", "The setting log_level is trace,", "must not contain a comma"):
        assert message in said


def test_the_example(terraform, aws, tmp_path, zips):
    """layer/examples/terraform, for the architecture that is named and the one that is not."""
    if not terraform:
        return
    shutil.copytree(ROOT / "layer", tmp_path / "layer", ignore=shutil.ignore_patterns(".terraform*", "*.tfstate*", "node_modules"))
    shutil.copytree(zips, tmp_path / "build" / "layer")
    folder = tmp_path / "layer" / "examples" / "terraform"
    if not list(providers().glob("*/hashicorp/archive")):
        warnings.warn("layer/examples/terraform is applied without its provider `archive`, which is not there")
        text = re.sub(r'^ *archive = \{.*?^    \}\n|^data "archive_file".*?^\}\n', "", (folder / "main.tf").read_text(), flags=re.M | re.S)
        text = text.replace("data.archive_file.code.output_base64sha256", "null")
        (folder / "main.tf").write_text(text.replace("data.archive_file.code.output_path", '"function.zip"'))
        zip_with_a_file(folder / "function.zip", "a stand-in")
    # The stand-in for AWS does not change the architecture of a function, which Lambda does: it is made again.
    for arguments, architecture in ([], "x86_64"), (["-var=architecture=arm64", "-replace=aws_lambda_function.function"], "arm64"):
        applied = terraform(folder, "apply", "-auto-approve", "-input=false", *arguments)
        assert applied.returncode == 0, applied.stderr
        made = aws("lambda", "get-function-configuration", "--function-name", outputs(terraform, folder)["function_name"])
        (layer,) = made["Layers"]
        assert f":lambda-vitals-{architecture}:" in layer["Arn"] and made["Architectures"] == [architecture]
        assert made["Environment"]["Variables"] == {"LAMBDA_VITALS_FIELDS": "service=primes"}
