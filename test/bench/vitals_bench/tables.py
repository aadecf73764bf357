"""The figures as a person reads them: a table on the terminal, and the same as Markdown for docs/performance.md."""
FLOOR = "C floor"
NOTHING = "–"


def number(value, unit=""):
    if value is None:
        return NOTHING
    if unit == "" or value == 0:
        return f"{value:g}"
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.2f}" if abs(value) >= 1 else f"{value:.3f}"


def by_measure(figures):
    grouped = {}
    for figure in figures:
        grouped.setdefault(figure["measure"], []).append(figure)
    return grouped


def ratio(figure, group):
    floor = next((each["median"] for each in group if each["program"] == FLOOR), None)
    if not floor or figure["program"] == FLOOR or figure.get("interval"):
        return None
    return figure["median"] / floor


def interval(figure):
    low, high = figure["interval"]
    return f"{number(low, figure['unit'])} … {number(high, figure['unit'])}"


def text(figures):
    lines = []
    for group in by_measure(figures).values():
        unit = f" [{group[0]['unit']}]" if group[0]["unit"] else ""
        if group[0]["measure"].startswith("micro-"):
            continue
        lines.append(f"{group[0]['title']}{unit}")
        for figure in group:
            factor = ratio(figure, group)
            if "interval" in figure:
                rest = f"  95 %: {interval(figure)}"
            else:
                p99 = number(figure["p99"], figure["unit"]) if "p99" in figure else ""
                rest = f"{p99 and 'p99 ' + p99:>14}{f'{factor:.2f} × floor' if factor else '':>16}"
            lines.append(f"    {figure['program']:<16}{number(figure['median'], figure['unit']):>10}{rest}".rstrip())
    micro = [figure for figure in figures if figure["measure"].startswith("micro-")]
    if micro:
        lines.append("micro-benchmarks [µs, allocations]")
        lines += [f"    {each['title']:<36}{number(each['median'], 'µs'):>10}{each['notes']['allocations']:>8g}"
                  for each in micro]
    return "\n".join(lines)


def cell(figure, group):
    if figure is None:
        return NOTHING
    if "interval" in figure:
        return f"{number(figure['median'], figure['unit'])} ({interval(figure)})"
    out = number(figure["median"], figure["unit"])
    if "p99" in figure:
        out += f" / {number(figure['p99'], figure['unit'])}"
    factor = ratio(figure, group)
    return out + (f" ({factor:.2f}×)" if factor else "")


def markdown(figures, programs):
    """A row for each measure, a column for each program."""
    figures = [figure for figure in figures if not figure["measure"].startswith("micro-")]
    names = [*programs, *sorted({figure["program"] for figure in figures} - set(programs))]
    lines = ["| measure | unit | " + " | ".join(names) + " |", "|---|---|" + "---|" * len(names)]
    for group in by_measure(figures).values():
        found = {figure["program"]: figure for figure in group}
        cells = " | ".join(cell(found.get(name), group) for name in names)
        lines.append(f"| {group[0]['title']} | {group[0]['unit'] or NOTHING} | {cells} |")
    return "\n".join(lines)


def is_quota(figure):
    """It has a table of its own."""
    return figure["measure"].startswith("quota-")


def micro_markdown(figures):
    lines = ["| what | µs | allocations |", "|---|---|---|"]
    lines += [f"| {each['title']} | {number(each['median'], 'µs')} | {each['notes']['allocations']:g} |"
              for each in figures if each["measure"].startswith("micro-")]
    return "\n".join(lines)
