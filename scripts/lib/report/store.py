"""The lines in DuckDB: a temporary database, on disk where there are many, so that ten million need no more memory than one.

Records come as blocks of JSON lines. They are written to a file of SEGMENT bytes, which DuckDB parses on all cores while
the next one is being filled.
"""
import concurrent.futures
import os
import pathlib
import tempfile

import duckdb

from . import fields

SQL = pathlib.Path(__file__).parent / "sql"
SEGMENT = 96 << 20
MEMORY_LIMIT_MB = 512
BYTES_A_LINE = 256  # more memory for each line beyond a million: exact percentiles hold all values of their columns
IN_MEMORY = 1_500_000_000  # bytes of lines up to which the database is in memory, which is faster


def literal(text):
    return "'" + str(text).replace("'", "''") + "'"


def statement(name, **parts):
    """The text of sql/NAME.sql with its {parts}."""
    text = (SQL / f"{name}.sql").read_text(encoding="utf-8")
    for part, value in parts.items():
        text = text.replace("{" + part + "}", value)
    return text


class Store:
    """Use as a context manager: everything on disk goes when it ends."""

    def __init__(self, functions=(), from_ms=None, to_ms=None, expected=None):
        """`expected` is how many bytes of lines are to come, None where that is not known."""
        self._folder = tempfile.TemporaryDirectory(prefix="lambda-vitals-report-", ignore_cleanup_errors=True)
        folder = pathlib.Path(self._folder.name)
        empty = folder / "empty"
        empty.touch()
        in_memory = expected is not None and expected <= IN_MEMORY
        self.database = duckdb.connect(":memory:" if in_memory else str(folder / "lines.duckdb"), config={
            "memory_limit": f"{MEMORY_LIMIT_MB}MB", "temp_directory": str(folder / "spill"), "preserve_insertion_order": "false",
            "autoinstall_known_extensions": "false", "autoload_known_extensions": "false", "threads": str(os.cpu_count() or 2)})
        self._worker = concurrent.futures.ThreadPoolExecutor(1)
        self._loading = None
        self._wanted = wanted(functions, from_ms, to_ms)
        self._segment = Segment(folder / "lines")
        self._summaries = 0
        self.run("schema")
        self.run("lines", selection=fields.selection(), columns=fields.columns(), file=literal(empty))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._worker.shutdown(wait=True)
        self._segment.close()
        self.database.close()
        self._folder.cleanup()

    def run(self, name, **parts):
        """Runs sql/NAME.sql."""
        return self.database.execute(statement(name, **parts))

    def rows(self, name, **parts):
        """The rows of sql/NAME.sql as dictionaries."""
        cursor = self.run(name, **parts)
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row)) for row in cursor.fetchall()]

    def add(self, block):
        """A block of JSON lines."""
        self._segment.write(block)
        if self._segment.size >= SEGMENT:
            self._load()

    def _load(self):
        path = self._segment.take()
        self._wait()  # for the one before, whose file is written to from here on
        self._loading = self._worker.submit(self._load_file, path)

    def _load_file(self, path):
        self.run("load_lines", file=literal(path), selection=fields.selection(), columns=fields.columns(), wanted=self._wanted)
        summaries = self.database.execute("SELECT count(*) FROM lines WHERE kind = 'summary'").fetchone()[0]
        if summaries > self._summaries:
            self.run("load_summaries", file=literal(path), wanted=self._wanted)
            self._summaries = summaries

    def _wait(self):
        if self._loading:
            self._loading.result()
            self._loading = None

    def finish(self):
        """Every line is in; each counts once from here on. Returns what was counted."""
        if self._segment.size:
            self._load()
        self._wait()
        lines = self.database.execute("SELECT count(*) FROM lines").fetchone()[0]
        more = max(0, lines - 1_000_000) * BYTES_A_LINE // 1_000_000
        self.database.execute(f"SET memory_limit = '{MEMORY_LIMIT_MB + more}MB'")
        self.run("once")
        self.run("views")
        counts = dict.fromkeys(("invocation", "environment", "summary", "duplicate", "filtered", "broken", "other"), 0)
        for row in self.rows("counts"):
            counts[row["kind"]] += row["count"]
        return counts


class Segment:
    """Two files that take turns: one fills up while the other is loaded. They are written over, as new ones would cost the
    kernel new pages.
    """

    def __init__(self, path):
        self._paths = [pathlib.Path(f"{path}-{number}.json") for number in (1, 2)]
        self._file, self.size = None, 0

    def write(self, block):
        if not block:
            return
        if not self._file:
            self._file = open(os.open(self._paths[0], os.O_WRONLY | os.O_CREAT | getattr(os, "O_BINARY", 0)), "wb", buffering=0)
        view = memoryview(block)
        while view:
            view = view[self._file.write(view):]
        self.size += len(block)

    def take(self):
        """The file as it is. It may be read until the next one is taken."""
        self._file.truncate(self.size)
        self.close()
        self._paths.reverse()
        return self._paths[1]

    def close(self):
        if self._file:
            self._file.close()
        self._file, self.size = None, 0


def wanted(functions, from_ms, to_ms):
    """What --function, --from and --to choose, as an SQL condition."""
    conditions = []
    if functions:
        conditions.append("(" + " OR ".join(f"function_name GLOB {literal(each)}" for each in functions) + ")")
    if from_ms is not None:
        conditions.append(f"coalesce(at_ms >= {int(from_ms)}, false)")
    if to_ms is not None:
        conditions.append(f"coalesce(at_ms < {int(to_ms)}, false)")
    return " AND ".join(conditions) or "true"
