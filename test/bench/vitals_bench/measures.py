"""What is measured under bench-driver: each measure gives its figures, one for each program."""
from .driver import drive
from .figures import Figure, in_turns, of_samples
from .layer import our_layer, zip_bytes

MS = 1e6  # nanoseconds
MB = 1024  # kilobytes
PROCESSES = (1, 2, 8, 50)
PAUSE_US = 300  # in which the program goes to sleep, as it does between invocations


def start(programs, effort, tell, cold=False):
    rounds = effort.cold_starts if cold else effort.starts
    name, title = ("start-cold", "exec to first event/next, cold page cache") if cold else \
                  ("start", "exec to first event/next")
    samples = {program.name: [] for program in programs}
    cached = 0
    for number, program in in_turns(programs, rounds):
        tell(f"{title}: {number + 1} of {rounds}")
        run = drive([program.path], invocations=0, cold=cold)
        samples[program.name].append(run["exec_to_next_ns"] / MS)
        cached += cold and run["cached_bytes_at_exec"]
    notes = {"still_cached": True} if cached else {}
    return [of_samples(name, title, "ms", program.name, samples[program.name], **notes) for program in programs]


def start_cold(programs, effort, tell):
    return start(programs, effort, tell, cold=True)


def memory(programs, effort, tell):
    figures = []
    count = effort.memory_invocations
    for program in programs:
        tell(f"memory over {count:,} invocations: {program.name}")
        run = drive([program.path], invocations=count, seconds=900)
        for name, title, kb in (("memory-peak", "memory (Pss), peak", run["pss_peak_kb"]),
                                ("memory-steady", f"memory (Pss) after {count:,} invocations", run["pss_last_kb"])):
            figures.append(Figure(name, title, "MB", program.name, kb / MB,
                                  notes={"at_first_mb": run["pss_first_kb"] / MB, "VmHWM_mb": run["high_water_kb"] / MB}))
    return sorted(figures, key=lambda figure: figure.measure)


def cpu(programs, effort, tell):
    figures = []
    for telemetry in (True, False):
        for processes in PROCESSES:
            samples = {program.name: [] for program in programs}
            for number, program in in_turns(programs, effort.cpu_rounds):
                tell(f"CPU per invocation: {processes} processes, telemetry {'on' if telemetry else 'off'},"
                     f" round {number + 1} of {effort.cpu_rounds}")
                run = drive([program.path], invocations=effort.cpu_invocations, processes=processes, pause_us=PAUSE_US,
                            no_telemetry=not telemetry, samples=True)
                samples[program.name] += [each["cpu_ns"] / 1000 for each in run["samples"]]
            title = f"CPU per invocation, {processes} process{'es' * (processes > 1)}," \
                    f" {'with' if telemetry else 'without'} telemetry"
            name = f"cpu-{processes}{'' if telemetry else '-no-telemetry'}"
            figures += [of_samples(name, title, "µs", program.name, samples[program.name]) for program in programs]
    return figures


def long(programs, effort, tell):
    seconds = effort.long_seconds
    figures = []
    for program in programs:
        tell(f"CPU share in an invocation of {seconds} s: {program.name}")
        run = drive([program.path], invocations=1, warm_up=2, duration_us=seconds * 1_000_000, seconds=seconds * 4 + 60)
        figures.append(Figure("long", f"CPU share in an invocation of {seconds} s", "%", program.name,
                              100 * run["cpu_ns"] / run["wall_ns"]))
    return figures


def idle(programs, effort, tell):
    seconds = effort.idle_seconds
    figures = []
    for program in programs:
        tell(f"wake-ups in {seconds} s without an invocation: {program.name}")
        run = drive([program.path], invocations=5, idle_ms=seconds * 1000, seconds=seconds + 60)
        figures.append(Figure("idle", f"wake-ups in {seconds} s idle", "", program.name, run["idle"]["wakeups"]))
    return figures


def size(programs, effort, tell):
    tell("sizes")
    figures = []
    for program in programs:
        figures.append(Figure("size", "size of the binary", "kB", program.name, program.path.stat().st_size / 1000))
        figures.append(Figure("size-zip", "size of the binary in a zip", "kB", program.name,
                              zip_bytes(program.path) / 1000))
    figures.append(Figure("size-layer", "size of the layer zip, licences included", "kB", programs[0].name,
                          our_layer().stat().st_size / 1000))
    return sorted(figures, key=lambda figure: figure.measure)
