"""Runs libFuzzer targets, several at a time, and prints what each has done.

    fuzz.py [--seconds N] [--jobs N] [--replay] BUILD CORPUS [TARGET...]

BUILD holds the programs fuzz-TARGET, CORPUS a folder of seeds for each target. Exit status 1 when one failed.
"""
import argparse
import concurrent.futures
import os
import pathlib
import re
import signal
import subprocess
import sys
import threading

INPUT_SECONDS = 10  # one input that takes longer has found something, too
MEMORY_MB = 1024
PROGRESS_SECONDS = 30

running, lock = {}, threading.Lock()


def figures(log):
    """Executions, edges covered and inputs in the corpus, as libFuzzer's log last reported them."""
    progress = re.findall(r"^#(\d+)\s+\w+\s+cov: (\d+) ft: \d+ corp: (\d+)", log, re.M)
    runs = re.search(r"^Done (\d+) runs", log, re.M)
    executions, edges, corpus = progress[-1] if progress else (0, 0, 0)
    return int(runs[1] if runs else executions), int(edges), int(corpus)


def command(options, target):
    found, failures = options.build / "found" / target, options.build / "failures" / target
    for folder in (found, failures):
        folder.mkdir(parents=True, exist_ok=True)
    common = [options.build / f"fuzz-{target}", f"-timeout={INPUT_SECONDS}", f"-rss_limit_mb={MEMORY_MB}",
              f"-artifact_prefix={failures}/"]
    if options.replay:
        return [*common, "-runs=0", options.corpus / target]
    return [*common, f"-max_total_time={options.seconds}", found, options.corpus / target]


def run(options, target):
    log = options.build / f"{target}.log"
    with log.open("w") as out:
        process = subprocess.Popen(command(options, target), stdin=subprocess.DEVNULL, stdout=out, stderr=out)
    with lock:
        running[target] = (process, log)
    try:
        status = process.wait(timeout=options.seconds + 300)
    except subprocess.TimeoutExpired:
        process.kill()
        status = process.wait()
    with lock:
        del running[target]
    return target, status, log.read_text(errors="replace")


def tell_progress(done):
    while not done.wait(PROGRESS_SECONDS):
        with lock:
            now = {target: figures(log.read_text(errors="replace"))[0] for target, (_, log) in running.items()}
        print("    " + ", ".join(f"{target}: {count:,}" for target, count in now.items()), file=sys.stderr, flush=True)


def report(results, failures):
    print(f"{'target':<20}{'executions':>14}{'edges':>9}{'inputs':>8}  outcome")
    for target, status, log in results:
        executions, edges, corpus = figures(log)
        print(f"{target:<20}{executions:>14,}{edges:>9,}{corpus:>8,}  {'ok' if status == 0 else 'FAILED'}")
    for target, status, log in results:
        if status != 0:
            print(f"\n{target} ended with {status}; its input is in {failures / target}; the end of its log:\n{log[-3000:]}",
                  file=sys.stderr)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--replay", action="store_true")
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("corpus", type=pathlib.Path)
    parser.add_argument("targets", nargs="*")
    options = parser.parse_args()
    targets = options.targets or sorted(path.name for path in options.corpus.iterdir())

    done = threading.Event()
    threading.Thread(target=tell_progress, args=[done], daemon=True).start()
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        jobs = [pool.submit(run, options, target) for target in targets]
        try:
            results = [job.result() for job in jobs]
        except KeyboardInterrupt:
            for job in jobs:
                job.cancel()
            with lock:
                for process, _ in running.values():
                    process.terminate()
            sys.exit(130)
    done.set()
    report(results, options.build / "failures")
    sys.exit(any(status != 0 for _, status, _ in results))


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    main()
