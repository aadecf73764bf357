"""scripts/build-layer --docker and layer/build.Dockerfile, with buildah. The compiler's work takes minutes and has its own tests: here
it only puts existing zips where it would have put its own. VITALS_REPRODUCE=all runs the whole build, on Debian 12 with
its own packages, and compares its bytes with the zips of scripts/build-layer."""
import os
import platform
import shutil
import stat
import subprocess
import zipfile

import pytest

from checkout import ROOT, clone, git
from containers import BASE_IMAGE, Containers, distribution, root_or_skip
from test_container import LAYERS, shell

pytestmark = pytest.mark.shipped("the layer zips, which hold the file that ships")

DEBIAN = "debian:12"
ZIPS = {"x86_64": LAYERS["amd64"], "arm64": LAYERS["arm64"]}
SET_UP = """
ensure_packages() { [ "$*" = "build layer cross unzip" ] || [ -f layer/build.Dockerfile ]; }
build_preset() { # what the commit and its time are, and the zip
    [ "$VITALS_COMMIT $SOURCE_DATE_EPOCH" = "$(cat /src/expected)" ] || die "built for '$VITALS_COMMIT $SOURCE_DATE_EPOCH'"
    [ ! -e /src/build/unwanted ] || die "the build directory is in the context"
    mkdir -p "$BUILD/layer"
    case $1 in release) cp /src/zips/lambda-vitals-x86_64.zip "$BUILD/layer/" ;; arm64) cp /src/zips/lambda-vitals-arm64.zip "$BUILD/layer/" ;; esac
}
"""


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A docker that knows Debian 12, and a clone."""
    if platform.machine() != "x86_64":
        pytest.skip("NO CONTAINER IMAGE IS BUILT: this needs x86_64")
    with Containers(tmp_path_factory.mktemp("containers"), root_or_skip(ZIPS.values()), "/bin/true") as containers:
        containers.buildah("tag", BASE_IMAGE, DEBIAN)
        checkout = tmp_path_factory.mktemp("docker") / "a checkout"
        clone(checkout)
        (checkout / "scripts" / "lib" / "setup.sh").write_text(SET_UP)
        commit = git("describe", "--always", "--dirty", "--abbrev=40", "--exclude=*", directory=checkout)
        (checkout / "expected").write_text(f"{commit} {git('log', '-1', '--format=%ct', directory=checkout)}\n")
        (checkout / "zips").mkdir()
        for zip_file in ZIPS.values():
            shutil.copy(zip_file, checkout / "zips")
        (checkout / "build").mkdir()
        (checkout / "build" / "unwanted").write_text("")
        yield containers, checkout


def test_both_zips_and_one_of_them(place):
    containers, checkout = place
    said = containers.sh("./scripts/build-layer --docker", checkout)
    assert said.split("\n")[-3:-1] == [f"{checkout}/build/layer/{path.name}" for path in ZIPS.values()]
    for path in ZIPS.values():
        assert (checkout / "build" / "layer" / path.name).read_bytes() == path.read_bytes()
    shutil.rmtree(checkout / "build" / "layer")
    containers.sh("./scripts/build-layer --docker arm64", checkout)
    assert [each.name for each in (checkout / "build" / "layer").iterdir()] == [ZIPS["arm64"].name]


def test_the_image_of_the_page(place):
    """The commit comes from the clone's .git there; the stand-in for the base has no git."""
    containers, checkout = place
    (line,) = shell("container-images.md", "layer/build.Dockerfile")
    before = (checkout / "expected").read_text()
    (checkout / "expected").write_text(" \n")
    try:
        containers.sh(line, checkout)
    finally:
        (checkout / "expected").write_text(before)
    found = containers.mounted("localhost/lambda-vitals:latest") / "opt" / "extensions" / "lambda-vitals"
    with zipfile.ZipFile(ZIPS["x86_64"]) as layer:
        assert found.read_bytes() == layer.read("extensions/lambda-vitals")
    assert stat.S_IMODE(found.stat().st_mode) == 0o755


def test_no_docker(tmp_path):
    for name in ("bash", "dirname", "mkdir", "uname"):
        (tmp_path / name).symlink_to(shutil.which(name))
    done = subprocess.run([ROOT / "scripts" / "build-layer", "--docker"], env={"PATH": str(tmp_path)}, capture_output=True, text=True,
                          timeout=30)
    assert done.returncode == 1 and "needs docker or podman" in done.stderr


if os.environ.get("VITALS_REPRODUCE") == "all":  # it takes two whole builds
    @pytest.mark.timeout(3600)
    def test_the_whole_build_gives_the_bytes_of_the_usual_one(tmp_path):
        """Of what is committed, as the zips in build/layer must be."""
        name, sources = distribution()
        subprocess.run(["mmdebstrap", "--mode=root", "--variant=apt", name, tmp_path / "root", *sources], check=True, timeout=900)
        with Containers(tmp_path / "containers", tmp_path / "root", "/bin/true") as containers:
            containers.buildah("tag", BASE_IMAGE, DEBIAN)
            git("clone", "--quiet", str(ROOT), str(tmp_path / "clone"), directory=ROOT)
            subprocess.run(["./scripts/build-layer", "--docker"], cwd=tmp_path / "clone", env=containers.environment, check=True,
                           timeout=2700)
        for path in ZIPS.values():
            assert (tmp_path / "clone" / "build" / "layer" / path.name).read_bytes() == path.read_bytes()
