"""A mount and a PID namespace with its own /opt and process 1, as root, as a user, or through sudo.

    with_opt = Namespaces(extensions=[("build/release/lambda-vitals", "lambda-vitals")])
    process = with_opt.start(["aws-lambda-rie", …], {"PATH": …}, cwd=functions, stdout=…, stderr=…)

The machine's own /opt stays unchanged. When process 1 ends, everything that it started ends.
"""
import contextlib
import functools
import os
import pathlib
import re
import shlex
import shutil
import subprocess

UNSHARE = ["unshare", "--mount", "--pid", "--fork", "--kill-child=KILL", "--mount-proc"]
PROBE_SECONDS = 30

# Runs as root of the new namespaces: mounts its own /opt, with the content of layers and with extensions if there are any,
# and its own /tmp if a size is given, in which the kept files of the machine's /tmp are in the same place. Then runs the
# command, no longer as root unless the caller is root.
SET_UP = """set -e
size=$1 extensions=$2 layers=$3 kept=$4
shift 4
mount -t tmpfs none /opt
while [ "$layers" != 0 ]; do
    cp -R "$1/." /opt/
    shift
    layers=$((layers - 1))
done
if [ "$extensions" != 0 ]; then mkdir -p /opt/extensions; fi
while [ "$extensions" != 0 ]; do
    install -m 0755 "$1" "/opt/extensions/$2"
    shift 2
    extensions=$((extensions - 1))
done
if [ "$size" != 0 ]; then
    mkdir /opt/.tmp
    mount --rbind /tmp /opt/.tmp
    mount -t tmpfs -o "size=${size}m,mode=1777,nosuid,nodev" none /tmp
fi
while [ "$kept" != 0 ]; do
    if [ "$size" != 0 ]; then
        if [ -d "/opt/.tmp/$1" ]; then mkdir "/tmp/$1"; else : >"/tmp/$1"; fi
        mount --rbind "/opt/.tmp/$1" "/tmp/$1"
    fi
    shift
    kept=$((kept - 1))
done
if [ "$size" != 0 ]; then
    umount -l /opt/.tmp
    rmdir /opt/.tmp
    cd "$PWD" # as the folder that we are in may lie in the /tmp that is hidden now
fi
exec "$@"
"""
# The environment comes through standard input, because every user of the machine can read a command line.
WITH_ENVIRONMENT = '. /dev/stdin; exec "$@" </dev/null'

# Settings that forbid namespaces to users, the forbidding value, and what an administrator can do.
RESTRICTIONS = (
    ("kernel/apparmor_restrict_unprivileged_userns", "1", "AppArmor restricts user namespaces here, as on Ubuntu 24.04;"
     " until the next boot, this allows them: sudo sysctl kernel.apparmor_restrict_unprivileged_userns=0"),
    ("kernel/unprivileged_userns_clone", "0", "only root may use user namespaces here;"
     " until the next boot, this allows them: sudo sysctl kernel.unprivileged_userns_clone=1"),
    ("user/max_user_namespaces", "0", "user namespaces are disabled here;"
     " until the next boot, this allows them: sudo sysctl user.max_user_namespaces=10000"),
)


def own_processes() -> list[str]:
    """The prefix of a command for which /proc shows only its own processes, as in Lambda: those of a busy machine cost the
    extension milliseconds. Only root may do so; for others it runs among all processes."""
    return UNSHARE if os.getuid() == 0 else []


class NamespacesError(Exception):
    """Such namespaces are not possible here; the text says why, and what to do."""


def refusal(user, sysctls="/proc/sys") -> str:
    what = "may not make the mount namespace in which /opt/extensions is a place of its own"
    if user == 0:
        return f"root {what} here: if this is a container, start it with --privileged"
    reasons = [advice for name, value, advice in RESTRICTIONS if _content(sysctls, name) == value]
    return (f"user {user} {what}: {'; '.join(reasons) or 'neither with unshare --user nor with sudo -n'}."
            " Or run it as root, or with sudo that asks no password")


def _content(sysctls, name):
    try:
        return pathlib.Path(sysctls, name).read_text().strip()
    except OSError:
        return None


@functools.cache
def commands() -> tuple[list[str], list[str]]:
    """The commands that create the namespaces, and that give up root inside them."""
    me, group = os.getuid(), os.getgid()
    ways = [(UNSHARE, [])] if me == 0 else [
        (["unshare", "--user", "--map-root-user", *UNSHARE[1:]],
         ["unshare", "--user", f"--map-user={me}", f"--map-group={group}"]),
        (["sudo", "-n", *UNSHARE], ["setpriv", f"--reuid={me}", f"--regid={group}", "--clear-groups"]),
    ]
    for enter, leave in ways:
        probe = [*enter, "sh", "-c", 'mount -t tmpfs none /opt; exec "$@"', "sh", *leave, "true"]
        # In its own session, as later: sudo may remember a password only for that session.
        if shutil.which(enter[0]) and subprocess.run(
                probe, capture_output=True, timeout=PROBE_SECONDS, start_new_session=True).returncode == 0:
            return enter, leave
    raise NamespacesError(refusal(me))


def lies_in(path, directory) -> bool:
    """As named, or where it leads to."""
    path = pathlib.Path(path)
    return any(place.is_relative_to(directory) for place in (path.absolute(), path.resolve()))


def outside_opt(path) -> str:
    """The namespace's /opt hides the machine's: nothing that runs in it may be there."""
    if lies_in(path, "/opt"):
        raise NamespacesError(f"{path} is in /opt, which the namespace hides: use a file elsewhere")
    return str(pathlib.Path(path).absolute())


def _as_shell(env) -> bytes:
    named = {key: value for key, value in env.items() if re.fullmatch(r"[A-Za-z_]\w*", key, re.ASCII)}
    return "".join(f"export {key}={shlex.quote(value)}\n" for key, value in named.items()).encode(errors="surrogateescape")


class Namespaces:
    """With extensions, each a file and the name that it gets, in /opt/extensions, and the content of layers (folders) in /opt;
    tmp_mb is the size of a /tmp of its own, in which what the machine's has under the names in kept_in_tmp is there, too."""

    def __init__(self, extensions=(), tmp_mb=0, layers=(), kept_in_tmp=()):
        files = [part for file, name in extensions for part in (outside_opt(file), name)]
        layers = [outside_opt(each) for each in layers]
        self._set_up = [*map(str, (tmp_mb, len(files) // 2, len(layers), len(kept_in_tmp))), *layers, *files, *kept_in_tmp]

    def start(self, command, env, **streams_and_place) -> subprocess.Popen:
        """As Popen does, without a standard input. Returns the process around process 1."""
        enter, leave = commands()
        process = subprocess.Popen(
            ["setpriv", "--pdeathsig", "KILL", *enter, "sh", "-c", SET_UP, "sh", *self._set_up,
             *leave, "env", "-i", "sh", "-c", WITH_ENVIRONMENT, "sh", *command],
            stdin=subprocess.PIPE, start_new_session=True, **streams_and_place)
        # If it has ended already, its status shows it.
        with contextlib.suppress(BrokenPipeError), process.stdin as standard_input:
            standard_input.write(_as_shell(env))
        return process
