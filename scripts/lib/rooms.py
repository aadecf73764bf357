"""Proves from the includes that the folders of extension/ depend on each other in one direction only.

    rooms.py

ROOMS is the order of docs/architecture.md: a file may include headers of its own folder and of the folders that its
folder has here, and nothing else of the project. Prints each include that goes another way, and exits with 1.
"""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2] / "extension"

# Each folder, and those that it may include. A folder stands above everything that it includes.
ROOMS = {
    "agent": {"invocation", "lambda", "runtime_watch", "emf", "output", "record", "config", "sampling", "base"},
    "invocation": {"sampling", "record", "lambda", "runtime_watch", "config", "base"},
    "sampling": {"procfs", "base"},
    "config": {"emf", "record", "base"},
    "emf": {"record"},
    "lambda": {"resolver", "base"},
    "runtime_watch": {"base"},
    "output": {"base"},
    "procfs": {"base"},
    "record": set(),
    "resolver": {"base"},
    "base": set(),
}

INCLUDE = re.compile(r'^\s*#\s*include\s*"([^"]+)"', re.MULTILINE)


def upward(rooms):
    """Pairs of ROOMS itself that do not point downwards."""
    order = list(rooms)
    return [(room, below) for room, allowed in rooms.items() for below in sorted(allowed)
            if below not in rooms or order.index(below) <= order.index(room)]


def faults_of(room, name, text, rooms):
    for match in INCLUDE.finditer(text):
        below = match[1].partition("/")[0]
        if "/" not in match[1]:
            yield f'{name}: "{match[1]}" has no folder: write "FOLDER/{match[1]}"'
        elif below not in rooms:
            yield f"{name}: {match[1]} is not in a folder of extension/ that scripts/lib/rooms.py knows"
        elif below != room and below not in rooms[room]:
            line = text.count("\n", 0, match.start()) + 1
            yield f"{name}:{line}: {room}/ includes {match[1]}, and {room}/ must not depend on {below}/"


def faults(root, rooms):
    found = [f"ROOMS: {room} stands below {below}, and must not include it" for room, below in upward(rooms)]
    seen = set()
    for path in sorted([*root.glob("*/*.h"), *root.glob("*/*.cpp")]):
        room = path.parent.name
        seen.add(room)
        name = str(path.relative_to(root.parent))
        if room not in rooms:
            found.append(f"{name}: scripts/lib/rooms.py does not know the folder {room}/")
            continue
        found += faults_of(room, name, path.read_text(encoding="utf-8"), rooms)
    found += [f"ROOMS: there is no folder {room}/ with sources" for room in rooms if room not in seen]
    return found


def main():
    found = faults(ROOT, ROOMS)
    for fault in found:
        print(fault)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
