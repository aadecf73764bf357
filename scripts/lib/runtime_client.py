"""Python's runtime client for a function's command, as Lambda provides it: a Python that is to run `-m awslambdaric` and
does not have it gets the one of build/venv, behind everything that it has itself.
"""
import os
import subprocess
import sysconfig

MODULE = "awslambdaric"
IMPORT_SECONDS = 30
RUN = ("import runpy, sys; sys.path.append({place!r});"
       f" runpy.run_module({MODULE!r}, run_name='__main__', alter_sys=True)")


class NoRuntimeClient(Exception):
    """The text says what to do."""


def with_runtime_client(command, env, place=None):
    """The command to run in place of this one, and whether it is another."""
    if command[1:3] != ["-m", MODULE] or _can_import(command[0], env, ""):
        return command, False
    place = place or sysconfig.get_path("platlib")
    if not _can_import(command[0], env, f"import sys; sys.path.append({place!r}); "):
        raise NoRuntimeClient(f"{command[0]} has no {MODULE}, and cannot use the one in {place}:"
                              f" {command[0]} -m pip install {MODULE}")
    return [command[0], "-c", RUN.format(place=place), *command[3:]], True


def _can_import(python, env, before):
    what = f"{before}import {MODULE}, {MODULE}.bootstrap, runtime_client"
    return subprocess.run([python, "-c", what], env={**os.environ, **env}, capture_output=True,
                          timeout=IMPORT_SECONDS).returncode == 0
