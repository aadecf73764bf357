"""Runs clang-tidy over every source file of a CMake build, two at a time or as many as there are cores.

    tidy.py BUILD-DIRECTORY

Takes seconds a file, so a file found clean is remembered (in BUILD-DIRECTORY/tidy) by the content of everything that went
into it: the source, the project's headers that it includes according to ninja, its command, .clang-tidy, clang-tidy itself.
"""
import concurrent.futures
import hashlib
import json
import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
ROOMS = (ROOT / "extension", ROOT / "test", ROOT / "bench")
FILE_SECONDS = 300
# The build's flags are g++'s; clang need not know all of them.
FOR_GCC_FLAGS = ("--extra-arg=-Wno-ignored-optimization-argument", "--extra-arg=-Wno-unknown-warning-option",
                 "--extra-arg=-Wno-unused-command-line-argument")


def project_headers(build):
    """For each object file, the project's own files that it was compiled from."""
    text = subprocess.run(["ninja", "-C", build, "-t", "deps"], capture_output=True, text=True, check=True).stdout
    headers, current = {}, None
    for line in text.splitlines():
        if not line.startswith(" "):
            current = headers.setdefault(line.partition(":")[0], set()) if line else None
        elif current is not None:
            path = pathlib.Path(build, line.strip()).resolve()
            if any(path.is_relative_to(room) for room in ROOMS):
                current.add(path)
    return headers


def fingerprint(unit, headers, common):
    digest = hashlib.sha256(common)
    digest.update(unit["command"].encode())
    for path in sorted({pathlib.Path(unit["file"]), *headers.get(unit.get("output"), ())}):
        digest.update(str(path).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def look_at(build, unit):
    command = ["clang-tidy", "-p", build, "--quiet", "--warnings-as-errors=*", *FOR_GCC_FLAGS, unit["file"]]
    try:
        run = subprocess.run(command, capture_output=True, text=True, timeout=FILE_SECONDS)
    except subprocess.TimeoutExpired:
        return f"{unit['file']}: clang-tidy took more than {FILE_SECONDS} s"
    return "" if run.returncode == 0 else run.stdout + run.stderr


def main():
    build = pathlib.Path(sys.argv[1]).resolve()
    version = subprocess.run(["clang-tidy", "--version"], capture_output=True, check=True).stdout
    settings = [ROOT / ".clang-tidy", *sorted(path for room in ROOMS for path in room.rglob(".clang-tidy"))]
    common = version + b"".join(path.read_bytes() for path in settings)
    clean = build / "tidy"
    clean.mkdir(exist_ok=True)

    units = [unit for unit in json.loads((build / "compile_commands.json").read_text())
             if any(pathlib.Path(unit["file"]).is_relative_to(room) for room in ROOMS)]
    headers = project_headers(build)
    marks = {unit["file"]: clean / fingerprint(unit, headers, common) for unit in units}
    pending = [unit for unit in units if not marks[unit["file"]].exists()]
    print(f"{len(units)} files, {len(units) - len(pending)} of them known to be clean", flush=True)

    failed = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        jobs = {pool.submit(look_at, build, unit): unit for unit in pending}
        for done, job in enumerate(concurrent.futures.as_completed(jobs), 1):
            file = jobs[job]["file"]
            print(f"[{done}/{len(jobs)}] {os.path.relpath(file, ROOT)}", flush=True)
            if job.result():
                failed += 1
                print(job.result(), flush=True)
            else:
                marks[file].touch()
    sys.exit(failed > 0)


if __name__ == "__main__":
    main()
