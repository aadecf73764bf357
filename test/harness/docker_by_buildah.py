"""Docker's command line, as far as the documentation uses it, played by buildah, which needs no daemon.

    docker_by_buildah.py STORAGE build [OPTION...] CONTEXT
    docker_by_buildah.py STORAGE tag IMAGE NAME
    docker_by_buildah.py STORAGE push NAME        is recorded in STORAGE/pushed and sent nowhere
    docker_by_buildah.py STORAGE run [--rm] [-p PORT:PORT] [-e NAME=VALUE] IMAGE

Images come only from STORAGE: nothing is fetched. A container has its processes to itself, and the network of the caller.
"""
import argparse
import contextlib
import json
import os
import pathlib
import resource
import signal
import socket
import subprocess
import sys
import threading

NO_FETCHING = ["--pull-never"]


def buildah(storage):
    return ["buildah", "--root", f"{storage}/images", "--runroot", f"{storage}/run", "--storage-driver", "vfs"]


def signed_by_anyone(storage):
    policy = pathlib.Path(storage, "policy.json")
    policy.write_text('{"default": [{"type": "insecureAcceptAnything"}]}')
    return ["--signature-policy", str(policy)]


def own_limits():
    """buildah would raise them to more than this machine may allow."""
    for name, limit in (("nofile", resource.RLIMIT_NOFILE), ("nproc", resource.RLIMIT_NPROC)):
        soft, hard = resource.getrlimit(limit)
        yield from ("--ulimit", f"{name}={soft}:{hard}")


def build(storage, arguments):
    command = [*buildah(storage), "build", "--isolation", "chroot", *NO_FETCHING, *signed_by_anyone(storage), *arguments]
    os.execvp(command[0], command)


def tag(storage, arguments):
    command = [*buildah(storage), "tag", *arguments]
    os.execvp(command[0], command)


def push(storage, arguments):
    (name,) = arguments
    subprocess.run([*buildah(storage), "inspect", "--type", "image", name], stdout=subprocess.DEVNULL, check=True)
    with pathlib.Path(storage, "pushed").open("a") as pushed:
        pushed.write(name + "\n")


def start_command(storage, image):
    """What the image starts with: its entry point, and what that is given."""
    said = subprocess.run([*buildah(storage), "inspect", "--type", "image", image], capture_output=True, check=True).stdout
    config = json.loads(said)["OCIv1"]["config"]
    return [*config.get("Entrypoint", []), *config.get("Cmd", [])]


def relay(listener, port):
    """Every connection that comes is one to the container's port."""
    def copy(source, target):
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)

    while True:
        near, _ = listener.accept()
        try:
            far = socket.create_connection(("127.0.0.1", port))
        except OSError:
            near.close()
            continue
        for pair in ((near, far), (far, near)):
            threading.Thread(target=copy, args=pair, daemon=True).start()


def run(storage, arguments):
    parser = argparse.ArgumentParser(prog="docker run")
    parser.add_argument("--rm", action="store_true", required=True)
    parser.add_argument("-p", dest="ports", action="append", default=[])
    parser.add_argument("-e", dest="env", action="append", default=[])
    parser.add_argument("image")
    options = parser.parse_args(arguments)
    for ports in options.ports:
        near, far = map(int, ports.split(":"))
        threading.Thread(target=relay, args=(socket.create_server(("127.0.0.1", near)), far), daemon=True).start()
    container = subprocess.run([*buildah(storage), "from", *NO_FETCHING, *signed_by_anyone(storage), *own_limits(),
                                options.image], stdout=subprocess.PIPE, text=True, check=True).stdout.strip()
    try:
        settings = [part for setting in options.env for part in ("--env", setting)]
        inside = subprocess.Popen(["setpriv", "--pdeathsig", "KILL", "unshare", "--pid", "--mount", "--fork",
                                   "--kill-child=KILL", "--mount-proc", *buildah(storage), "run", "--isolation", "chroot",
                                   *settings, container, "--", *start_command(storage, options.image)],
                                  stdin=subprocess.DEVNULL)
        try:
            return inside.wait()
        finally:
            inside.kill()
            inside.wait()
    finally:
        subprocess.run([*buildah(storage), "rm", container], stdout=subprocess.DEVNULL, check=True)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    storage_place, verb, *rest = sys.argv[1:]
    sys.exit({"build": build, "push": push, "run": run, "tag": tag}[verb](storage_place, rest))
