"""Container images without a daemon and without a registry.

AWS's base images are in a registry that a test cannot reach. The stand-in has what matters here: a distribution's
root with Python (mmdebstrap), Python's runtime client in /var/runtime, the RIE where they carry it, and an entry point that
starts the function under it outside Lambda.

    with Containers(place, root, rie) as containers:
        containers.sh("docker build -t lambda-vitals .", cwd=…)
"""
import hashlib
import importlib.metadata
import os
import pathlib
import platform
import shutil
import subprocess
import sys
import tempfile

import pytest

from docker_by_buildah import buildah, signed_by_anyone

ROOT = pathlib.Path(__file__).resolve().parents[2]
BASE_IMAGE = "public.ecr.aws/lambda/python:3.13"
NEEDS = ("buildah", "mmdebstrap", "unzip", "ip", "nsenter")
PACKAGES = "python3,dash,bash,coreutils,unzip,libstdc++6"  # with what they depend on; libstdc++ is for the runtime client
ROOT_SECONDS = 300
COMMAND_SECONDS = 120

ENTRY_POINT = """#!/bin/sh
export _HANDLER="$1"
if [ "${AWS_LAMBDA_RUNTIME_API:-}" ]; then exec /var/runtime/bootstrap; fi
exec /usr/local/bin/aws-lambda-rie /var/runtime/bootstrap "$1"
"""
BOOTSTRAP = """#!/bin/sh
PYTHONPATH=/var/runtime exec python3 -m awslambdaric "$_HANDLER"
"""


class CommandFailed(Exception):
    """The text has what it said."""


def missing() -> list[str]:
    return [name for name in NEEDS if not shutil.which(name)] + (["root"] if os.getuid() != 0 else [])


def root_or_skip(layers):
    """The root of the base image; skips the test where there is none, or no layer."""
    def skip(why):
        pytest.skip(f"NO CONTAINER IMAGE IS BUILT: {why}")

    if missing():
        skip(f"this needs {' and '.join(missing())}; scripts/test installs what it can")
    for layer in layers:
        if not layer.exists():
            skip(f"there is no {layer}; scripts/build-layer all makes it")
    try:
        return root_with_python(ROOT / "build" / "container")
    except CommandFailed as error:
        skip(f"no base image could be made; is there a network? {error}")


def distribution():
    """Its name for mmdebstrap, and where this machine has it from."""
    places = [pathlib.Path("/etc/apt", name) for name in
              ("sources.list", "sources.list.d/debian.sources", "sources.list.d/ubuntu.sources")]
    return platform.freedesktop_os_release()["VERSION_CODENAME"], [str(each) for each in places if each.exists()]


def root_with_python(cache) -> pathlib.Path:
    """A root directory of this machine's distribution with Python and its runtime client, made once."""
    name, sources = distribution()
    client = f"awslambdaric=={importlib.metadata.version('awslambdaric')}"
    key = hashlib.sha256(f"{name} {PACKAGES} {client} {pathlib.Path(__file__).read_text()}".encode()).hexdigest()[:12]
    final = pathlib.Path(cache, f"root-{name}-{key}")
    if final.exists():
        return final
    final.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=final.parent, prefix=".root-") as work:
        root = pathlib.Path(work, "root")
        _run(["mmdebstrap", "--mode=root", "--variant=extract", f"--include={PACKAGES}", name, root, *sources])
        for folder in ("bin", "sbin", "lib", "lib64"):  # a package of its own makes these links, when it is configured
            if not (root / folder).exists() and (root / "usr" / folder).exists():
                (root / folder).symlink_to(f"usr/{folder}")
        if not (root / "bin" / "sh").exists():
            (root / "bin" / "sh").symlink_to("dash")
        for folder in ("doc", "man", "locale", "info"):
            shutil.rmtree(root / "usr" / "share" / folder, ignore_errors=True)
        version = os.readlink(root / "usr" / "bin" / "python3").removeprefix("python")
        _run([sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-compile",
              "--only-binary", ":all:", "--python-version", version, "--target", root / "var" / "runtime", client])
        for folder in ("proc", "sys", "var/task", "usr/local/bin"):
            (root / folder).mkdir(parents=True, exist_ok=True)
        root.chmod(0o755)
        for outdated in final.parent.glob("root-*"):
            shutil.rmtree(outdated)
        root.rename(final)
    return final


def _run(command):
    done = subprocess.run(command, capture_output=True, text=True, timeout=ROOT_SECONDS)
    if done.returncode:
        raise CommandFailed(f"{' '.join(map(str, command))}\n{done.stdout}{done.stderr}")
    return done.stdout


class Containers:
    """A place with images, BASE_IMAGE among them, and a `docker` that knows no others."""

    def __init__(self, place, root, rie):
        self._place = pathlib.Path(place)
        self._docker = self._place / "bin"
        self._docker.mkdir(parents=True)
        script = pathlib.Path(__file__).with_name("docker_by_buildah.py")
        (self._docker / "docker").write_text(f'#!/bin/sh\nexec "{sys.executable}" "{script}" "{self._place}" "$@"\n')
        (self._docker / "docker").chmod(0o755)
        self._make_base(root, rie)

    def buildah(self, *arguments) -> str:
        return _run([*buildah(self._place), *arguments]).strip()

    def _make_base(self, root, rie):
        for name, text in (("entry-point", ENTRY_POINT), ("bootstrap", BOOTSTRAP)):
            (self._place / name).write_text(text)
        container = self.buildah("from", "scratch")
        self.buildah("add", "--quiet", container, root, "/")
        for source, target in ((rie, "/usr/local/bin/aws-lambda-rie"), (self._place / "entry-point", "/lambda-entrypoint.sh"),
                               (self._place / "bootstrap", "/var/runtime/bootstrap")):
            self.buildah("copy", "--quiet", "--chmod", "0755", container, source, target)
        self.buildah("config", "--env", "LAMBDA_TASK_ROOT=/var/task", "--env", "LAMBDA_RUNTIME_DIR=/var/runtime",
                     "--workingdir", "/var/task", "--entrypoint", '["/lambda-entrypoint.sh"]', container)
        self.buildah("commit", "--quiet", "--rm", *signed_by_anyone(self._place), container, BASE_IMAGE)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.buildah("rm", "--all")  # nothing stays mounted
        shutil.rmtree(self._place / "images")

    @property
    def environment(self):
        return {**os.environ, "PATH": f"{self._docker}:{os.environ['PATH']}"}

    def sh(self, commands, cwd) -> str:
        """Runs a user's commands to their end."""
        done = subprocess.run(["sh", "-euc", commands], cwd=cwd, env=self.environment, capture_output=True, text=True,
                              timeout=COMMAND_SECONDS)
        assert done.returncode == 0, commands + done.stdout + done.stderr
        return done.stdout

    def start(self, commands, cwd, output) -> subprocess.Popen:
        """Runs a user's commands in a separate network; the last one stays running."""
        bare_command = ["setpriv", "--pdeathsig", "TERM", "unshare", "--net", "sh", "-euc", "ip link set lo up\n"]
        bare_command[-1] += "exec " + commands.strip()
        return subprocess.Popen(bare_command, cwd=cwd, env=self.environment, stdin=subprocess.DEVNULL, stdout=output, stderr=output)

    def mounted(self, image) -> pathlib.Path:
        container = self.buildah("from", "--pull-never", *signed_by_anyone(self._place), image)
        return pathlib.Path(self.buildah("mount", container))

    def architecture(self, image) -> str:
        return self.buildah("inspect", "--type", "image", "--format", "{{.OCIv1.Architecture}}", image)
