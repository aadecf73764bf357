"""Managed Instances in lambda-sandbox: what the extension registers for, and what it makes of telemetry."""
import pytest

MANAGED = ["--initialization-type", "lambda-managed-instances", "--log-format", "JSON"]
# The extension does not know where it runs: it learns that from the answer to its registration.
UNKNOWN = [*MANAGED, "--extension-env", "AWS_LAMBDA_INITIALIZATION_TYPE=on-demand"]


@pytest.mark.parametrize("options", [MANAGED, UNKNOWN], ids=["by its environment", "by the refusal of INVOKE"])
def test_a_function_on_managed_instances_works(play, options):
    run = play([{"invoke": {}, "count": 3}], options=options)
    assert run.status == 0, run.log + run.warnings
    assert [each["status"] for each in run.invocations] == ["success"] * 3
    assert run.warnings == ""
    (ended,) = run.of_type("shutdown")
    assert (ended["extensions"]["lambda-vitals"]["exitCode"], ended["extensions"]["lambda-vitals"]["killed"]) == (0, False)
    assert [each["extension"] for each in run.of_type("subscription")] == ["lambda-vitals"]
    assert len(run.of_type("init")) == 1
