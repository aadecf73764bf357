"""The layer zips, unpacked as Lambda does it: every file below /opt, with the mode that the zip gives it.

The zips are those of scripts/build-layer, in build/layer/.
"""
import json
import os
import pathlib
import platform
import re
import shutil
import stat
import subprocess
import time
import zipfile

import pytest

from checkout import clone, git

pytestmark = pytest.mark.shipped("the layer zips, which hold the file that ships")

ROOT = pathlib.Path(__file__).resolve().parents[2]
MACHINES = {"x86_64": "Advanced Micro Devices X86-64", "arm64": "AArch64"}
HERE = {"aarch64": "arm64"}.get(platform.machine(), platform.machine())
BINARY = "extensions/lambda-vitals"
ABOUT = "share/lambda-vitals"


@pytest.fixture(params=MACHINES)
def architecture(request):
    return request.param


def zip_file(architecture):
    path = ROOT / "build" / "layer" / f"lambda-vitals-{architecture}.zip"
    if not path.exists():
        pytest.skip(f"{path} is not built; scripts/build-layer builds it")
    return path


@pytest.fixture
def opt(architecture, tmp_path):
    """An /opt with only the layer in it."""
    with zipfile.ZipFile(zip_file(architecture)) as layer:
        for entry in layer.infolist():
            layer.extract(entry, tmp_path)
            (tmp_path / entry.filename).chmod(stat.S_IMODE(entry.external_attr >> 16))
    return tmp_path


def files(directory):
    return {str(path.relative_to(directory)) for path in directory.rglob("*") if not path.is_dir()}


def readelf(what, path):
    return subprocess.run(["readelf", f"-{what}W", path], capture_output=True, text=True, timeout=30, check=True).stdout


def project_version():
    return re.search(r"^project\(.* VERSION ([\d.]+)", (ROOT / "CMakeLists.txt").read_text(), re.MULTILINE)[1]


def test_lambda_finds_one_extension_that_can_be_run(opt):
    assert os.listdir(opt / "extensions") == ["lambda-vitals"]  # Lambda starts every file in there
    assert stat.S_IMODE((opt / BINARY).lstat().st_mode) == 0o755
    assert stat.S_ISREG((opt / BINARY).lstat().st_mode)


def test_everything_else_lies_in_a_folder_of_its_own_and_can_be_read(opt):
    for name in files(opt) - {BINARY}:
        assert name.startswith(f"{ABOUT}/")
        assert stat.S_IMODE((opt / name).lstat().st_mode) == 0o644, name
        assert b"\r" not in (opt / name).read_bytes(), name


def test_it_is_for_its_architecture_and_needs_no_loader_and_no_library(opt, architecture):
    assert re.search(r"Machine: +(.*)", readelf("h", opt / BINARY))[1] == MACHINES[architecture]
    assert not any(word in readelf("lS", opt / BINARY) for word in ("INTERP", ".interp", ".dynamic", "DYNAMIC"))


def test_it_is_small(architecture):
    assert zip_file(architecture).stat().st_size <= 1_000_000


def runner(architecture):
    if architecture == HERE:
        return []
    emulator = shutil.which({"arm64": "qemu-aarch64-static", "x86_64": "qemu-x86_64-static"}[architecture])
    if not emulator:
        pytest.skip(f"nothing runs programs for {architecture} here; install qemu-user-static")
    return [emulator]


def test_the_version_is_the_same_everywhere(opt, architecture):
    said = subprocess.run([*runner(architecture), opt / BINARY, "--version"], capture_output=True, text=True, timeout=30)
    assert said.stdout == f"lambda-vitals {project_version()}\n"
    manifest = json.loads((opt / ABOUT / "manifest.json").read_text())
    assert (manifest["name"], manifest["version"], manifest["architecture"]) == (
        "lambda-vitals", project_version(), architecture)


def test_the_manifest_names_what_it_was_built_from_and_with(opt):
    head = git("rev-parse", "HEAD", directory=ROOT)
    manifest = json.loads((opt / ABOUT / "manifest.json").read_text())
    assert manifest["commit"].removesuffix("-dirty") == head
    assert re.fullmatch(r"GNU-[\d.]+", manifest["compiler"])


def test_the_licences_of_what_is_linked_in_are_there(opt):
    texts = opt / ABOUT / "licenses"
    notice = (texts / "NOTICE.txt").read_text()
    assert {"NOTICE.txt", *re.findall(r"\b[\w.-]+\.txt\b", notice)} == files(texts)
    for name, words in {"LICENSE": "Apache License", "boost": "Boost Software License", "fmt": "Victor Zverovich",
                        "nlohmann-json": "Niels Lohmann", "spdlog": "Gabi Melman", "glibc": "GNU C Library",
                        "gcc": "GCC RUNTIME LIBRARY EXCEPTION", "gpl-3": "GNU GENERAL PUBLIC LICENSE",
                        "lgpl-2.1": "GNU LESSER GENERAL PUBLIC LICENSE"}.items():
        assert words in (texts / f"{name}.txt").read_text(), name


def test_its_files_have_the_time_of_the_commit(architecture):
    committed = int(os.environ.get("SOURCE_DATE_EPOCH") or git("log", "-1", "--format=%ct", directory=ROOT))
    even = committed + committed % 2  # a zip counts in steps of two seconds
    with zipfile.ZipFile(zip_file(architecture)) as layer:
        assert {entry.date_time for entry in layer.infolist()} == {time.gmtime(even)[:6]}


@pytest.mark.timeout(900)
def test_the_same_commit_gives_the_same_bytes_elsewhere(tmp_path):
    """Of one architecture: it takes a whole build. VITALS_REPRODUCE=all builds both."""
    for architecture in MACHINES if os.environ.get("VITALS_REPRODUCE") == "all" else [HERE]:
        elsewhere = tmp_path / "another-directory" / architecture
        clone(elsewhere)
        preset = "release" if architecture == HERE else "arm64"
        subprocess.run(["sh", "-euc", f"cmake --preset {preset} && cmake --build --preset {preset} --target layer"],
                       cwd=elsewhere, env={**os.environ, "CCACHE_DISABLE": "1", "TZ": "Asia/Kolkata"}, check=True,
                       stdout=subprocess.DEVNULL, timeout=800)
        again = elsewhere / "build" / "layer" / f"lambda-vitals-{architecture}.zip"
        assert again.read_bytes() == zip_file(architecture).read_bytes()


@pytest.mark.parametrize("arguments, status", [(["--help"], 0), (["--fast"], 2), (["mips"], 2), (["arm64", "all"], 2)])
def test_build_layer_explains_itself(arguments, status):
    run = subprocess.run([ROOT / "scripts" / "build-layer", *arguments], capture_output=True, text=True, timeout=30)
    assert run.returncode == status
    assert "--help" in run.stdout + run.stderr
