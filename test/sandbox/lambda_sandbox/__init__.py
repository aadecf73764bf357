"""A local Lambda host: real processes, the three APIs, freeze and thaw, and every kind of trouble on demand."""

from .options import Options
from .run import Result, run
from .sandbox import Sandbox

__all__ = ["Options", "Result", "Sandbox", "run"]
