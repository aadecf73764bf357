"""The sample function of layer/examples/, in lambda-sandbox."""
import json
import pathlib
import sys

from sandbox import LiveSandbox

FUNCTION = pathlib.Path(__file__).resolve().parents[2] / "layer" / "examples" / "function"


def test_the_sample_function_finds_primes_and_its_lines_say_whose_they_are(extension, check_lines):
    with LiveSandbox(extension, [sys.executable, "-m", "awslambdaric", "index.handler"], cwd=FUNCTION,
                     env={"LAMBDA_VITALS_FIELDS": "service=primes"}) as function:
        replies = [json.loads(function.invoke(event).body) for event in ({}, {"limit": 100})]
        function.terminate()
        records = [json.loads(line) for line in check_lines(function.emf_lines())]
    assert replies == [{"limit": 1000000, "primes": 78498}, {"limit": 100, "primes": 25}]
    assert [each["service"] for each in records] == ["primes"] * 2
