"""python3 -m report"""
import signal

HANDLER = signal.getsignal(signal.SIGINT)  # none of Python's where whoever started this ignores Ctrl-C
if HANDLER is signal.default_int_handler:
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # while modules are loaded it ends the process without a traceback

from .cli import run  # noqa: E402

if __name__ == "__main__":
    signal.signal(signal.SIGINT, HANDLER)
    run()
