"""docs/report.md says what is so, and its commands work."""
import pathlib
import re
import subprocess

from lines import Profile, encode, lines_of
from report import advice, findings

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "report.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```sh\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


def names_in(text):
    return set(re.findall(r"`([a-z_0-9]+)`", text))


def section(heading):
    return re.search(rf"^## {heading}\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL)[1]


def test_members_of_the_json(numbers):
    result = numbers(lines_of(Profile(leak_mb=1, error_share=0.01), 300))
    page = names_in(section("JSON"))
    assert set(result) | set(result["period"]) | set(result["counted"]) | set(result["skipped"]) <= page
    assert set(result["leaks"][0]) <= page
    assert set(result["prices"]) <= page
    (function,) = result["functions"]
    assert set(function) <= page
    assert names_in(re.search(r"^A function has (.*?)It also has:", section("JSON"), re.MULTILINE | re.DOTALL)[1]) - {"memory_end", "memory_peak", "null"} \
        <= set(function)
    advised = numbers(lines_of(Profile(), 300))["functions"][0]["advice"]
    assert set(advised) | set(advised["curve"][0]) <= page


def test_kinds_of_findings_and_limits_of_the_advice():
    assert set(findings.KINDS) <= names_in(section("For CI"))
    text = " ".join(PAGE.split())
    assert f"fewer than {advice.LEAST_RECORDS} warm" in text and f"less than {advice.LEAST_CPU_MS} ms of CPU" in text
    assert f"errors over {advice.MOST_ERRORS:.0%}".replace("%", " %") in text


def test_the_commands(tmp_path):
    """In a folder that has scripts/report, the files that they name, and an `aws` that prints lines."""
    lines = "".join(encode(record) + "\n" for record in lines_of(Profile(timeout_share=0.2), 60))
    (tmp_path / "lines.log").write_text(lines)
    (tmp_path / "more.gz").write_bytes(subprocess.run(["gzip"], input=lines.encode(), capture_output=True, check=True).stdout)
    (tmp_path / "scripts").mkdir()
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "aws").write_text(f"#!/bin/sh\ncat {tmp_path}/lines.log\n")
    (tmp_path / "bin" / "aws").chmod(0o755)
    (tmp_path / "scripts" / "report").write_text(f'#!/bin/sh\nexec {ROOT}/scripts/report "$@"\n')
    (tmp_path / "scripts" / "report").chmod(0o755)
    commands = [line.partition("#")[0].strip() for line in BLOCKS[0].splitlines()]
    done = [subprocess.run(["sh", "-c", each], cwd=tmp_path, capture_output=True, timeout=120, check=False,
                           env={"PATH": f"{tmp_path}/bin:/usr/bin:/bin:/usr/sbin", "HOME": str(tmp_path)}) for each in commands]
    assert [each.returncode for each in done] == [0, 0, 0, 3], [each.stderr for each in done]
    assert (tmp_path / "lambda-vitals-report.html").exists() and b'"functions"' in done[2].stdout


def test_the_wheel_has_all_that_it_needs(tmp_path):
    """scripts/build-report makes it; here it runs where nothing else of the project is."""
    made = subprocess.run([ROOT / "scripts" / "build-report"], capture_output=True, text=True, timeout=170, check=False)
    assert made.returncode == 0, made.stderr
    wheel = pathlib.Path(made.stdout.strip())
    assert re.sub(r"-[\d.]+-", "-*-", f"build/report/{wheel.name}") in PAGE
    python = ROOT / "build" / "venv-report" / "bin" / "python3"
    subprocess.run([python, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--target", tmp_path / "wheel", wheel], check=True,
                   capture_output=True, timeout=100)
    (tmp_path / "lines.log").write_text("".join(encode(record) + "\n" for record in lines_of(Profile(), 60)))
    done = subprocess.run([python, tmp_path / "wheel" / "bin" / "lambda-vitals-report", "lines.log"], cwd=tmp_path, capture_output=True,
                          text=True, timeout=60, env={"PYTHONPATH": str(tmp_path / "wheel")}, check=False)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "lambda-vitals-report.html").read_text(encoding="utf-8").endswith("</html>\n")
