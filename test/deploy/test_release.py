"""scripts/release: all that a release consists of, twice to the same bytes, with a bill of materials that a validator accepts; and the
workflow that calls it. What builds each part has tests of its own: the zips are those that are there, and the CDK library is left
out, as jsii takes its time."""
import hashlib
import json
import os
import pathlib
import re
import shutil
import subprocess

import pytest
import yaml

import checkout as checkouts
from checkout import ROOT, git
from layer_zip import version_of

VERSION = version_of(ROOT)
PERSON = {f"GIT_{who}_{what}": value for who in ("AUTHOR", "COMMITTER") for what, value in (("NAME", "R"), ("EMAIL", "r@example.com"))}
BUILD_LAYER = """#!/bin/sh -eu
cd "${0%/*}/.."
mkdir -p build/layer
cp "$ZIPS"/lambda-vitals-*.zip build/layer/
"""


@pytest.fixture
def source(tmp_path, monkeypatch):
    """A checkout in a folder of its own, with what its set-up would bring: source("one", umask=0o077)."""
    zips = ROOT / "build" / "layer"
    if not (zips / "lambda-vitals-arm64.zip").exists():
        pytest.skip("the layer zips are not built; scripts/build-layer builds them")
    path = f"{os.environ['PATH']}:{os.environ.get('VITALS_AWS_TOOLS', '')}"  # npm
    for name, value in (PERSON | {"PATH": path, "ZIPS": str(zips), "TZ": "Asia/Kolkata", "GIT_COMMITTER_DATE": "2026-01-02T03:04:06Z"}).items():
        monkeypatch.setenv(name, value)

    def make(name, tag=f"v{VERSION}", umask=0o022):
        made = tmp_path / name / "checkout"
        before = os.umask(umask)
        try:
            checkouts.clone(made)
        finally:
            os.umask(before)
        shutil.rmtree(made / ".git")
        (made / "scripts" / "build-layer").write_text(BUILD_LAYER)
        (made / "layer" / "cdk" / "build").unlink()
        package = made / "layer" / "cdk" / "package.json"
        package.write_text(package.read_text().replace("example.invalid", "example.com"))
        log = (made / "CHANGELOG.md").read_text()
        (made / "CHANGELOG.md").write_text(log.replace("## [Unreleased]\n", f"## [Unreleased]\n\n## [{VERSION}] - 2026-01-02\n", 1))
        git("init", "--quiet", "--initial-branch", "main", directory=made)
        git("add", "--all", directory=made)
        git("commit", "--quiet", "--message", "a release", "--date", "2026-01-02T03:04:06Z", directory=made)
        if tag:
            git("tag", tag, directory=made)
        (made / "build" / "report").mkdir(parents=True)
        (made / "build" / "venv-report").symlink_to(ROOT / "build" / "venv-report")
        for part in ("bundle.js", "sources.sha256", "package.json.installed", "node_modules"):
            (made / "build" / "report" / part).symlink_to(ROOT / "build" / "report" / part)
        return made

    return make


def release(source, *arguments):
    return subprocess.run([source / "scripts" / "release", *arguments], cwd=source,
                          capture_output=True, text=True, timeout=170)


def test_a_release_is_whole_and_the_same_in_another_place(source, tools):
    done = release(source("one"))
    assert done.returncode == 0, done.stderr
    first = {pathlib.Path(line).name: pathlib.Path(line).read_bytes() for line in done.stdout.split()}
    again = release(source("two", umask=0o007), "elsewhere")
    assert again.returncode == 0, again.stderr
    assert {pathlib.Path(line).name: pathlib.Path(line).read_bytes() for line in again.stdout.split()} == first

    bill = f"lambda-vitals-{VERSION}.spdx.json"
    assert set(first) == {"lambda-vitals-x86_64.zip", "lambda-vitals-arm64.zip", f"lambda_vitals_report-{VERSION}-py3-none-any.whl",
                          f"lambda-vitals-terraform-{VERSION}.zip", f"serverless-lambda-vitals-{VERSION}.tgz", bill, f"CHANGELOG-{VERSION}.md", "SHA256SUMS"}
    sums = dict(reversed(line.split()) for line in first["SHA256SUMS"].decode().splitlines())
    assert sums == {name: hashlib.sha256(data).hexdigest() for name, data in first.items() if name != "SHA256SUMS"}
    for name in ("lambda-vitals-x86_64.zip", "lambda-vitals-arm64.zip"):
        assert first[name] == (ROOT / "build" / "layer" / name).read_bytes()
    changes = first[f"CHANGELOG-{VERSION}.md"].decode()
    assert changes.startswith(f"# Lambda Vitals {VERSION}\n\n### Added\n") and "\n## [" not in changes
    check_bill(json.loads(first[bill]), first)
    tools("pyspdxtools", "--infile", pathlib.Path(done.stdout.split()[0]).parent / bill)


def check_bill(bill, files):
    assert bill["creationInfo"]["created"] == "2026-01-02T03:04:06Z"
    named = {each["SPDXID"]: each for each in bill["packages"]}
    products = {each["packageFileName"]: each for each in bill["packages"] if "packageFileName" in each}
    assert set(products) == {name for name in files if name.endswith((".zip", ".whl", ".tgz"))}
    for name, product in products.items():
        assert product["checksums"][0]["checksumValue"] == hashlib.sha256(files[name]).hexdigest()
    related = {(named[each["spdxElementId"]]["name"], each["relationshipType"], named[each["relatedSpdxElement"]]["name"])
               for each in bill["relationships"] if each["spdxElementId"] in named}
    for architecture, cross in (("x86_64", ""), ("arm64", "-arm64-cross")):
        linked = {other for one, kind, other in related if (one, kind) == (f"lambda-vitals-{architecture}.zip", "STATIC_LINK")}
        assert {f"libc6-dev{cross}", "libfmt-dev", "libspdlog-dev", "nlohmann-json3-dev"} <= linked and len(linked) == 7
    assert (f"lambda_vitals_report-{VERSION}-py3-none-any.whl", "CONTAINS", "echarts") in related
    for package in (f"lambda-vitals-terraform-{VERSION}.zip", f"serverless-lambda-vitals-{VERSION}.tgz"):
        assert (package, "CONTAINS", "lambda-vitals-x86_64.zip") in related


def test_the_bill_names_all_that_is_linked_in():
    """The texts in the layer's notice, one for each part."""
    notice = (ROOT / "layer" / "NOTICE.txt").read_text()
    parts = set(re.findall(r"  ([\w-]+)\.txt[:,]", notice))
    source = (ROOT / "scripts" / "lib" / "sbom.py").read_text()
    named = set(re.findall(r'^    "([\w+-]+)": \(r"', source, re.MULTILINE))
    assert parts == {"gcc" if each in ("libstdc++", "libgcc") else each for each in named}


def tagged(made, file, text):
    git("checkout", "--quiet", "-b", "x", directory=made)
    (made / file).write_text(text)
    git("commit", "--quiet", "--all", "--message", "x", directory=made)
    git("tag", "--force", f"v{VERSION}", directory=made)


@pytest.mark.parametrize(("prepare", "said"), [
    (lambda made: (made / "new").write_text(""), "uncommitted changes"),
    (lambda made: git("tag", "--delete", f"v{VERSION}", directory=made), f"is not tagged v{VERSION}"),
    (lambda made: tagged(made, "CHANGELOG.md", "## [Unreleased]\n"), rf"nothing below ## \[{re.escape(VERSION)}\]"),
    (lambda made: tagged(made, "layer/cdk/package.json", '"https://example.invalid/x"'), "names no repository")])
def test_what_is_no_release(source, prepare, said):
    made = source("one")
    prepare(made)
    done = release(made)
    assert (done.returncode, done.stdout) == (1, "") and re.search(said, done.stderr)
    assert not (made / "build" / "dist").exists()


def test_a_wrong_use():
    for arguments in (["--fast"], ["one", "two"]):
        done = release(ROOT, *arguments)
        assert done.returncode == 2 and "--help" in done.stderr


WORKFLOW = ROOT / ".github" / "workflows" / "release.yml"


def test_the_workflow_is_one(tools):
    tools("check-jsonschema", "--builtin-schema", "vendor.github-workflows", WORKFLOW)
    jobs = yaml.safe_load(WORKFLOW.read_text())["jobs"]
    runs = [step["run"] for job in jobs.values() for step in job["steps"] if "run" in step]
    for text in runs:
        tools("bash", "-n", "-c", re.sub(r"\$\{\{.*?\}\}", "x", text))
        for command, rest in re.findall(r"(\./scripts/[\w-]+)([^|\n]*)", text):
            usage = tools("bash", ROOT / command, "--help")
            assert all(re.search(rf"^  {option}\b", usage, re.MULTILINE) for option in re.findall(r"--[\w-]+", rest)), text
    publish = jobs["publish"]
    assert set(publish["needs"]) == {"build", "again", "test"} and publish["permissions"]["id-token"] == "write"
    assert any("--all-regions" in text for text in runs) and any("./.ci/run" in text for text in runs)
    assert not re.search(r"secrets\.|AWS_SECRET", WORKFLOW.read_text())
