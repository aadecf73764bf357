"""What can go wrong with a call to AWS; and how long a function or a call is waited for."""

PATIENCE_SECONDS = 300


class Failed(Exception):
    """A call that failed, also when repeated. `code` is AWS's, such as ResourceNotFoundException, or ""."""

    def __init__(self, text, code=""):
        super().__init__(text)
        self.code = code


class Interrupted(Exception):
    """By Ctrl-C."""
