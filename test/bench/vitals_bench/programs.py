"""The programs that are measured side by side, built where their tools are."""
import os
import pathlib
import shutil
import subprocess
from dataclasses import dataclass

from .places import BUILD, PEERS, RELEASE

BUILD_SECONDS = 900


@dataclass(frozen=True)
class Program:
    name: str
    path: pathlib.Path
    does: str  # and does not


@dataclass(frozen=True)
class Absent:
    name: str
    reason: str


def _rust_peer():
    """With its C library linked in, as the others are."""
    host = next(line.split()[1] for line in subprocess.run(
        ["rustc", "-vV"], capture_output=True, text=True, check=True).stdout.splitlines() if line.startswith("host:"))
    source, target = BUILD / "rust-source", BUILD / "rust"
    # In a copy, because cargo writes its lock file beside the source.
    shutil.copytree(PEERS / "rust", source, dirs_exist_ok=True)
    subprocess.run(["cargo", "build", "--quiet", "--release", "--target", host], cwd=source, check=True,
                   timeout=BUILD_SECONDS, stdout=subprocess.DEVNULL,
                   env={**os.environ, "CARGO_TARGET_DIR": str(target), "RUSTFLAGS": "-C target-feature=+crt-static"})
    return target / host / "release" / "rust-peer"


def _go_peer():
    target = BUILD / "go-peer"
    subprocess.run(["go", "build", "-trimpath", "-ldflags=-s -w", "-o", str(target), "."], cwd=PEERS / "go", check=True,
                   timeout=BUILD_SECONDS, stdout=subprocess.DEVNULL, env={**os.environ, "CGO_ENABLED": "0"})
    return target


def _peer(name, tool, build, does):
    if not shutil.which(tool):
        return Absent(name, f"{tool} is not on PATH")
    BUILD.mkdir(parents=True, exist_ok=True)
    try:
        return Program(name, build(), does)
    except (subprocess.SubprocessError, OSError) as error:
        return Absent(name, f"could not be built: {error}")


def all_programs(tell):
    """Those that are there, and those that are not with the reason. Ours is the first, the floor the second."""
    found = [
        Program("lambda-vitals", pathlib.Path(os.environ.get("VITALS_BINARY") or RELEASE / "lambda-vitals"),
                "everything: samples all processes, pairs telemetry, writes the full line"),
        Program("C floor", RELEASE / "bench-floor",
                "register, next, telemetry; reads the same kernel files and throws them away; one constant line"),
    ]
    tell("building the Rust peer (the first time it takes a minute)")
    found.append(_peer("Rust peer", "cargo", _rust_peer,
                       "the lambda-extension crate: register, next, telemetry; reads nothing; one constant line"))
    tell("building the Go peer")
    found.append(_peer("Go peer", "go", _go_peer,
                       "standard library: register, next, telemetry; reads nothing; one constant line"))
    return [each for each in found if isinstance(each, Program)], [each for each in found if isinstance(each, Absent)]
