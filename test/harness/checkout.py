"""Another checkout of the project, for tests of what a user does with one."""
import pathlib
import shutil
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]


def git(*arguments, directory):
    run = subprocess.run(["git", "-C", directory, *arguments], capture_output=True, text=True, timeout=60, check=True)
    return run.stdout.strip()


def clone(target):
    """The same commit in another directory, with what is not committed yet."""
    git("clone", "--quiet", "--no-checkout", str(ROOT), str(target), directory=ROOT)
    git("reset", "--quiet", directory=target)
    names = git("ls-files", "-z", "--cached", "--others", "--exclude-standard", "--deduplicate", directory=ROOT)
    for name in filter(None, names.split("\0")):
        if (ROOT / name).exists():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target / name, follow_symlinks=False)
