// Tables and figures of one function.
import { element, table } from "./dom.js";
import { ABSENT, bytes, count, mb, ms, number, percent, share, time, usd } from "./format.js";

const columns = (...head) => head.map((each) => (Array.isArray(each) ? { text: each[0], number: true } : { text: each }));
const card = (title, made, note, long) => element("section", { class: long ? "card table long" : "card table" }, element("h3", {}, title), note ? element("p", { class: "note" }, note) : null, made);

export function tiles(fn) {
  const tile = (name, value, detail, mood) => element("div", { class: mood ? `tile ${mood}` : "tile" }, element("span", {}, name), element("b", {}, value), element("small", {}, detail));
  const peak = fn.memory_peak_max ?? fn.used_memory_max;
  return [
    tile("invocations", count(fn.invocations), fn.sandboxes ? `in ${count(fn.sandboxes)} sandbox${fn.sandboxes === 1 ? "" : "es"}` : "sandboxes unknown"),
    tile("p95 duration", ms(fn.duration_p95), `p50 ${ms(fn.duration_p50)}, p99 ${ms(fn.duration_p99)}`),
    fn.with_outcome || !fn.lines ? tile("failed", fn.errors ? share(fn.errors, fn.lines) : "none", `${count(fn.errors)} of ${count(fn.lines)}`, fn.errors ? "bad" : "good")
      : tile("failed", "unknown", "no status in the lines"),
    tile("cold starts", share(fn.cold_starts, fn.lines), fn.init_p95 ? `init p95 ${ms(fn.init_p95)}` : fn.restore_p95 ? `restore p95 ${ms(fn.restore_p95)}` : ""),
    tile("memory peak", mb(peak), `of ${mb(fn.memory_size)}`, peak > 0.8 * fn.memory_size ? "bad" : null),
    tile("CPU", percent(fn.cpu_utilization_avg), `${ms(fn.cpu_avg)} an invocation`),
    tile("cost", usd(fn.cost_usd), fn.cost_usd !== null && fn.invocations ? `${usd((fn.cost_usd / fn.invocations) * 1e6)} a million` : "no telemetry"),
  ];
}

export function slowestTable(drawn) {
  const s = drawn?.slowest;
  if (!s?.request_id.length) return null;
  const head = columns("at (UTC)", "request id", ["duration"], "outcome", ["CPU time"], ["CPU"], ["memory peak"], "cold start");
  const rows = s.request_id.map((id, i) => [time(s.at_ms[i]), element("code", {}, id ?? ABSENT), ms(s.duration[i]), s.error_type[i] ?? s.status[i] ?? ABSENT,
    ms(s.cpu_total_time[i]), percent(s.cpu_utilization[i]), mb(s.memory_peak[i]), s.cold_start[i] ? ms(s.init_duration[i] ?? s.restore_duration[i]) : ""]);
  return card("Slowest invocations", table({ head, rows, caption: "Slowest invocations" }), null, true);
}

const GAUGES = { memory: mb, fd_use: number, tmp_used: bytes };
const LABELS = { memory: "memory", fd_use: "descriptors", tmp_used: "/tmp" };

export function leakTable(leaks, fn) {
  const its = leaks.filter((each) => each.function_name === fn.function_name).slice(0, 12);
  if (!its.length) return null;
  const head = columns("sandbox", "what grows", ["an invocation"], ["in all"], ["highest"], ["invocations"]);
  const rows = its.map((each) => [element("code", {}, each.sandbox_id), LABELS[each.field], GAUGES[each.field](each.per_invocation), GAUGES[each.field](each.growth),
    GAUGES[each.field](each.highest), `${count(each.from_invocation)} to ${count(each.to_invocation)}`]);
  return card("Sandboxes that leak", table({ head, rows, caption: "Sandboxes that leak" }), "Theil–Sen slope and Mann–Kendall test, one chance in 100,000; the fastest growing first.", true);
}

export function errorTable(fn) {
  const its = fn.errors_by_type.slice(0, 12);
  if (!its.length) return null;
  const head = columns("outcome", "type", ["invocations"], "latest (UTC)", "its request id");
  const rows = its.map((each) => [each.status, each.error_type || ABSENT, count(each.invocations), time(each.latest_ms), element("code", {}, each.request_id ?? ABSENT)]);
  return card("Failures by type", table({ head, rows, caption: "Failures by type" }));
}

export function extensionTable(fn) {
  const rows = [["all extensions hold an invocation open for", ms(fn.extension_overhead_avg), `p99 ${ms(fn.extension_overhead_p99)}`],
    ["other extensions", `${ms(fn.extensions_cpu_avg)} of CPU`, mb(fn.extensions_memory_max)],
    ["Lambda Vitals", `${ms(fn.vitals_cpu_avg)} of CPU`, mb(fn.vitals_memory_max)]]
    .filter(([, first, second]) => !(first.startsWith(ABSENT) && second.endsWith(ABSENT)));
  if (!rows.length) return null;
  return card("What extensions cost", table({ head: columns("", ["an invocation, average"], ["at most"]), rows, caption: "What extensions cost" }));
}
