"""scripts/publish-layer, with the real AWS CLI, against a stand-in for AWS."""
import base64
import hashlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import time

import pytest

from layer_zip import layer_zip, version_of, zip_with_a_file

ARN = re.compile(r"arn:aws:lambda:([a-z0-9-]+):123456789012:layer:(lambda-vitals-(x86_64|arm64)):(\d+)")
EVERYONE = {"Effect": "Allow", "Principal": "*", "Action": "lambda:GetLayerVersion"}
BROKEN_REGION = "us-moon-9"  # the stand-in knows its accounts and not its Lambda


@pytest.fixture
def troubled_aws(tools, tmp_path):
    """PATH with an AWS CLI that does something else for calls that hold a word: troubled_aws("us-east-1", "exit 1")."""
    def path(word, trouble):
        real = shutil.which("aws", path=tools.environment()["PATH"])
        (tmp_path / "aws").write_text(f'#!/bin/sh\ncase "$*" in *{word}*) {trouble} ;; *) exec {real} "$@" ;; esac\n')
        (tmp_path / "aws").chmod(0o755)
        return f"{tmp_path}:{tools.environment()['PATH']}"

    return path


@pytest.fixture
def publish(tools, cloud, checkout):
    def run(*arguments, **env):
        return tools.run(checkout / "scripts" / "publish-layer", *arguments, env=cloud | env)

    return run


def table(done):
    heading, *rows = [line.split() for line in done.stdout.splitlines()]
    assert heading == ["REGION", "ARCHITECTURE", "LAYER", "VERSION", "ARN"]
    assert all(ARN.fullmatch(arn).group(1, 3) == (region, architecture) for region, architecture, arn in rows)
    return rows


def test_it_publishes_both_zips_to_every_region(publish, aws, checkout):
    done = publish("eu-west-1", "us-east-1")
    assert done.returncode == 0, done.stderr
    rows = table(done)
    assert [row[:2] for row in rows] == [["eu-west-1", "x86_64"], ["eu-west-1", "arm64"],
                                         ["us-east-1", "x86_64"], ["us-east-1", "arm64"]]
    for region, architecture, arn in rows:
        _, name, _, number = ARN.fullmatch(arn).groups()
        layer = aws("lambda", "get-layer-version", "--layer-name", name, "--version-number", number, region=region)
        content = (checkout / "build" / "layer" / f"lambda-vitals-{architecture}.zip").read_bytes()
        assert layer["Content"]["CodeSha256"] == base64.b64encode(hashlib.sha256(content).digest()).decode()
        assert layer["CompatibleArchitectures"] == [architecture]
        assert layer["LicenseInfo"] == "Apache-2.0"
        assert re.match(rf"Lambda Vitals {version_of(checkout)} for {architecture}\b", layer["Description"])
        parameter = aws("ssm", "get-parameter", "--name", f"/lambda-vitals/{architecture}", region=region)["Parameter"]
        assert (parameter["Value"], parameter["Type"]) == (arn, "String")


def test_the_parameters_have_another_name_or_are_not_written(publish, aws):
    ((_, _, arn),) = table(publish("--arch", "arm64", "--parameters", "/platform/vitals", "eu-west-2"))
    assert publish("--arch", "arm64", "--no-parameters", "eu-west-2").returncode == 0  # a second version
    (parameter,) = aws("ssm", "describe-parameters", region="eu-west-2")["Parameters"]
    assert parameter["Name"] == "/platform/vitals/arm64"
    assert aws("ssm", "get-parameter", "--name", "/platform/vitals/arm64", region="eu-west-2")["Parameter"]["Value"] == arn


def test_every_region_of_the_account(publish, troubled_aws, aws):
    """Of which the stand-in has too many to publish to all of them in a test."""
    path = troubled_aws("describe-regions", 'printf "us-west-1\\tap-east-1\\n"')
    assert [row[0] for row in table(publish("--arch", "arm64", "--all-regions", PATH=path))] == ["ap-east-1", "us-west-1"]
    assert "eu-west-1" in aws("ec2", "describe-regions", "--query", "Regions[].RegionName")
    path = troubled_aws("describe-regions", "echo UnauthorizedOperation >&2; exit 254")
    done = publish("--all-regions", PATH=path)
    assert (done.returncode, done.stdout) == (1, "") and "nothing is published" in done.stderr


def test_a_parameter_that_is_refused_is_reported_with_the_call_that_makes_up_for_it(publish, tools, cloud, aws, troubled_aws):
    path = troubled_aws("put-parameter", "echo AccessDeniedException >&2; exit 254")
    done = publish("--arch", "arm64", "sa-east-1", PATH=path)
    assert done.returncode == 1
    ((_, _, arn),) = table(done)
    assert re.search(r"WITHOUT THE PARAMETER /lambda-vitals/arm64 .*--no-parameters.*AccessDenied", done.stderr)
    tools("sh", "-c", re.search(r"^ +(aws ssm .*)$", done.stderr, re.MULTILINE)[1], env=cloud)
    assert aws("ssm", "get-parameter", "--name", "/lambda-vitals/arm64", region="sa-east-1")["Parameter"]["Value"] == arn


def policy_of(tools, cloud, arn):
    region, name, _, version = ARN.fullmatch(arn).groups()
    done = tools.run("aws", "lambda", "get-layer-version-policy", "--layer-name", name, "--version-number", version,
                     "--region", region, env=cloud)
    return json.loads(json.loads(done.stdout)["Policy"])["Statement"] if done.returncode == 0 else []


@pytest.mark.parametrize(("options", "statements"), [([], []), (["--public"], [EVERYONE])])
def test_only_public_layers_are_for_everyone(publish, tools, cloud, options, statements):
    ((_, _, arn),) = table(publish("--arch", "arm64", *options, "eu-central-1"))
    assert [{key: each[key] for key in EVERYONE} for each in policy_of(tools, cloud, arn)] == statements


def test_a_dry_run_shows_every_call_and_makes_none(publish):
    done = publish("--dry-run", "--public", "eu-north-1", "eu-south-1", AWS_ENDPOINT_URL="http://127.0.0.1:1",
                   AWS_ACCESS_KEY_ID="")
    assert done.returncode == 0, done.stderr
    calls = done.stdout.splitlines()
    assert [re.search(r"--region (\S+)", call)[1] for call in calls] == [
        "eu-north-1", "eu-south-1", *["eu-north-1"] * 6, *["eu-south-1"] * 6]
    assert [call.split()[:3] for call in calls] == [["aws", "sts", "get-caller-identity"]] * 2 + [
        ["aws", *call] for region in ("eu-north-1", "eu-south-1")
        for call in (["lambda", "publish-layer-version"], ["lambda", "add-layer-version-permission"], ["ssm", "put-parameter"]) * 2]


def test_what_a_dry_run_shows_can_be_typed(publish, tools, cloud):
    call = publish("--dry-run", "--arch", "arm64", "eu-west-2").stdout
    assert re.search(ARN, tools("sh", "-c", call, env=cloud))


def test_a_region_that_fails_does_not_stop_the_others(publish, aws):
    done = publish("--public", "eu-west-3", BROKEN_REGION, "us-east-2")
    assert done.returncode == 1
    assert {row[0] for row in table(done)} == {"eu-west-3", "us-east-2"}
    for architecture in ("x86_64", "arm64"):
        assert re.search(rf"FAILED {BROKEN_REGION} {architecture}: .*500", done.stderr)
        assert re.search(rf"publish-layer --arch {architecture} --public {BROKEN_REGION}$", done.stderr, re.MULTILINE)


def test_a_permission_that_is_refused_is_told_with_the_call_that_makes_up_for_it(publish, tools, cloud, troubled_aws):
    path = troubled_aws("add-layer-version-permission", "echo AccessDeniedException >&2; exit 254")
    done = publish("--arch", "arm64", "--public", "sa-east-1", PATH=path)
    assert done.returncode == 1
    ((_, _, arn),) = table(done)
    assert re.search(r"PUBLISHED BUT NOT PUBLIC sa-east-1 arm64: AccessDenied.*--help", done.stderr)
    assert policy_of(tools, cloud, arn) == []
    tools("sh", "-c", re.search(r"^ +(aws lambda .*)$", done.stderr, re.MULTILINE)[1], env=cloud)
    assert len(policy_of(tools, cloud, arn)) == 1


def test_an_unreachable_region_is_found_before_anything_is_published(publish):
    done = publish("eu-west-1", AWS_ENDPOINT_URL="http://127.0.0.1:1")
    assert (done.returncode, done.stdout) == (1, "")
    assert "nothing is published" in done.stderr and "Is eu-west-1 a region of AWS" in done.stderr


def test_credentials_that_are_missing(publish):
    done = publish("eu-west-1", AWS_ACCESS_KEY_ID="", AWS_SECRET_ACCESS_KEY="")
    assert (done.returncode, done.stdout) == (1, "")
    assert "Unable to locate credentials" in done.stderr and "aws configure" in done.stderr


def test_a_zip_that_is_missing(publish, checkout):
    (checkout / "build" / "layer" / "lambda-vitals-arm64.zip").unlink()
    for options in ([], ["--dry-run"]):
        done = publish(*options, "eu-west-1")
        assert (done.returncode, done.stdout) == (1, "")
        assert "./scripts/build-layer arm64 makes it, and --arch x86_64 publishes only the one for x86_64" in done.stderr
    assert publish("--dry-run", "--arch", "x86_64", "eu-west-1").returncode == 0


@pytest.mark.parametrize(("written", "options", "message"), [
    ({"version": "0.0.9"}, [], r"holds version 0\.0\.9, and CMakeLists\.txt says [\d.]+; \./scripts/build-layer arm64"),
    ({"of": "x86_64"}, [], r"is for x86_64; \./scripts/build-layer arm64"),
    ({"commit": "0123abc-dirty"}, ["--public"], r"uncommitted changes \(0123abc-dirty\).*build-layer arm64.*without --public")])
def test_a_zip_that_is_not_what_it_would_be_published_as(publish, checkout, written, options, message):
    layer_zip(checkout / "build" / "layer", "arm64", **{"version": version_of(checkout)} | written)
    for more in ([], ["--dry-run"]):
        done = publish(*options, *more, "eu-west-1")
        assert (done.returncode, done.stdout) == (1, "")
        assert re.search(message, done.stderr)


def test_uncommitted_changes_may_be_published_for_oneself(publish, checkout):
    layer_zip(checkout / "build" / "layer", "arm64", version_of(checkout), commit="0123abc-dirty")
    assert publish("--dry-run", "--arch", "arm64", "eu-west-1").returncode == 0


def test_a_zip_of_another_kind(publish, checkout):
    zip_with_a_file(checkout / "build" / "layer" / "lambda-vitals-x86_64.zip", "no manifest")
    done = publish("eu-west-1")
    assert (done.returncode, done.stdout) == (1, "")
    assert "has no manifest" in done.stderr and "./scripts/build-layer x86_64" in done.stderr


def test_the_cli_that_is_missing(publish, tmp_path):
    (tmp_path / "bin").mkdir()
    for name in ("bash", "dirname", "sed", "mktemp", "rm", "timeout", "unzip"):
        (tmp_path / "bin" / name).symlink_to(shutil.which(name))
    done = publish("eu-west-1", PATH=tmp_path / "bin")
    assert (done.returncode, done.stdout) == (1, "")
    assert "the AWS CLI is not on PATH" in done.stderr
    assert publish("--dry-run", "eu-west-1", PATH=tmp_path / "bin").returncode == 0


@pytest.mark.parametrize("arguments", [[], ["--moon"], ["Frankfurt"], ["--arch", "riscv", "eu-west-1"], ["--arch"],
                                       ["--parameters", "vitals", "eu-west-1"], ["--all-regions", "eu-west-1"], ["--all-regions", "--dry-run"], ["--parameters", "/aws/vitals", "eu-west-1"]])
def test_a_wrong_use(publish, arguments):
    done = publish(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert "--help" in done.stderr


def test_help(publish):
    assert "--dry-run" in publish("--help").stdout


def interrupt(process):
    os.killpg(process.pid, signal.SIGINT)
    output, _ = process.communicate(timeout=30)
    with pytest.raises(ProcessLookupError):
        for _ in range(100):  # the last of the group may take a moment to be gone
            os.killpg(process.pid, 0)
            time.sleep(0.05)
    return output


@pytest.fixture
def start(tools, cloud, checkout, tmp_path):
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    # A shell that is started with SIGINT ignored, as in the background of another, cannot be interrupted.
    command = ["env", "--default-signal=INT", checkout / "scripts" / "publish-layer"]
    yield lambda *regions, **env: subprocess.Popen(
        [*command, *regions], start_new_session=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True, env=tools.environment(**cloud | {"TMPDIR": temporary} | env))
    assert list(temporary.iterdir()) == []


def test_an_interrupted_run_leaves_no_process_and_no_file(start):
    with socket.create_server(("127.0.0.1", 0)) as silent:  # takes the call and never answers
        process = start("eu-west-1", AWS_ENDPOINT_URL=f"http://127.0.0.1:{silent.getsockname()[1]}")
        silent.settimeout(60)
        with silent.accept()[0]:
            assert interrupt(process) == ""
    assert process.returncode == 130


def test_an_interrupted_run_tells_what_it_has_published(start, troubled_aws, tmp_path):
    os.mkfifo(tmp_path / "reached")
    hang = troubled_aws("publish-layer-version*us-east-1", f"echo >{tmp_path}/reached; exec sleep 60")
    process = start("ca-central-1", "us-east-1", PATH=hang)
    (tmp_path / "reached").read_text()
    rows = interrupt(process).splitlines()
    assert process.returncode == 130
    assert [row.split()[:2] for row in rows[1:]] == [["ca-central-1", "x86_64"], ["ca-central-1", "arm64"]]
