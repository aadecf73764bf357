"""Between an extension and a Runtime API that is not given as an address: files in /etc, name servers that answer,
lie or are silent, and a proxy at an IPv6 address or below a path.

    server = NameServer("127.53.0.1", right("127.0.0.1"))
    setup = etc(folder, hosts="127.0.0.1 api.test", servers=[server.address]) + api("api.test:$PORT")
"""
import contextlib
import os
import pathlib
import re
import shlex
import socket
import struct
import threading
import time

A, CNAME, AAAA = 1, 5, 28
NXDOMAIN, SERVFAIL, REFUSED = 3, 2, 5


def etc(folder: pathlib.Path, hosts="", servers=(), more="") -> list[str]:
    """The command that runs another one with an /etc that has these two files only."""
    place = folder / "etc"
    place.mkdir(exist_ok=True)
    (place / "hosts").write_text(hosts)
    (place / "resolv.conf").write_text("".join(f"nameserver {server}\n" for server in servers) + more)
    return ["unshare", "--mount", "sh", "-c", f'mount --bind {shlex.quote(str(place))} /etc && exec "$@"', "sh"]


def query_of(message: bytes):
    """The id, the name, the type and the bytes of the question."""
    at, labels = 12, []
    while message[at]:
        labels.append(message[at + 1:at + 1 + message[at]].decode())
        at += 1 + message[at]
    kind, = struct.unpack_from("!H", message, at + 1)
    return message[:2], ".".join(labels), kind, message[12:at + 5]


def record(kind: int, data: bytes, owner=b"\xc0\x0c") -> bytes:
    return owner + struct.pack("!HHIH", kind, 1, 60, len(data)) + data


def response(message: bytes, *records: bytes, code=0, flags=0x8180, id_=None) -> bytes:
    own_id, _, _, question = query_of(message)
    return (id_ or own_id) + struct.pack("!HHHHH", flags | code, 1, len(records), 0, 0) + question + b"".join(records)


def right(address: str, name="api.test"):
    """The answers to a query: what a name server does that knows one address of one name."""
    kind = AAAA if ":" in address else A
    data = socket.inet_pton(socket.AF_INET6 if kind == AAAA else socket.AF_INET, address)

    def answers(message):
        _, asked, wanted, _ = query_of(message)
        if asked.lower() != name:
            return [response(message, code=NXDOMAIN)]
        return [response(message, *([record(kind, data)] if wanted == kind else []))]
    return answers


class NameServer(threading.Thread):
    """Sends what `answers` makes of each query; a number among the answers is a pause in seconds."""

    def __init__(self, address: str, answers):
        super().__init__(daemon=True)
        self.address, self._answers = address, answers
        self.queries: list[bytes] = []
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((address, 53))

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as end:
            end.sendto(b"", (self.address, 53))
        self.join(5)
        self._socket.close()

    def run(self):
        while True:
            message, client = self._socket.recvfrom(2048)
            if not message:
                return
            self.queries.append(message)
            threading.Thread(target=self._answer, args=(message, client), daemon=True).start()

    def _answer(self, message, client):
        for answer in self._answers(message):
            if not isinstance(answer, bytes):
                time.sleep(answer)
                continue
            with contextlib.suppress(OSError):  # it has been closed meanwhile
                self._socket.sendto(answer, client)


class Proxy:
    """Passes on to 127.0.0.1:`port` what is below a path, and remembers each path that was asked for."""

    def __init__(self, port: int, host="127.0.0.1", prefix=""):
        self._port, self._prefix = port, prefix
        self.paths: list[str] = []
        self._server = socket.create_server((host, 0), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
        self.port = self._server.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._server.close()

    def _accept(self):
        while True:
            try:
                client, _ = self._server.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client):
        with client, socket.create_connection(("127.0.0.1", self._port)) as api:
            threading.Thread(target=self._copy, args=(api, client), daemon=True).start()
            while data := self._received(client):  # a request: the extension sends each in one piece
                path = re.match(rb"[A-Z]+ (\S+)", data)[1].decode()
                self.paths.append(path)
                if not path.startswith(self._prefix + "/"):
                    return
                api.sendall(data.replace(path.encode(), path.removeprefix(self._prefix).encode(), 1))

    def _copy(self, api, client):
        try:
            while data := self._received(api):
                client.sendall(data)
            client.shutdown(socket.SHUT_RDWR)
        except OSError:
            return

    @staticmethod
    def _received(connection):
        try:
            return connection.recv(1 << 16)
        except OSError:
            return b""


def may_bind_and_mount() -> bool:
    return os.geteuid() == 0
