"""What the deployment tests share: the tools that people deploy with, and a stand-in for AWS on this machine.

    VITALS_AWS_TOOLS  folder with aws, moto_server, cfn-lint, hcl2tojson, node and npm (build/venv-aws/bin; scripts/test makes
                      it); without it these tests are skipped
"""
import json
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import time
import urllib.request

import pytest

from layer_zip import layer_zip, version_of

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "test" / "harness"))
START_SECONDS = 60
REGION = "eu-west-1"


@pytest.fixture(scope="session")
def tools(tmp_path_factory):
    """Runs a tool in an environment that knows no account: tools("cfn-lint", file), tools(…, env={…}, cwd=…)."""
    folder = os.environ.get("VITALS_AWS_TOOLS")
    if not folder or not pathlib.Path(folder, "aws").exists():
        pytest.skip("THE TOOLS OF DEPLOYMENT ARE MISSING (VITALS_AWS_TOOLS): nothing is checked with AWS's own tools")
    return Tools(folder, home=tmp_path_factory.mktemp("home"))


class Tools:
    def __init__(self, folder, home):
        self._environment = {
            "PATH": f"{folder}:{os.environ['PATH']}", "HOME": str(home), "LANG": "C.UTF-8",
            "AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull, "AWS_EC2_METADATA_DISABLED": "true",
            "SLS_TELEMETRY_DISABLED": "1", "SLS_NOTIFICATIONS_MODE": "off", "CDK_DISABLE_CLI_TELEMETRY": "1"}

    def environment(self, **more):
        return self._environment | {name: str(value) for name, value in more.items()}

    def run(self, *command, env=None, cwd=ROOT, seconds=120):
        """Whatever the exit status is."""
        return subprocess.run([str(part) for part in command], env=self.environment(**(env or {})), cwd=cwd,
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=seconds)

    def __call__(self, *command, **options):
        """Standard output of a command that must succeed."""
        done = self.run(*command, **options)
        assert done.returncode == 0, f"{' '.join(map(str, command))}\n{done.stdout}{done.stderr}"
        return done.stdout


@pytest.fixture(scope="session")
def cloud(tools, tmp_path_factory):
    """The environment of an account in the stand-in for AWS."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = tmp_path_factory.mktemp("moto") / "log"
    with log.open("wb") as output:
        server = subprocess.Popen(["setpriv", "--pdeathsig", "KILL", "moto_server", "-H", "127.0.0.1", "-p", str(port)],
                                  env=tools.environment(MOTO_IAM_LOAD_MANAGED_POLICIES="true"), stdin=subprocess.DEVNULL,
                                  stdout=output, stderr=output)
    try:
        wait_until_it_answers(server, f"http://127.0.0.1:{port}/moto-api/data.json", log)
        yield {"AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}", "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test",
               "AWS_DEFAULT_REGION": REGION, "AWS_MAX_ATTEMPTS": "1"}
    finally:
        server.kill()
        server.wait()


def wait_until_it_answers(server, url, log):
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and server.poll() is None:
        try:
            urllib.request.urlopen(url, timeout=5).close()
            return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError(f"moto_server does not answer:\n{log.read_text(errors='replace')}")


@pytest.fixture(scope="session")
def aws(tools, cloud):
    """The answer of the AWS CLI: aws("lambda", "list-layers", region="us-east-1")."""
    def call(*command, region=REGION):
        return json.loads(tools("aws", *command, "--region", region, "--output", "json", env=cloud) or "null")

    return call


@pytest.fixture(scope="session")
def zips(tmp_path_factory):
    """A folder with stand-ins for the layer zips, which a package carries."""
    folder = tmp_path_factory.mktemp("zips")
    for architecture in ("x86_64", "arm64"):
        layer_zip(folder, architecture, version_of(ROOT))
    return folder


@pytest.fixture
def checkout(tmp_path):
    """A copy of what scripts/publish-layer needs, with stand-ins for the zips."""
    shutil.copytree(ROOT / "scripts", tmp_path / "scripts")
    shutil.copy(ROOT / "CMakeLists.txt", tmp_path)
    (tmp_path / "build" / "layer").mkdir(parents=True)
    for architecture in ("x86_64", "arm64"):
        layer_zip(tmp_path / "build" / "layer", architecture, version_of(tmp_path))
    return tmp_path
