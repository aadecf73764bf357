"""What the figures depend on: the machine, and the compiler and C library that are in the binary."""
import os
import pathlib
import platform
import re
import subprocess

from .places import RELEASE, ROOT


def _first_line(*command):
    try:
        run = subprocess.run(command, capture_output=True, text=True, timeout=30, cwd=ROOT)
    except OSError:
        return None
    return run.stdout.splitlines()[0] if run.returncode == 0 and run.stdout else None


def compiler():
    """The one that CMake took, with the C library that is linked in."""
    cache = RELEASE / "CMakeCache.txt"
    found = re.search(r"^CMAKE_CXX_COMPILER:\w+=(.+)$", cache.read_text(), re.MULTILINE) if cache.exists() else None
    version = _first_line(found[1] if found else "c++", "--version")
    version = re.sub(r"^\S+ (?=\()", "GCC ", version or "unknown")  # it says under which name it was called
    return f"{version}, {' '.join(platform.libc_ver())}, {platform.machine()}"


def describe():
    cpu = re.search(r"^model name\s*:\s*(.+)$", pathlib.Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    memory = re.search(r"^MemTotal:\s*(\d+)", pathlib.Path("/proc/meminfo").read_text(), re.MULTILINE)
    return {
        "machine": f"{platform.machine()}, {os.cpu_count()} × {cpu[1] if cpu else 'unknown'}",
        "memory_gb": round(int(memory[1]) / 1e6, 1) if memory else None,
        "kernel": platform.release(),
        "compiler": compiler(),
        "rust": _first_line("rustc", "--version"),
        "go": _first_line("go", "version"),
        "commit": _first_line("git", "describe", "--always", "--dirty", "--exclude=*"),
        "load_at_start": os.getloadavg()[0],
    }
