"""What ends the command, with its exit status."""


class ReportError(Exception):
    """The message says what happened and what the user can do. Exit status 2."""
