"""A function that does what its event asks, for real, and reports what it used.

    cpuMs       burn this much CPU time
    allocateMb  allocate and touch this much memory for as long as the invocation lasts
    leakMb      allocate and touch this much memory and never give it back
    tmpMb       leave a file of this size in /tmp
    readMb      read this much back from it
    sleepMs     wait
    children    run this many child processes, each burning childCpuMs (default 10)
    log         print this text
    fail        raise an error with this text
    exit        end the runtime's process with this status, in the middle of the invocation
    hang        do not return: the function's timeout ends it

The answer holds the request id, the CPU time, in ms, that the kernel charged to this process and its children, and the
time that has passed.
"""
import os
import resource
import subprocess
import sys
import time

MB = 1 << 20
SPILL = "/tmp/lambda-vitals-demo"
LEAK = []
BURN = "import sys, time\nwhile time.process_time() * 1000 < float(sys.argv[1]): pass"


def cpu_ms():
    used = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(u.ru_utime + u.ru_stime for u in used) * 1000


def burn(milliseconds):
    end = time.process_time() + milliseconds / 1000
    while time.process_time() < end:
        pass


def spill(megabytes):
    with open(SPILL, "wb") as file:
        for _ in range(megabytes):
            file.write(os.urandom(MB))
        file.flush()
        os.fsync(file.fileno())


def run_children(count, milliseconds):
    children = [subprocess.Popen([sys.executable, "-S", "-c", BURN, str(milliseconds)]) for _ in range(count)]
    for child in children:
        child.wait()


def handler(event, context):
    before, started = cpu_ms(), time.monotonic()
    if "log" in event:
        os.write(1, f"{event['log']}\n".encode())  # one write: RIE mixes the streams of all processes
    memory = bytearray(event.get("allocateMb", 0) * MB)
    memory[::4096] = b"\1" * len(memory[::4096])
    if "leakMb" in event:
        LEAK.append(b"\1" * event["leakMb"] * MB)
    burn(event.get("cpuMs", 0))
    if "tmpMb" in event:
        spill(event["tmpMb"])
    if "readMb" in event:
        with open(SPILL, "rb") as file:
            file.read(event["readMb"] * MB)
    run_children(event.get("children", 0), event.get("childCpuMs", 10))
    time.sleep(event.get("sleepMs", 0) / 1000)
    if "fail" in event:
        raise RuntimeError(event["fail"])
    if "exit" in event:
        os._exit(event["exit"])
    while event.get("hang"):
        time.sleep(1)
    return {"requestId": context.aws_request_id, "cpuMs": round(cpu_ms() - before, 3),
            "wallMs": round((time.monotonic() - started) * 1000, 3), "pid": os.getpid()}
