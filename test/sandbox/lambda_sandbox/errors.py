"""What can go wrong, with the exit status that says so."""

OK = 0
INTERNAL_ERROR = 1
USAGE_ERROR = 2
LAUNCH_ERROR = 3
NOT_REGISTERED = 4
EXTENSION_CRASH = 5
EXTENSION_KILLED = 6
INTERRUPTED = 130


class UsageError(Exception):
    """The command line, a script or a fault specification cannot be understood."""


class Fatal(Exception):
    """The sandbox cannot go on; carries its exit status."""

    def __init__(self, exit_code: int, message: str):
        super().__init__(message)
        self.exit_code = exit_code
