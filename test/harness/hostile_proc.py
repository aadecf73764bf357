"""Makes a /proc with false content, for the rows of test_faults_proc.py:

    hostile_proc.py KIND TREE PARENT SELF

The tree is a copy of the files that the extension reads of the machine's /proc, with a function's processes below PARENT
that are corrupted as KIND says. It is mounted over /proc only for the extension.
"""
import contextlib
import pathlib
import random
import shutil
import sys

FUNCTION = [70001, 70002, 70003]
GOOD = {
    "stat": "{pid} (worker) S {ppid} {pid} {pid} 0 -1 4194304 1000 0 0 0 {ticks} 7 0 0 20 0 3 0 9999 200000000 4000 "
            "18446744073709551615 1 1 0 0 0 0 0 4096 0 0 0 0 17 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n",
    "statm": "50000 4000 1000 500 0 20000 0\n",
    "smaps_rollup": "00400000-7fff00000000 ---p 00000000 00:00 0 [rollup]\nRss: 16000 kB\nPss: 13333 kB\n",
    "status": "Name:\tworker\nVmHWM:\t   20000 kB\nVmRSS:\t   16000 kB\nThreads:\t3\n",
    "io": "rchar: 1\nwchar: 2\nsyscr: 3\nsyscw: 4\nread_bytes: 4096\nwrite_bytes: 8192\ncancelled_write_bytes: 0\n",
    "limits": "Limit                     Soft Limit           Hard Limit           Units     \n"
              "Max open files            1024                 4096                 files     \n",
}
SYSTEM = ["loadavg", "stat", "net/dev", "net/route", "net/ipv6_route", "meminfo", "sys/fs/nr_open"]
U64 = "18446744073709551615"
# The content of each file of a process instead.
TEXTS = {
    "empty": "", "garbled": "\x00\xff\xfe garbled \x01", "no newline": "7", "blank": " \n \n", "long": "9" * 200_000,
    "newlines": "\n" * 100_000,
}


def process(tree, pid, ppid, ticks=5, comm="worker", spoil=lambda name, text: text):
    folder = tree / str(pid)
    (folder / "fd").mkdir(parents=True)
    for number in range(4):
        (folder / "fd" / str(number)).symlink_to("/dev/null")
    (folder / "exe").symlink_to("/var/task/worker")
    for name, text in GOOD.items():
        text = spoil(name, text.format(pid=pid, ppid=ppid, ticks=ticks).replace("(worker)", f"({comm})"))
        if text is not None:
            (folder / name).write_bytes(text.encode("utf-8", "surrogateescape") if isinstance(text, str) else text)


def system(tree, parent, self_pid):
    for name in SYSTEM:
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(OSError):
            (tree / name).write_bytes(pathlib.Path("/proc", name).read_bytes())
    (tree / "self").symlink_to(str(self_pid))
    process(tree, parent, 1, comm="init")
    process(tree, self_pid, parent, comm="lambda-vitals")


def numbers(text, value):
    """Every number but the first (the pid) is this one."""
    head, _, rest = text.partition(")")
    words = [value if word.lstrip("-").isdecimal() else word for word in rest.split(" ")]
    return head + ")" + " ".join(words) if rest else " ".join(
        value if word.isdecimal() else word for word in text.split(" "))


def keep_parent(name, text, value):
    """A process stays the function's: its parent stays intact."""
    if name != "stat":
        return numbers(text, value)
    head, _, rest = text.partition(") ")
    state, ppid, *others = rest.split()
    return f"{head}) {state} {ppid} {' '.join(value for _ in others)}\n"


def build(kind, tree, parent, self_pid):
    if kind == "empty tree":
        return
    system(tree, parent, self_pid)
    spoil = lambda name, text: text  # noqa: E731
    comm = "worker"
    if kind.startswith("missing "):
        spoil = lambda name, text: None if kind.endswith((" " + name, "everything")) else text  # noqa: E731
    elif kind.startswith("cut "):
        spoil = lambda name, text: text[:len(text) * int(kind[4:]) // 100]  # noqa: E731
    elif kind in TEXTS:
        spoil = lambda name, text: TEXTS[kind]  # noqa: E731
    elif kind in (U64, "-1", "99999999999999999999999", "0", "9007199254740993"):
        spoil = lambda name, text: keep_parent(name, text, kind)  # noqa: E731
    elif kind == "named ) R 1 (":
        comm = ") R 1 ("
    elif kind == "named with newline":
        comm = "a\nb) S 1 "
    for at, pid in enumerate(FUNCTION):
        process(tree, pid, parent if at == 0 else FUNCTION[at - 1], comm=comm, spoil=spoil)
    if kind == "a ring of parents":
        for name, ppid in ((80_001, 80_002), (80_002, 80_001), (80_003, 80_003)):
            process(tree, name, ppid)
    if kind == "directories for files":
        for pid in FUNCTION:
            for name in GOOD:
                (tree / str(pid) / name).unlink()
                (tree / str(pid) / name).mkdir()
    if kind == "unreadable":
        for pid in FUNCTION:
            for name in GOOD:
                (tree / str(pid) / name).chmod(0)
    if kind == "pids that are not pids":
        for name in ("0", "-1", "007", "99999999999", "4294967296", "1x", "2147483648"):
            process(tree, name, parent)
    if kind.startswith("net "):
        text = {"net empty": "", "net cut": (tree / "net/dev").read_text()[:-20], "net absurd": _absurd_net(),
                "net long": _absurd_net() * 2000}[kind]
        (tree / "net/dev").write_text(text)
        if kind != "net absurd":
            (tree / "net/route").write_text(text)


def crowd(tree):
    """Ten thousand more, half of them the function's."""
    for pid in range(100_000, 110_000):
        (tree / str(pid)).mkdir(parents=True)
        for name in ("stat", "statm"):
            text = GOOD[name].format(pid=pid, ppid=FUNCTION[0] if pid % 2 else 1, ticks=5)
            (tree / str(pid) / name).write_text(text)


def _absurd_net():
    return ("Inter-|   Receive  |  Transmit\n face |bytes packets\n"
            f"  eth0: {' '.join([U64] * 16)}\n  :: 1\n{'e' * 5000}: 1 2 3\n vinternal_1: -1 -1\n")


def disturb(tree, parent, over, seed=1):
    """Processes come, go in the middle of a read, and come again with counters that go backwards."""
    chance = random.Random(seed)
    ticks = 1000
    while not over.is_set():
        pid = 70_010 + chance.randrange(30)
        if (tree / str(pid)).exists():
            shutil.rmtree(tree / str(pid), ignore_errors=True)
        else:
            ticks -= 1
            process(tree, pid, chance.choice([parent, *FUNCTION]), ticks=max(ticks, 0))
        for victim in FUNCTION:
            with contextlib.suppress(OSError):
                ticks = max(0, ticks + chance.randrange(-50, 40))
                (tree / str(victim) / "stat").write_text(GOOD["stat"].format(pid=victim, ppid=parent, ticks=ticks))


if __name__ == "__main__":
    build(sys.argv[1], pathlib.Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))
