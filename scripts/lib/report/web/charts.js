// The charts of one function: each has a title that says what to see, an ECharts option, and its data as a table.
// A chart without data is null: what was not measured is not drawn.
import { bytes, count, mb, minute, ms, number, percent, share, transferred } from "./format.js";
import { base, band, line, timeAxis, valueAxis, zoom } from "./options.js";

const columns = (...head) => head.map((each, index) => ({ text: each, number: index > 0 }));
const has = (values) => values?.some((each) => each !== null);
const largest = (values) => values.reduce((most, each) => (each !== null && each > most ? each : most), -Infinity);

export function chartsOf(fn, drawn, clock, palette) {
  const context = { fn, drawn, palette, moments: (drawn.over_time?.step ?? []).map((step) => clock.start + step * clock.step), clock };
  return [durations, whatIf, memory, growth, failures, distribution, cpu, coldStarts, timeGoes, headroom, traffic, sandboxes]
    .map((chart) => chart(context)).filter(Boolean);
}

const rowsOver = (moments, ...series) => moments.map((moment, i) => [minute(moment), ...series.map(([values, format]) => format(values[i]))]);
const pairs = (moments, values) => moments.map((moment, i) => [moment, values[i]]);

function durations({ fn, drawn, moments, palette }) {
  const t = drawn.over_time;
  if (!t || !has(t.p50)) return null;
  const marks = (name, values, color, symbol, heights) => ({
    name, type: "scatter", symbol, itemStyle: { color }, z: 5,
    data: moments.map((moment, i) => ({ value: [moment, heights[i], values[i]], symbolSize: 6 + Math.min(8, 2 * Math.log2(values[i] || 1)) }))
      .filter((each) => each.value[2] > 0),
    show: (value) => `${count(value[2])}`,
  });
  return {
    id: "durations", wide: true,
    title: `Duration over time: half end within ${ms(fn.duration_p50)}, 5 % take longer than ${ms(fn.duration_p95)}`,
    table: { head: columns("from (UTC)", "invocations", "p50", "p95", "longest", "cold starts", "failed"),
      rows: rowsOver(moments, [t.invocations, count], [t.p50, ms], [t.p95, ms], [t.longest, ms], [t.cold, count], [t.failed, count]) },
    option: {
      ...base(palette, ms), ...zoom(palette), xAxis: timeAxis(palette), yAxis: valueAxis(palette, ms, { log: fn.duration_max > 25 * fn.duration_p50 }),
      series: [line("longest", pairs(moments, t.longest), palette.faint, { width: 1 }), line("p95", pairs(moments, t.p95), palette.series[1]),
        line("p50", pairs(moments, t.p50), palette.series[0]),
        marks("cold starts", t.cold, palette.series[2], "triangle", t.p50), marks("failed", t.failed, palette.bad, "diamond", t.longest)],
    },
  };
}

const withLegend = (option, names) => ({ ...option, legend: { ...option.legend, data: names } });

function whatIf({ fn, palette }) {
  const advice = fn.advice;
  if (!advice.curve) return null;
  const curve = advice.curve.filter((each) => each.size <= Math.max(3072, 1.5 * advice.memory_size, advice.fastest.size));
  const data = (name) => curve.map((each) => [each.size, each[name]]);
  const dollars = (value) => `$${number(value)}`;
  const marks = [["now", advice.now, palette.ink, "circle"], ["best value", advice.best_value, palette.good, "pin"],
    ["cheapest", advice.cheapest, palette.series[2], "triangle"], ["fastest", advice.fastest, palette.series[1], "diamond"]];
  return {
    id: "what-if", wide: true,
    title: `Cost and duration at other memory sizes: best value at ${mb(advice.best_value.size)}, now ${mb(advice.memory_size)}`,
    note: `Modelled from ${count(advice.warm_records)} warm invocations over ${number(advice.days)} days (confidence: ${advice.confidence}): `
      + `${ms(advice.cpu_ms)} of CPU time and ${ms(advice.wait_ms)} of waiting on average. ${advice.memory_floor === null ? "The memory that it needs was not measured." : `Never below ${mb(advice.memory_floor)}, which leaves a fifth free.`}`,
    table: { head: columns("memory", "duration", "duration, band", "p95", "cost of a million", "cost, band"),
      rows: curve.map((each) => [mb(each.size), ms(each.duration), `${ms(each.duration_low)} to ${ms(each.duration_high)}`,
        ms(each.duration_p95), dollars(each.cost), `${dollars(each.cost_low)} to ${dollars(each.cost_high)}`]) },
    option: {
      ...withLegend(base(palette, number), ["cost of a million", "duration", ...marks.map(([name]) => name)]), ...zoom(palette),
      grid: { left: 8, right: 16, top: 62, bottom: 30, containLabel: true },
      xAxis: { ...valueAxis(palette, mb), type: "value", min: 128, max: curve.at(-1).size, name: "" },
      yAxis: [valueAxis(palette, dollars, { name: "cost of a million" }), valueAxis(palette, ms, { name: "duration", right: true })],
      series: [
        ...band("cost, band", data("cost_low"), data("cost_high"), palette.series[0]),
        line("cost of a million", data("cost"), palette.series[0], { format: dollars }),
        line("duration", data("duration"), palette.series[1], { yAxisIndex: 1, dashed: true, format: ms }),
        ...marks.map(([name, at, color, symbol]) => ({ name, type: "scatter", symbol, symbolSize: 13, z: 6, itemStyle: { color },
          data: [[at.size, at.cost]], show: () => `${mb(at.size)}, ${dollars(at.cost)}, ${ms(at.duration)}` })),
      ],
    },
  };
}

function memory({ fn, drawn, moments, palette }) {
  const t = drawn.over_time;
  if (!t || !(has(t.memory_max) || has(t.memory_used))) return null;
  const peak = fn.memory_peak_max ?? fn.used_memory_max;
  return {
    id: "memory",
    title: `Memory: at most ${mb(peak)} of ${mb(fn.memory_size)} (${share(peak, fn.memory_size)})`,
    table: { head: columns("from (UTC)", "memory_peak, p50", "memory_peak, most", "used_memory_max", "memory size"),
      rows: rowsOver(moments, [t.memory_p50, mb], [t.memory_max, mb], [t.memory_used, mb], [t.memory_size, mb]) },
    option: {
      ...base(palette, mb), ...zoom(palette), xAxis: timeAxis(palette), yAxis: valueAxis(palette, mb),
      series: [line("memory size", pairs(moments, t.memory_size), palette.bad, { step: "end", width: 1.5, dashed: true }),
        line("used_memory_max", pairs(moments, t.memory_used), palette.faint, { width: 1 }),
        line("memory_peak, most", pairs(moments, t.memory_max), palette.series[1], { area: true }),
        line("memory_peak, p50", pairs(moments, t.memory_p50), palette.series[0])],
    },
  };
}

// A chart whose one colour needs no legend.
const bare = (bottom) => ({ legend: { show: false }, grid: { left: 8, right: 16, top: 12, bottom, containLabel: true } });

function growth({ fn, drawn, palette }) {
  const g = drawn.growth;
  if (!g || g.invocation.length < 3) return null;
  const leak = fn.findings.find((each) => each.kind === "leak");
  const ids = [...new Set(g.sandbox_id)];
  const of = (id) => g.invocation.map((at, i) => [at, g.memory[i], g.sandbox_id[i]]).filter((each) => each[2] === id).map((each) => each.slice(0, 2));
  return {
    id: "growth",
    title: leak?.text.includes("MB more") ? "Memory left after each invocation grows: a leak"
      : largest(g.invocation) < 25 ? "Memory left after each invocation: too few to tell a leak" : "Memory left after each invocation does not keep growing",
    note: "A line a sandbox, those that grew most. A leak is a line that keeps rising.",
    table: { head: columns("sandbox", "invocation", "memory"), rows: g.invocation.map((at, i) => [g.sandbox_id[i].slice(0, 8), count(at), mb(g.memory[i])]) },
    option: {
      ...base(palette, mb), ...zoom(palette), ...bare(46),
      xAxis: { ...valueAxis(palette, count), min: "dataMin", max: "dataMax", name: "invocation", nameLocation: "middle", nameGap: 26 },
      yAxis: valueAxis(palette, mb),
      series: ids.map((id, i) => line(id.slice(0, 8), of(id), palette.series[i % palette.series.length], { width: 1.5 })),
    },
  };
}

function failures({ fn, drawn, moments, palette }) {
  const t = drawn.over_time;
  if (!t || !fn.errors) return null;
  const bar = (name, values, color) => ({ name, type: "bar", stack: "failed", itemStyle: { color }, data: pairs(moments, values), barMaxWidth: 18 });
  return {
    id: "failures",
    title: `Failures: ${count(fn.errors)} of ${count(fn.lines)} invocations (${share(fn.errors, fn.lines)})`,
    table: { head: columns("from (UTC)", "errors", "timeouts", "out of memory"), rows: rowsOver(moments, [t.other_errors, count], [t.timed_out, count], [t.out_of_memory, count])
      .filter((_, i) => t.failed[i] > 0) },
    option: {
      ...base(palette, count), ...zoom(palette), xAxis: timeAxis(palette), yAxis: { ...valueAxis(palette, count), minInterval: 1 },
      series: [bar("errors", t.other_errors, palette.series[1]), bar("timeouts", t.timed_out, palette.bad), bar("out of memory", t.out_of_memory, palette.series[3])],
    },
  };
}

function distribution({ fn, drawn, palette }) {
  const d = drawn.distribution;
  if (!d?.step.length) return null;
  const steps = Array.from({ length: d.step.at(-1) - d.step[0] + 1 }, (_, i) => d.step[0] + i);
  const from = (step) => 10 ** (step / 24);
  const of = (values) => steps.map((step) => values[d.step.indexOf(step)] ?? 0);
  const bar = (name, values, color) => ({ name, type: "bar", stack: "all", barCategoryGap: "8%", itemStyle: { color }, data: of(values) });
  const rest = fn.init_p50 ?? fn.restore_p50;
  return {
    id: "distribution",
    title: rest !== null ? `Durations, cold starts apart: each cold start waits another ${ms(rest)} (p50) before its duration begins`
      : "How durations are distributed, cold starts apart",
    table: { head: columns("from", "to", "warm", "cold"), rows: d.step.map((step, i) => [ms(from(step)), ms(from(step + 1)), count(d.warm[i]), count(d.cold[i])]) },
    option: {
      ...base(palette, count), ...zoom(palette),
      xAxis: { type: "category", data: steps.map((step) => ms(from(step))), axisLabel: { color: palette.quiet, hideOverlap: true }, axisTick: { show: false }, axisLine: { lineStyle: { color: palette.rule } } },
      yAxis: { ...valueAxis(palette, count), minInterval: 1 },
      series: [bar("warm", d.warm, palette.series[0]), bar("cold", d.cold, palette.series[2])],
    },
  };
}

function cpu({ fn, drawn, palette }) {
  const c = drawn.cpu;
  if (!c?.step.length) return null;
  const most = largest(c.invocations);
  const at = (i) => [10 ** ((c.step[i] + 0.5) / 16), c.level[i] * 5 + 2.5, c.invocations[i]];
  const average = fn.cpu_utilization_avg;
  const says = average > 80 ? "it computes, so more memory (more CPU) shortens it" : average < 30 ? "it mostly waits" : "it computes and waits";
  return {
    id: "cpu",
    title: `CPU utilization against duration: ${percent(average)} on average, ${says}`,
    table: { head: columns("duration about", "CPU utilization", "invocations"), rows: c.step.map((_, i) => [ms(at(i)[0]), `${c.level[i] * 5} to ${c.level[i] * 5 + 5} %`, count(c.invocations[i])]) },
    option: {
      ...base(palette, percent), ...zoom(palette), ...bare(30),
      xAxis: { ...valueAxis(palette, ms), type: "log", splitLine: { show: false } },
      yAxis: { ...valueAxis(palette, percent), splitNumber: 5, max: (range) => Math.max(100, range.max) },
      series: [{ name: "invocations", type: "scatter", itemStyle: { color: palette.series[0], opacity: 0.55 },
        data: c.step.map((_, i) => ({ value: at(i), symbolSize: 4 + 18 * Math.sqrt(c.invocations[i] / most) })),
        show: (value) => `${count(value[2])} of about ${ms(value[0])} at ${percent(value[1])}` }],
    },
  };
}

function bars(rows, palette, format, limit) {
  return {
    ...base(palette, format), legend: { show: false }, grid: { left: 8, right: 64, top: 8, bottom: 8, containLabel: true },
    xAxis: { ...valueAxis(palette, format), max: limit, splitNumber: limit ? 5 : 4 },
    yAxis: { type: "category", inverse: true, data: rows.map((each) => each.name), axisTick: { show: false }, axisLine: { show: false }, axisLabel: { color: palette.ink } },
    series: [{ name: "value", type: "bar", barMaxWidth: 22, data: rows.map((each) => ({ value: each.value, itemStyle: { color: each.color, borderRadius: [0, 3, 3, 0] } })),
      label: { show: true, position: "right", color: palette.ink, formatter: ({ dataIndex }) => rows[dataIndex].text ?? format(rows[dataIndex].value) } }],
  };
}

function coldStarts({ fn, palette }) {
  const rows = [["init, p50", fn.init_p50, 0], ["init, p95", fn.init_p95, 0], ["CPU of init, average", fn.init_cpu_avg, 2],
    ["restore, p50", fn.restore_p50, 1], ["restore, p95", fn.restore_p95, 1]]
    .filter(([, value]) => value !== null).map(([name, value, color]) => ({ name, value, color: palette.series[color] }));
  if (!rows.length || !fn.cold_starts) return null;
  const computes = fn.init_cpu_avg !== null && fn.init_p50 ? (fn.init_cpu_avg > 0.7 * fn.init_p50 ? ": the init computes" : ": the init mostly waits") : "";
  return {
    id: "cold-starts", low: true,
    title: `Cold starts: ${count(fn.cold_starts)} (${share(fn.cold_starts, fn.lines)} of invocations)${computes}`,
    table: { head: columns("part", "time"), rows: rows.map((each) => [each.name, ms(each.value)]) },
    option: bars(rows, palette, ms),
  };
}

function timeGoes({ fn, palette }) {
  const rows = [["until the response begins", fn.response_latency_avg, 0], ["sending the response", fn.response_duration_avg, 2],
    ["runtime, after the response", fn.runtime_overhead_avg, 3], ["extensions, after the runtime", fn.extension_overhead_avg, 1]]
    .filter(([, value]) => value !== null).map(([name, value, color]) => ({ name, value, color: palette.series[color] }));
  if (!rows.length) return null;
  const whole = rows.reduce((sum, each) => sum + each.value, 0);
  rows.forEach((each) => { each.text = `${ms(each.value)} (${share(each.value, whole)})`; });
  const worst = rows.reduce((a, b) => (b.value > a.value ? b : a));
  return {
    id: "time-goes", low: true, title: `Where the time goes: ${share(worst.value, whole)} ${worst.name}`,
    table: { head: columns("part", "average"), rows: rows.map((each) => [each.name, each.text]) },
    option: { ...bars(rows, palette, ms), grid: { left: 8, right: 110, top: 8, bottom: 8, containLabel: true } },
  };
}

function headroom({ fn, palette }) {
  const rows = [["memory", fn.memory_peak_max ?? fn.used_memory_max, fn.memory_size, mb], ["/tmp", fn.tmp_used_max, fn.tmp_size, bytes],
    ["descriptors", fn.fd_use_max, fn.fd_limit, count], ["threads", fn.threads_max, 1024, count], ["timeout, p99", fn.duration_p99, fn.time_limit, ms]]
    .filter(([, used, limit]) => used !== null && limit)
    .map(([name, used, limit, format]) => ({ name, value: (100 * used) / limit, text: `${format(used)} of ${format(limit)}`,
      color: used / limit >= 0.8 ? palette.bad : used / limit >= 0.6 ? palette.warn : palette.good }));
  if (!rows.length) return null;
  const worst = rows.reduce((a, b) => (b.value > a.value ? b : a));
  return {
    id: "headroom", low: true, title: `Headroom: closest to its limit is ${worst.name}, at ${percent(worst.value)}`,
    table: { head: columns("limit", "share", "used"), rows: rows.map((each) => [each.name, percent(each.value), each.text]) },
    option: { ...bars(rows, palette, percent, Math.max(100, worst.value)), grid: { left: 8, right: 130, top: 8, bottom: 8, containLabel: true } },
  };
}

function traffic({ drawn, moments, palette, fn }) {
  const t = drawn.over_time;
  const all = [["received", t?.received, 0], ["sent", t?.sent, 1], ["read from disk", t?.disk_read, 2], ["written to disk", t?.disk_written, 3]]
    .filter(([, values]) => has(values) && largest(values) > 0);
  if (!all.length) return null;
  return {
    id: "traffic", title: `Network and disk: ${transferred((fn.rx_avg ?? 0) + (fn.tx_avg ?? 0))} sent and received by an invocation, on average`,
    table: { head: columns("from (UTC)", ...all.map(([name]) => name)), rows: rowsOver(moments, ...all.map(([, values]) => [values, transferred])) },
    option: {
      ...base(palette, transferred), ...zoom(palette), xAxis: timeAxis(palette), yAxis: valueAxis(palette, transferred),
      series: all.map(([name, values, color]) => line(name, pairs(moments, values), palette.series[color])),
    },
  };
}

function sandboxes({ fn, drawn, moments, palette, clock }) {
  const t = drawn.over_time;
  if (!t || !fn.sandboxes || !drawn.alive) return null;
  const alive = drawn.alive.step.map((step, i) => [clock.start + step * clock.step, drawn.alive.sandboxes[i]]);
  return {
    id: "sandboxes", title: `Sandboxes: at most ${count(largest(drawn.alive.sandboxes))} alive at a time, ${number(largest(t.concurrency))} invocations at once`,
    table: { head: columns("from (UTC)", "sandboxes used", "invocations at once, average"), rows: rowsOver(moments, [t.sandboxes, count], [t.concurrency, number]) },
    option: {
      ...base(palette, number), ...zoom(palette), xAxis: timeAxis(palette), yAxis: valueAxis(palette, number),
      series: [line("sandboxes alive", alive, palette.series[0], { step: "end", area: true }), line("sandboxes used", pairs(moments, t.sandboxes), palette.series[2], { width: 1 }),
        line("invocations at once", pairs(moments, t.concurrency), palette.series[1])],
    },
  };
}

export function costChart(functions, palette, format) {
  const shown = functions.filter((each) => each.cost_usd).slice(0, 12);
  if (!shown.length) return null;
  const total = functions.reduce((sum, each) => sum + (each.cost_usd ?? 0), 0);
  const rows = shown.map((each, i) => ({ name: each.function_name.length > 28 ? `${each.function_name.slice(0, 27)}…` : each.function_name,
    value: each.cost_usd, color: palette.series[0], text: `${format(each.cost_usd)} (${share(each.cost_usd, total)})`, index: i }));
  return {
    id: "cost", title: `Cost: ${format(total)} in this period, ${share(shown[0].cost_usd, total)} of it for ${rows[0].name}`,
    table: { head: columns("function", "cost"), rows: rows.map((each) => [each.name, each.text]) },
    option: { ...bars(rows, palette, format), grid: { left: 8, right: 110, top: 8, bottom: 8, containLabel: true } },
    height: 60 + 30 * rows.length,
  };
}
