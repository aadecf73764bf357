"""A progress bar on standard error, when that is a terminal and the work takes more than a moment."""
import sys
import time

WIDTH, PATIENCE_S, INTERVAL_S = 30, 0.5, 0.1


class Progress:
    def __init__(self, total, stream=sys.stderr):
        self._stream, self._total, self._done, self._drawn = stream, total, 0, False
        self._next = time.monotonic() + PATIENCE_S
        self._shown = stream is not None and stream.isatty()

    def add(self, count):
        """So many more bytes have been read."""
        self._done += count
        if self._total:
            full = min(WIDTH, WIDTH * self._done // self._total)
            self._draw(f"[{'#' * full}{'.' * (WIDTH - full)}] {self._done / 1e6:,.0f} of {self._total / 1e6:,.0f} MB")
        else:
            self._draw(f"{self._done / 1e6:,.0f} MB")

    def step(self, text):
        self._draw(text)

    def _draw(self, text):
        now = time.monotonic()
        if self._shown and now >= self._next:
            print(f"\r\033[Kreport: {text}", end="", file=self._stream, flush=True)
            self._next, self._drawn = now + INTERVAL_S, True

    def end(self):
        if self._drawn:
            print("\r\033[K", end="", file=self._stream, flush=True)
