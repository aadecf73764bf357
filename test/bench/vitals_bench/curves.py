"""How cost grows: curves of CPU time and memory, measured for ours and the floor."""
from .driver import drive
from .tables import number

FLOOR_MOST_PROCESSES = 64  # the floor keeps no more than so many


def _per_invocation(run):
    return run["cpu_mean_ns"] / 1000


def _processes(program, count, effort):
    run = drive([program.path], invocations=max(20, min(effort.curve_invocations, 20_000 // count)), processes=count,
                pause_us=300, warm_up=5, seconds=600)
    return {"cpu": _per_invocation(run), "memory": run["pss_peak_kb"] / 1024}


def _telemetry(program, events, effort):
    run = drive([program.path], invocations=effort.curve_invocations, pause_us=300, extra_events=events)
    return {"cpu": _per_invocation(run), "memory": run["pss_peak_kb"] / 1024}


def _rate(program, per_second, effort):
    count = max(10, int(per_second * effort.curve_seconds / 2))
    run = drive([program.path], invocations=count, pause_us=1_000_000 // per_second)
    return {"cpu": _per_invocation(run), "share": 100 * run["cpu_ns"] / run["wall_ns"]}


def _length(program, ms, effort):
    count = max(2, min(effort.curve_invocations, effort.curve_seconds * 1000 // ms))
    run = drive([program.path], invocations=count, duration_us=ms * 1000, pause_us=300, warm_up=2, seconds=600)
    return {"cpu": _per_invocation(run), "share": 100 * run["cpu_ns"] / run["wall_ns"]}


CURVES = {
    "processes": (_processes, "processes of the function", (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000),
                  {"cpu": "CPU per invocation, µs", "memory": "memory (Pss), MB"}),
    "telemetry": (_telemetry, "further events in each batch of telemetry", (1, 3, 10, 30, 100, 300, 1000),
                  {"cpu": "CPU per invocation, µs", "memory": "memory (Pss), MB"}),
    "rate": (_rate, "invocations per second", (1, 3, 10, 30, 100, 300, 1000),
             {"cpu": "CPU per invocation, µs", "share": "share of one core, %"}),
    "length": (_length, "length of the invocation, ms", (1, 3, 10, 30, 100, 300, 1000, 3000, 10_000),
               {"cpu": "CPU per invocation, µs", "share": "share of one core, %"}),
}


def measure(names, programs, effort, tell):
    """{curve: {program: [{"x": …, quantity: …}]}}"""
    result = {}
    for name in names:
        run, label, points, _ = CURVES[name]
        result[name] = {program.name: [] for program in programs}
        for x in points[effort.curve_points]:
            for program in programs:
                if name == "processes" and program.name == "C floor" and x > FLOOR_MOST_PROCESSES:
                    continue
                tell(f"curve: {x} {label}, {program.name}")
                result[name][program.name].append({"x": x, **run(program, x, effort)})
    return result


def markdown(curves):
    """A table for each curve: a row for each point, a column for each quantity of each program."""
    return "\n\n".join(_table(name, by_program) for name, by_program in curves.items())


def _table(name, by_program):
    _, label, _, quantities = CURVES[name]
    columns = [(quantity, program) for quantity in quantities for program in by_program]
    values = {(program, point["x"]): point for program, points in by_program.items() for point in points}
    head = [label, *(f"{quantities[quantity]}: {program}" for quantity, program in columns)]
    rows = [[f"{x:,}", *(number(values.get((program, x), {}).get(quantity), quantity) for quantity, program in columns)]
            for x in sorted({x for _, x in values})]
    lines = [head, ["---"] * len(head), *rows]
    return f"`./scripts/bench --only {name}`\n\n" + "\n".join(f"| {' | '.join(each)} |" for each in lines)
