"""Bytes to and from storage, and the use of /tmp."""
import subprocess

import pytest

from accuracy import MB, ROOT, event, measure, near, same, sleep  # noqa: F401
from accuracy_places import own_tmp, place  # noqa: F401

BLOCKS = 1 << 20


@pytest.fixture
def disk(tmp_path_factory):
    """A file that is really on storage."""
    directory = ROOT / "build"
    kind = subprocess.run(["stat", "--file-system", "--format", "%T", directory], capture_output=True, text=True).stdout.strip()
    if kind in ("tmpfs", "ramfs"):
        pytest.fail(f"{directory} lies on {kind}: nothing written there reaches storage")
    path = directory / "accuracy.data"
    yield path
    path.unlink(missing_ok=True)


def write(path, size, how="fsync"):
    return {"do": "write", "path": str(path), "bytes": size, "how": how}


@pytest.mark.parametrize("how", ["fsync", "sync"])
@pytest.mark.parametrize("size", [4096, 5 * BLOCKS + 1])
def test_bytes_written(measure, disk, how, size):
    for record, truth in measure([event(write(disk, size, how), sleep(5)), event(sleep(5))]).pairs:
        same("disk_write_bytes", record["disk_write_bytes"], truth["writeBytes"])
    assert measure([event(write(disk, size, how))]).records[0]["disk_write_bytes"] >= size


def test_bytes_of_a_cold_read(measure, disk):
    size = 6 * BLOCKS
    run = measure([event(write(disk, size)), event({"do": "read", "path": str(disk)}), event(sleep(5))])
    for record, truth in run.pairs:
        same("disk_read_bytes", record["disk_read_bytes"], truth["readBytes"])
    assert run.records[1]["disk_read_bytes"] >= size
    assert run.records[1]["disk_write_bytes"] == 0


@pytest.mark.shipped("ThreadSanitizer keeps a file of 512 kB in /tmp")
def test_a_file_that_is_gone_before_the_end(measure, own_tmp):
    """/tmp is separate here, so nothing else writes to it."""
    hold = {"do": "tmp", "bytes": 20 * MB, "hold_ms": 20}
    run = measure([event(hold, sleep(10)), event(sleep(20)), event({**hold, "bytes": MB}, sleep(10))],
                  env={"LAMBDA_VITALS_SAMPLE_INTERVAL_MS": "5"})
    (big, told_big), (none, _), (small, told_small) = run.pairs
    same("tmp_used", big["tmp_used"], told_big["tmpUsedBytes"])
    same("tmp_used", small["tmp_used"], told_small["tmpUsedBytes"])
    same("tmp_used", none["tmp_used"], 0)
    same("tmp_free", big["tmp_free"], big["tmp_max"] - big["tmp_used"])
    same("tmp_max", big["tmp_max"], 256 * MB)
