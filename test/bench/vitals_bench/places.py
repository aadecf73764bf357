"""Where things lie."""
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parents[3]
RELEASE = ROOT / "build" / "release"
BUILD = ROOT / "build" / "bench"
PEERS = ROOT / "test" / "bench" / "peers"
RECORDED = ROOT / "test" / "bench" / "recorded.json"
PAGE = ROOT / "docs" / "performance.md"

sys.path.insert(0, str(ROOT / "scripts" / "lib"))  # the fixture of the real RIE
sys.path.insert(0, str(ROOT / "test" / "sandbox"))  # the CPU cgroup
