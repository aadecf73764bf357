"""The commands of docs/releasing.md, all of them in their order, in another checkout. There the project's own commands do
nothing but record their arguments, which are compared with their options; they have their own tests."""
import os
import pathlib
import re
import shutil
import subprocess

import pytest

from checkout import ROOT, clone, git

pytestmark = pytest.mark.shipped("no extension runs")

PAGE = (ROOT / "docs" / "releasing.md").read_text()
BLOCKS = re.findall(r"^```sh\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
STAND_IN = """#!/bin/sh -eu
name=${0##*/}
echo "$name $*" >>"$CALLS"
"$REAL/scripts/$name" --help >"$CALLS.help"
for argument; do
    case $argument in
        -*) grep -q -- "^  $argument " "$CALLS.help" || { echo "$name has no $argument" >&2; exit 9; } ;;
    esac
done
case $name in
    release)
        here=${0%/*}/..
        mkdir -p "$here/build/dist" "$here/build/layer"
        version=$(sed -n 's/^project(.* VERSION \\([0-9.]*\\).*/\\1/p' "$here/CMakeLists.txt")
        python3 "$REAL/test/deploy/layer_zip.py" "$here/build/layer" "$version"
        (cd "$here/build/layer" && sha256sum ./*.zip) >"$here/build/dist/SHA256SUMS"
        ;;
    publish-layer)
        case $* in *--all-regions) set -- "${@%--all-regions}" eu-west-1 ;; esac
        "$0.real" --dry-run $*
        ;;
esac
"""
PERSON = {"GIT_AUTHOR_NAME": "R", "GIT_AUTHOR_EMAIL": "r@example.com", "GIT_COMMITTER_NAME": "R",
          "GIT_COMMITTER_EMAIL": "r@example.com"}


@pytest.fixture
def release(tmp_path, monkeypatch):
    """A checkout with an origin, and the recorded calls."""
    for name, value in PERSON.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("REAL", str(ROOT))
    monkeypatch.setenv("CALLS", str(tmp_path / "calls"))
    checkout, origin = tmp_path / "checkout", tmp_path / "origin"
    clone(checkout)
    shutil.copy2(checkout / "scripts" / "publish-layer", checkout / "scripts" / "publish-layer.real")
    for name in ("check", "test", "release", "publish-layer"):
        (checkout / "scripts" / name).write_text(STAND_IN)
    shutil.rmtree(checkout / ".git")  # of a shallow clone, as CI may have, nothing can be pushed
    for directory, *arguments in (
            (tmp_path, "init", "--quiet", "--bare", str(origin)), (checkout, "init", "--quiet", "--initial-branch", "main"),
            (checkout, "add", "--all"), (checkout, "commit", "--quiet", "--message", "before"),
            (checkout, "remote", "add", "origin", str(origin))):
        git(*arguments, directory=directory)
    return checkout, origin, tmp_path / "calls"


def test_the_commands_of_releasing(release):
    checkout, origin, calls = release
    done = subprocess.run(["sh", "-eu"], input="".join(BLOCKS), cwd=checkout, capture_output=True, text=True, timeout=120,
                          env=os.environ)
    assert done.returncode == 0, done.stdout + done.stderr
    assert calls.read_text().splitlines() == [
        "check ", "test --strict", "test --strict --arm64", "release ", "release ",
        "publish-layer --dry-run --public eu-west-1 us-east-1", "publish-layer --public --all-regions"]
    version = re.search(r"^version=(.+)$", PAGE, re.MULTILINE)[1]
    tagged = {name: git("show", f"v{version}:{name}", directory=origin) for name in ("CMakeLists.txt", "CHANGELOG.md")}
    assert re.search(rf"^project\(LambdaVitals VERSION {re.escape(version)} ", tagged["CMakeLists.txt"], re.MULTILINE)
    assert re.search(rf"^## \[Unreleased\]\n\n## \[{re.escape(version)}\] - 20\d\d-\d\d-\d\d\n", tagged["CHANGELOG.md"],
                     re.MULTILINE)
    assert git("rev-parse", "main", directory=origin) == git("rev-parse", f"v{version}^{{commit}}", directory=origin)


def test_the_version_stands_in_one_place():
    version = re.search(r"^project\(.* VERSION ([\d.]+)", (ROOT / "CMakeLists.txt").read_text(), re.MULTILINE)[1]
    names = git("grep", "--name-only", "--fixed-strings", "--word-regexp", version, "--", "CMakeLists.txt",
                "CMakePresets.json", "extension", "scripts", "layer", ":!layer/examples", directory=ROOT)
    assert names.split() == ["CMakeLists.txt"]
