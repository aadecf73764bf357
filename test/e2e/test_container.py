"""The container images, built by buildah from the commands of the documentation; the function's is run and invoked."""
import json
import os
import pathlib
import re
import shutil
import signal
import stat
import subprocess
import time
import zipfile

import pytest

from containers import BASE_IMAGE, Containers, root_or_skip
from rie import INVOCATIONS, emf_of

pytestmark = pytest.mark.shipped("images of the layer zips, which hold the file that ships")

ROOT = pathlib.Path(__file__).resolve().parents[2]
LAYERS = {"amd64": ROOT / "build" / "layer" / "lambda-vitals-x86_64.zip",
          "arm64": ROOT / "build" / "layer" / "lambda-vitals-arm64.zip"}
BINARY = "extensions/lambda-vitals"
SECONDS = 30


def page(name):
    """The blocks of a documentation page, in its order, as (language, text)."""
    return re.findall(r"^```(\w+)\n(.*?)^```$", (ROOT / "docs" / name).read_text(), re.MULTILINE | re.DOTALL)


def shell(name, *words):
    return [text for language, text in page(name) if language == "sh" and all(word in text for word in words)]


@pytest.fixture(scope="module")
def containers(rie, tmp_path_factory):
    with Containers(tmp_path_factory.mktemp("containers"), root_or_skip(LAYERS.values()), rie) as made:
        yield made


@pytest.fixture(scope="module")
def checkout(tmp_path_factory):
    """The folder in which the commands run. The layers are those of build/: scripts/build-layer takes minutes and has its own tests."""
    place = tmp_path_factory.mktemp("checkout")
    (place / "layer").symlink_to(ROOT / "layer")
    (place / "build" / "layer").mkdir(parents=True)
    for layer in LAYERS.values():
        shutil.copy(layer, place / "build" / "layer")
    (place / "scripts").mkdir()
    (place / "scripts" / "build-layer").write_text('#!/bin/sh\n[ "$*" = all ] || [ "$*" = x86_64 ]\n')
    (place / "scripts" / "build-layer").chmod(0o755)
    return place


@pytest.fixture(scope="module")
def artifacts(containers, checkout):
    own, both = shell("container-images.md", "docker build", "layer/Dockerfile")
    containers.sh(own + both, checkout)


def files(root):
    return {str(path.relative_to(root)): path for path in root.rglob("*") if path.is_file()}


@pytest.mark.parametrize("architecture", LAYERS)
def test_the_artifact_image_is_the_layer_below_opt_and_nothing_else(containers, artifacts, architecture):
    image = f"localhost/lambda-vitals:{architecture}"
    assert containers.architecture(image) == architecture
    found = files(containers.mounted(image))
    with zipfile.ZipFile(LAYERS[architecture]) as layer:
        assert {f"opt/{name}": layer.read(name) for name in layer.namelist()} == {
            name: path.read_bytes() for name, path in found.items()}
    assert stat.S_IMODE(found[f"opt/{BINARY}"].stat().st_mode) == 0o755


def test_without_an_architecture_there_is_no_image(containers, artifacts, checkout):
    with pytest.raises(AssertionError, match="opt-"):
        containers.sh("docker build --build-arg TARGETARCH= -f layer/Dockerfile -t nothing build/layer", checkout)


def lines_of_a_running_image(containers, running, invoking, cwd, output, count):
    """Runs the image and invokes it so many times, with the commands of a page; gives the lines that come."""
    with output.open("wb") as stream:
        process = containers.start(running, cwd, stream)
    try:
        end = time.monotonic() + SECONDS
        replies = []
        while os.readlink(f"/proc/{process.pid}/ns/net") == os.readlink("/proc/self/ns/net") and time.monotonic() < end:
            time.sleep(0.01)
        while len(replies) < count and time.monotonic() < end and process.poll() is None:
            tried = subprocess.run(["nsenter", f"--net=/proc/{process.pid}/ns/net", "sh", "-euc", invoking],
                                   capture_output=True, text=True, timeout=SECONDS)
            if tried.returncode == 0:
                replies.append(tried.stdout)
            else:
                time.sleep(0.1)  # not yet listening
        while len(emf_of(output.read_text())) < count and time.monotonic() < end:
            time.sleep(0.05)
        return replies, emf_of(output.read_text())
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(SECONDS)


def test_the_function_image_runs_and_has_its_lines(containers, artifacts, checkout, tmp_path, check_lines):
    build, from_registry = shell("container-images.md", "docker build", "examples/container")
    (pushing,) = shell("container-images.md", "docker push")
    containers.sh(build + pushing + from_registry, checkout)
    (running,), (invoking,) = shell("container-images.md", "docker run"), shell("container-images.md", "curl")
    replies, lines = lines_of_a_running_image(containers, running, invoking, checkout, tmp_path / "output", 2)
    assert [json.loads(reply) for reply in replies] == 2 * [{"limit": 1000000, "primes": 78498}], (tmp_path / "output").read_text()
    records = list(map(json.loads, check_lines(lines)))
    assert [each["invocation"] for each in records] == [1, 2]
    assert all(each["service"] == "primes" and each["total_memory"] == 512 and each["memory_peak"] > 1 for each in records)
    assert any(record.get("cpu_total_time", 0) > 0 for record in records)


def test_every_command_of_the_page_has_its_test():
    tested = [block for words in (["docker build", "layer/build.Dockerfile"], ["docker build", "layer/Dockerfile"], ["docker build", "examples/container"], ["docker push"],
                                  ["docker run"], ["curl"]) for block in shell("container-images.md", *words)]
    assert sorted(tested) == sorted(shell("container-images.md"))


def test_the_two_lines_of_the_page_are_those_of_the_example():
    (lines,) = [text for language, text in page("container-images.md") if language == "dockerfile"]
    example = (ROOT / "layer" / "examples" / "container" / "Dockerfile").read_text().splitlines()
    assert set(lines.splitlines()) <= set(example)


def test_the_docker_commands_of_local_testing(containers, tmp_path, extension, check_lines):
    (tmp_path / "build" / "release").mkdir(parents=True)  # the root of a clone in which the extension is built
    shutil.copy(extension, tmp_path / "build" / "release" / "lambda-vitals")
    shutil.copytree(ROOT / "test" / "functions", tmp_path / "test" / "functions")
    (building,), (running,) = shell("local-testing.md", "docker build"), shell("local-testing.md", "docker run")
    (invoking,) = shell("local-testing.md", "curl", ":9000")
    containers.sh(building, tmp_path)
    replies, lines = lines_of_a_running_image(containers, running, invoking, tmp_path, tmp_path / "output", 1)
    assert "requestId" in replies[0], (tmp_path / "output").read_text()
    assert len(check_lines(lines)) == 1


def test_the_sam_local_commands_of_local_testing(containers, checkout, tmp_path, check_lines):
    """SAM CLI itself needs Docker: its call is recorded, and the image built that it builds from the template's layer (SAM CLI
    1.170.0, samcli/local/docker/lambda_image.py: FROM the base, ADD the layer's folder to /opt)."""
    sam = tmp_path / "sam"
    sam.write_text(f'#!/bin/sh\necho "$*" >{tmp_path}/noted\n')
    sam.chmod(0o755)
    (commands,) = shell("local-testing.md", "sam local invoke")
    containers.sh(f'PATH="{tmp_path}:$PATH"\n{commands}', checkout)
    template, event = re.fullmatch(r"local invoke --template (\S+) --event (\S+) Function\n", (tmp_path / "noted").read_text()).groups()
    text = (ROOT / template).read_text()
    layer, code = ((checkout / template).parent.joinpath(re.search(rf"{name}: (\S+)", text)[1]) for name in ("ContentUri", "CodeUri"))
    # Its folders are links here, and `..` must be resolved as written.
    layer, code = pathlib.Path(os.path.normpath(layer)), pathlib.Path(os.path.normpath(code))
    shutil.copytree(layer, tmp_path / "image" / "layer")
    shutil.copytree(code, tmp_path / "image" / "code")
    handler = re.search(r"Handler: (\S+)", text)[1]
    (tmp_path / "image" / "Dockerfile").write_text(
        f'FROM {BASE_IMAGE}\nADD layer /opt\nCOPY code /var/task/\nENTRYPOINT ["/lambda-entrypoint.sh"]\nCMD ["{handler}"]\n')
    containers.sh("docker build -t by-sam image", tmp_path)
    invoking = f"curl -d @{checkout / event} http://127.0.0.1:9000{INVOCATIONS}"
    replies, lines = lines_of_a_running_image(
        containers, "docker run --rm -p 9000:8080 by-sam", invoking, checkout, tmp_path / "output", 1)
    assert json.loads(replies[0])["primes"] == 78498 and len(check_lines(lines)) == 1
