"""A mount and a PID namespace in which /opt is ours and a process is process 1, as root, as a user, or through sudo.

    with_opt = Namespaces(extensions=[("build/release/lambda-vitals", "lambda-vitals")])
    process = with_opt.start(["aws-lambda-rie", …], {"PATH": …}, cwd=functions, stdout=…, stderr=…)

The machine's own /opt is as it was, and with process 1 goes everything that it started.
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

# Runs as root of the new namespaces: an /opt of our own, with the content of layers and with extensions in it if there are any,
# and a /tmp of our own if a size is given, in which what must be kept of the machine's /tmp is where it was. Then the
# command, no longer as root where we are not.
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
# The environment comes through standard input: what stands in a command line every user of the machine can read.
WITH_ENVIRONMENT = '. /dev/stdin; exec "$@" </dev/null'

# What forbids namespaces to users, the value with which it does, and what an administrator can do about it.
RESTRICTIONS = (
    ("kernel/apparmor_restrict_unprivileged_userns", "1", "AppArmor restricts user namespaces here, as on Ubuntu 24.04;"
     " until the next boot, this allows them: sudo sysctl kernel.apparmor_restrict_unprivileged_userns=0"),
    ("kernel/unprivileged_userns_clone", "0", "only root may use user namespaces here;"
     " until the next boot, this allows them: sudo sysctl kernel.unprivileged_userns_clone=1"),
    ("user/max_user_namespaces", "0", "user namespaces are switched off here;"
     " until the next boot, this allows them: sudo sysctl user.max_user_namespaces=10000"),
)


def own_processes() -> list[str]:
    """What runs a command where /proc shows its own processes only, as in Lambda: the other ones of a busy machine cost the
    extension milliseconds. Root may do so; for others it runs among all processes."""
    return UNSHARE if os.getuid() == 0 else []


class NamespacesError(Exception):
    """There can be no such namespaces here; the text says why, and what to do."""


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
    """What makes the namespaces, and what gives up root inside them."""
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
    """Our own /opt hides the machine's: nothing that runs in the namespaces may lie there."""
    if lies_in(path, "/opt"):
        raise NamespacesError(f"{path} lies in /opt, which an /opt/extensions of its own hides: use one from elsewhere")
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
        """As Popen does, without a standard input; what is given back is the process around process 1."""
        enter, leave = commands()
        process = subprocess.Popen(
            ["setpriv", "--pdeathsig", "KILL", *enter, "sh", "-c", SET_UP, "sh", *self._set_up,
             *leave, "env", "-i", "sh", "-c", WITH_ENVIRONMENT, "sh", *command],
            stdin=subprocess.PIPE, start_new_session=True, **streams_and_place)
        # If it has ended already, its status shows it.
        with contextlib.suppress(BrokenPipeError), process.stdin as standard_input:
            standard_input.write(_as_shell(env))
        return process
