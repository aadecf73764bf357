"""Network bytes, compared with the kernel's own counters, over a veth link between two network namespaces."""
import json
import subprocess
import threading
import time

import pytest

from accuracy import event, measure, same, sleep, workload  # noqa: F401
from accuracy_places import Link, link, place  # noqa: F401
from sandbox import LiveSandbox

AMONG_ALL = ()  # processes of the machine: the link's namespaces are known by their pids
API_PORT = 9001  # free, in a network namespace of its own
NETWORK = ("rx_bytes", "tx_bytes", "total_network")


def exchange(send):
    return {"do": "exchange", "host": Link.PEER, "port": Link.PORT, "send": send}


def invoke_inside(link, lambda_, payload):
    (truth,) = lambda_.of_type("listening")
    command = [*link.inside(link.near), "curl", "--silent", "--fail", "--data", json.dumps(payload), truth["url"]]
    subprocess.run(command, check=True, capture_output=True, timeout=30)


@pytest.mark.parametrize("sent", [1, 50_000, 3_000_000])
def test_bytes_are_those_of_the_link(measure, link, sent):
    run = measure([event(exchange(sent), sleep(30)), event(sleep(5)), event(exchange(sent), exchange(sent), sleep(30))],
                  through=AMONG_ALL)
    for record, truth in run.pairs:
        same("rx_bytes", record["rx_bytes"], truth["rxBytes"]["veth0"])
        same("tx_bytes", record["tx_bytes"], truth["txBytes"]["veth0"])
        same("total_network", record["total_network"], record["rx_bytes"] + record["tx_bytes"])
    assert run.records[0]["rx_bytes"] > Link.ANSWER and run.records[0]["tx_bytes"] > sent


def test_loopback_is_not_counted(measure, link):
    """The Runtime API's traffic goes over the loopback interface."""
    call = {"do": "exchange", "host": "127.0.0.1", "port": API_PORT, "send": 0}
    run = measure([event(call, sleep(5))] * 3, options=["--api-port", str(API_PORT)], through=AMONG_ALL)
    for record, truth in run.pairs[1:]:
        same("rx_bytes and tx_bytes", [record["rx_bytes"], record["tx_bytes"]], [0, 0])
    assert all(truth["rxBytes"]["lo"] > 0 for _, truth in run.pairs)


# Where a busy machine makes the extension late (docs/accuracy.md).
ABSENT_WHERE_LATE = ("cpu_total_time", "cpu_user_time", "cpu_system_time", "cpu_utilization", "cpu_wait_time", "memory_end")


@pytest.mark.parametrize("again", [False, True], ids=["vanishes", "starts from zero"])
def test_an_interface_that_is_not_what_it_was_costs_its_own_metrics(extension, link, again):
    with LiveSandbox(extension, [workload()], cwd=".", env={"LAMBDA_VITALS_TELEMETRY_PORT": "0"}) as lambda_:
        invoke_inside(link, lambda_, event(exchange(20_000), sleep(10)))
        running = threading.Thread(target=invoke_inside, args=(link, lambda_, event(sleep(1200))))
        running.start()
        time.sleep(0.4)
        link.remove()
        if again:
            link.up()
        running.join()
        invoke_inside(link, lambda_, event(sleep(5)))
        lambda_.terminate()
        before, changed, _ = (json.loads(line) for line in lambda_.emf_lines())
    assert all(before[name] > 0 for name in NETWORK)
    assert not set(NETWORK) & set(changed)
    assert set(before) - set(changed) - set(NETWORK) <= {"init_duration", "init_cpu_time", "runtime_version", *ABSENT_WHERE_LATE}
