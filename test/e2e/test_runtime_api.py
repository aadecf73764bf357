"""AWS_LAMBDA_RUNTIME_API as emulators give it: a host name, an IPv6 address, a path."""
import os
import pathlib
import subprocess
import time

import pytest

from names import (A, CNAME, NXDOMAIN, REFUSED, SERVFAIL, NameServer, Proxy, etc, may_bind_and_mount, query_of, record, response,
                   right)
from rie import Rie, free_ports

AS_ROOT = pytest.mark.skipif(not may_bind_and_mount(), reason="a private /etc and port 53 need root")
FUNCTION = pathlib.Path(__file__).resolve().parents[1] / "functions" / "shell"
SERVER = "127.53.0.1"
NOWHERE = "127.53.0.2"


def api(value, *command):
    """Shell code that sets the API to this value, with the sandbox's port for $PORT, and starts the extension with the command."""
    words = " ".join("'" + each.replace("'", "'\\''") + "'" for each in command)
    return f'PORT=${{AWS_LAMBDA_RUNTIME_API##*:}}\nexport AWS_LAMBDA_RUNTIME_API="{value}"\nexec {words} "$@"'


def has_telemetry(seen):
    return seen.warnings == "" and all("billed_duration" in each for each in seen.records)


@AS_ROOT
@pytest.mark.parametrize(("hosts", "name"), [
    ("127.0.0.1 localhost\n127.0.0.1 host.docker.internal # a comment\n", "host.docker.internal"),
    ("fd00::1 api.test\n127.0.0.9 api.test\n127.0.0.1 api.test\n", "API.test"),  # only the last one is served
    ("", "localhost"),
])
def test_a_name_in_the_hosts_file(survive, tmp_path, hosts, name):
    assert has_telemetry(survive(setup=api(f"{name}:$PORT", *etc(tmp_path, hosts, [NOWHERE]))))


def forged(message):
    ident = bytes([message[0] ^ 1]) + message[1:2]
    address = record(A, bytes([127, 9, 9, 9]))
    return [response(message, address, id_=ident), response(message, address, flags=0x0100),
            message[:14] + b"\xff" * 40, b"\0", os.urandom(600)]


def aliased(message):
    if query_of(message)[2] != A:
        return [response(message)]
    return [response(message, record(CNAME, b"\1b\xc0\x10"), record(A, bytes([127, 0, 0, 1]), b"\1b\xc0\x10"))]


KNOWS = right("127.0.0.1")
GOOD = {
    "answers": KNOWS,
    "knows an alias": aliased,
    "is late": lambda message: [0.7, *KNOWS(message)],
    "comes after a forger": lambda message: [*forged(message), 0.05, *KNOWS(message)],
    "answers twice": lambda message: KNOWS(message) * 2,
}


@AS_ROOT
@pytest.mark.parametrize("kind", GOOD)
def test_a_name_server_that(survive, tmp_path, kind):
    with NameServer(SERVER, GOOD[kind]) as server:
        seen = survive(setup=api("api.test:$PORT", *etc(tmp_path, servers=[SERVER])))
    assert has_telemetry(seen) and server.queries


@AS_ROOT
@pytest.mark.parametrize("first", ["is not there", "is silent", "does not know", "loses every other"])
def test_another_try(survive, tmp_path, first):
    lost = []

    def answers(message):
        lost.append(message)
        return {"is silent": [], "does not know": [response(message, code=SERVFAIL)], "is not there": [],
                "loses every other": KNOWS(message) if len(lost) > 2 else []}[first]
    servers = [NOWHERE if first == "is not there" else SERVER]
    if first != "loses every other":
        servers.append("127.53.0.3")
    with NameServer(SERVER, answers), NameServer("127.53.0.3", KNOWS):
        assert has_telemetry(survive(setup=api("api.test:$PORT", *etc(tmp_path, servers=servers))))


@AS_ROOT
def test_a_search_domain(survive, tmp_path):
    with NameServer(SERVER, right("127.0.0.1", "api.svc.test")) as server:
        setup = api("api:$PORT", *etc(tmp_path, servers=[SERVER], more="search other.test svc.test\noptions ndots:5\n"))
        assert has_telemetry(survive(setup=setup))
    assert [query_of(each)[1] for each in server.queries[::2]] == ["api.other.test", "api.svc.test"]


@AS_ROOT
def test_a_name_with_an_ipv6_address_only(survive, tmp_path):
    port, = free_ports(1)
    with Proxy(port, "::1") as proxy, NameServer(SERVER, right("::1")):
        seen = survive(setup=api(f"api.test:{proxy.port}", *etc(tmp_path, servers=[SERVER])), options=["--api-port", str(port)])
    assert has_telemetry(seen) and proxy.paths


SILENT = {
    "is silent": lambda message: [],
    "sends garbage": lambda message: [os.urandom(40), b"", message[:11]],
    "has the wrong id": lambda message: [response(message, record(A, bytes(4)), id_=bytes([message[0] ^ 1, message[1]]))],
}
AT_ONCE = {
    "does not know the name": lambda message: [response(message, code=NXDOMAIN)],
    "has no address": lambda message: [response(message)],
    "refuses": lambda message: [response(message, code=REFUSED)],
    "truncates": lambda message: [response(message, flags=0x8380)],
}


@AS_ROOT
@pytest.mark.parametrize("kind", [*SILENT, *AT_ONCE, "is not there"])
def test_a_name_that_nobody_knows(extension, tmp_path, kind):
    """Within 2 s it reports what happened, what it does now and what to do."""
    place = etc(tmp_path, servers=[NOWHERE if kind == "is not there" else SERVER])
    with NameServer(SERVER, {**SILENT, **AT_ONCE}.get(kind, KNOWS)):
        begin = time.monotonic()
        run = subprocess.run([*place, extension], capture_output=True, text=True, timeout=30,
                             env={"AWS_LAMBDA_RUNTIME_API": "api.test:9001", "PATH": os.environ["PATH"]})
        took = time.monotonic() - begin
    assert (run.returncode, run.stdout) == (2, "")
    (sentence,) = run.stderr.splitlines()
    for part in ('AWS_LAMBDA_RUNTIME_API is "api.test:9001"', "/etc/hosts", "/etc/resolv.conf", "exits with 2", "set it to"):
        assert part in sentence
    assert ("unknown to" in sentence) == (kind in ("does not know the name", "has no address"))
    assert 2 <= took < 4 if kind in SILENT else took < 2


@pytest.mark.parametrize(("host", "prefix"), [("127.0.0.1", "/some/prefix"), ("::1", ""), ("::1", "/.rt/function")])
def test_an_address_with_a_path(survive, host, prefix):
    """Each request goes below the path: register, the subscription, event/next."""
    port, = free_ports(1)
    with Proxy(port, host, prefix) as proxy:
        authority = f"[{host}]" if ":" in host else host
        seen = survive(setup=api(f"{authority}:{proxy.port}{prefix}"), options=["--api-port", str(port)])
    assert has_telemetry(seen)
    assert {path.removeprefix(prefix) for path in proxy.paths} == {
        "/2020-01-01/extension/register", "/2022-07-01/telemetry", "/2020-01-01/extension/event/next"}
    assert all(path.startswith(prefix + "/20") for path in proxy.paths)


def test_under_rie_by_name(rie, extension, tmp_path_factory, check_lines):
    """As an image whose entry point sets the variable. The end of an invocation is seen on the connections to the address."""
    if os.geteuid() != 0:
        pytest.skip("the wrapper lies where only root looks")
    folder = tmp_path_factory.mktemp("named")
    real = folder / "lambda-vitals"
    real.write_bytes(extension.read_bytes())
    real.chmod(0o755)
    wrapper = folder / "wrapper"
    wrapper.write_text(f'#!/bin/sh\n{api("localhost:$PORT/")}\n'.replace('"$@"', str(real)))
    wrapper.chmod(0o755)
    with Rie(rie, wrapper, ["./bootstrap"], cwd=FUNCTION) as lambda_:
        for _ in range(3):
            lambda_.invoke()
        assert lambda_.terminate() == 0
        assert len(check_lines(lambda_.emf_lines())) == 3
