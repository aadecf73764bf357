"""How cost grows: curves of CPU time and memory, measured for ours and the floor, drawn as SVG."""
from .driver import drive

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


def draw(curves, directory):
    """One SVG for each curve, and the same bytes for the same figures."""
    import matplotlib
    matplotlib.use("svg")
    matplotlib.rcParams.update({"svg.hashsalt": "lambda-vitals", "svg.fonttype": "none", "font.size": 10})
    from matplotlib import pyplot, ticker

    directory.mkdir(parents=True, exist_ok=True)
    files = []
    for name, by_program in curves.items():
        _, x_label, _, quantities = CURVES[name]
        figure, panels = pyplot.subplots(1, len(quantities), figsize=(9, 3.4), layout="constrained")
        for panel, (quantity, y_label) in zip(panels, quantities.items()):
            for (program, points), style in zip(by_program.items(), ("o-", "s--", "^:", "v-.")):
                panel.plot([point["x"] for point in points], [point[quantity] for point in points], style, label=program,
                           markersize=4)
            panel.set(xscale="log", yscale="linear" if quantity == "memory" else "log", xlabel=x_label, ylabel=y_label)
            if quantity == "memory":
                panel.set_ylim(bottom=0)
            panel.xaxis.set_major_formatter("{x:g}")
            panel.yaxis.set_major_formatter("{x:g}")
            if quantity != "memory":
                panel.yaxis.set_major_locator(ticker.LogLocator(subs=(1, 2, 5)))
                panel.yaxis.set_minor_formatter(ticker.NullFormatter())
            panel.grid(True, which="major", color="#dddddd")
        panels[0].legend(frameon=False)
        files.append(directory / f"{name}.svg")
        figure.savefig(files[-1], metadata={"Date": None}, facecolor="white")
        pyplot.close(figure)
    return files
