// The page: what to change, the functions, and the charts of one of them.
import { BarChart, LineChart, ScatterChart } from "echarts/charts";
import { AriaComponent, DataZoomComponent, GridComponent, LegendComponent, TooltipComponent } from "echarts/components";
import * as echarts from "echarts/core";
import { SVGRenderer } from "echarts/renderers";
import { chartsOf, costChart } from "./charts.js";
import { byId, element, sortable, table } from "./dom.js";
import { ABSENT, count, mb, minute, ms, percent, share, span, usd } from "./format.js";
import { dark, palette, printing, withTips } from "./options.js";
import { leakTable, slowestTable, errorTable, extensionTable, tiles } from "./tables.js";

echarts.use([BarChart, LineChart, ScatterChart, AriaComponent, DataZoomComponent, GridComponent, LegendComponent, TooltipComponent, SVGRenderer]);

const DATA = JSON.parse(byId("data").textContent);
const functions = DATA.functions;
const clock = { start: DATA.drawn.start, step: DATA.drawn.step };
let selected = 0;
let mounted = [];

function header() {
  const { from, to } = DATA.period;
  const failed = functions.reduce((sum, each) => sum + (each.errors ?? 0), 0);
  const known = functions.reduce((sum, each) => sum + (each.with_outcome ?? 0), 0);
  const fact = (value, name) => element("div", { class: "fact" }, element("b", {}, value), element("span", {}, name));
  byId("period").textContent = from
    ? `${minute(Date.parse(from))} to ${minute(Date.parse(to))} UTC · ${span(Math.max(1000, Date.parse(to) - Date.parse(from)))}` : "no times in the lines";
  byId("facts").append(fact(count(DATA.invocations), "invocations"), fact(count(DATA.function_count), DATA.function_count === 1 ? "function" : "functions"),
    fact(functions.some((each) => each.cost_usd !== null) ? usd(DATA.cost_usd) : "–", "cost"), fact(share(failed, known), "failed"));
}

const WORDS = { bad: "Repair", warn: "Improve", note: "Consider" };
const chip = (severity) => element("span", { class: `chip ${severity}` }, WORDS[severity]);

function findings() {
  const order = ["bad", "warn", "note"];
  const all = functions.flatMap((fn, index) => fn.findings.map((each) => ({ ...each, index, cost: fn.cost_usd ?? 0 })))
    .sort((a, b) => order.indexOf(a.severity) - order.indexOf(b.severity) || b.cost - a.cost);
  const row = (each) => element("li", {}, chip(each.severity),
    element("button", { type: "button", class: "name", onclick: () => select(each.index, true) }, functions[each.index].function_name), element("span", {}, each.text));
  const list = element("ul", { class: "findings" }, all.slice(0, 8).map(row));
  const more = all.length > 8 ? element("button", { type: "button", class: "more", onclick: () => { list.append(...all.slice(8).map(row)); more.remove(); } },
    `Show all ${count(all.length)}`) : null;
  const none = !functions.length ? element("p", { class: "quiet" }, "There is no invocation in these lines, so there is nothing to show.")
    : functions.every((fn) => !fn.advice.advice) ? element("p", { class: "quiet" }, "Nothing found that needs a change, but there is not enough in the lines for advice on memory sizes.")
      : element("p", { class: "fine" }, "Nothing found that needs a change.");
  byId("findings").append(all.length ? list : none, more ?? "");
}

function overview() {
  const plain = (format, value) => ({ text: format(value), key: value });
  const head = [["function"], ["invocations", 1], ["cold", 1], ["failed", 1], ["p50", 1], ["p95", 1], ["p99", 1], ["memory peak / size", 1], ["cost", 1], ["advice"]]
    .map(([text, number]) => ({ text, number: Boolean(number), class: text === "function" ? "function" : text === "advice" ? "advice" : null }));
  const rows = functions.map((fn, index) => {
    const peak = fn.memory_peak_max ?? fn.used_memory_max;
    return [
      { key: fn.function_name.toLowerCase(), node: element("button", { type: "button", class: "name", onclick: () => select(index, true) }, fn.function_name) },
      plain(count, fn.invocations), { text: share(fn.cold_starts, fn.lines), key: fn.cold_starts / fn.lines },
      { key: fn.errors / fn.with_outcome, node: element("span", { class: fn.errors ? "bad" : "" }, fn.errors ? share(fn.errors, fn.lines) : fn.with_outcome ? "0" : ABSENT) },
      plain(ms, fn.duration_p50), plain(ms, fn.duration_p95), plain(ms, fn.duration_p99),
      { key: peak === null ? null : peak / fn.memory_size, node: meter(peak, fn.memory_size) },
      plain(usd, fn.cost_usd), { key: fn.advice.size ?? 0, text: short(fn.advice, fn.memory_size) }];
  });
  byId("functions").append(sortable({ head, rows, caption: "Functions", sorted: [8, true] }));
  if (DATA.function_count > functions.length) {
    byId("functions").append(element("p", { class: "note" }, `${count(DATA.function_count - functions.length)} more functions are in the output of --json.`));
  }
}

function meter(used, size) {
  if (used === null || !size) return "–";
  const part = Math.min(1, used / size);
  return element("span", { class: "meter" }, `${mb(used)} / ${mb(size)}`,
    element("i", { "aria-hidden": "true" }, element("i", { class: part >= 0.8 ? "bad" : part >= 0.6 ? "warn" : "good", style: { width: `${100 * part}%` } })));
}

function short(advice, size) {
  if (!advice.advice) return { leak: "repair the leak", errors: "repair the errors", few_records: "too few records", no_telemetry: "no telemetry",
    little_cpu: "little CPU", managed: "Managed Instances", no_size: "size unknown" }[advice.reason];
  return advice.advice === "keep" ? "keep" : `${mb(size)} → ${mb(advice.size)}`;
}

function chartCard(chart, colours) {
  const box = element("div", { class: chart.low ? "chart low" : "chart", id: `chart-${chart.id}`, tabindex: "0", role: "img", "aria-label": `${chart.title}. Arrow keys move along it, + and − zoom.` });
  if (chart.height) box.style.height = `${chart.height}px`;
  const card = element("figure", { class: chart.wide ? "card wide" : "card" }, element("figcaption", {}, element("h3", {}, chart.title)), box,
    chart.note ? element("p", { class: "note" }, chart.note) : null);
  const details = element("details", {}, element("summary", {}, "Data as a table"));
  details.addEventListener("toggle", () => {
    if (details.open && details.childElementCount === 1) details.append(table({ ...chart.table, caption: chart.title }));
  });
  card.append(details);
  mounted.push({ box, option: withTips(chart.option), chart: null });
  return card;
}

// Arrow keys move the tooltip from point to point, + and − zoom around the middle.
function keys(box, instance, option) {
  let at = -1;
  const length = Math.max(...option.series.map((each) => each.data.length));
  const longest = option.series.findIndex((each) => each.data.length === length);
  box.addEventListener("keydown", (event) => {
    const moves = { ArrowRight: 1, ArrowLeft: -1, Home: -Infinity, End: Infinity }[event.key];
    if (moves !== undefined) {
      at = Math.max(0, Math.min(length - 1, at + moves));
      instance.dispatchAction({ type: "showTip", seriesIndex: longest, dataIndex: at });
      event.preventDefault();
    } else if (option.dataZoom && (event.key === "+" || event.key === "-")) {
      const { start, end } = instance.getOption().dataZoom[0];
      const by = event.key === "+" ? (end - start) / 4 : -(end - start) / 2;
      instance.dispatchAction({ type: "dataZoom", start: Math.max(0, start + by), end: Math.min(100, end - by) });
    } else if (event.key === "Escape") {
      instance.dispatchAction({ type: "hideTip" });
    }
  });
}

function mount() {
  for (const each of mounted) {
    if (each.chart) continue;
    each.chart = echarts.init(each.box, null, { renderer: "svg" });
    each.chart.setOption(each.option);
    keys(each.box, each.chart, each.option);
  }
}

function select(index, move) {
  selected = index;
  byId("choice").value = String(index);
  draw();
  if (move) {
    byId("function").scrollIntoView({ behavior: "instant", block: "start" });
    byId("name").focus({ preventScroll: true });
  }
}

function draw() {
  for (const each of mounted) each.chart?.dispose();
  mounted = [];
  const colours = palette();
  const fn = functions[selected];
  const cost = functions.length > 1 ? costChart(functions, colours, usd) : null;
  byId("cost").replaceChildren(...(cost ? [chartCard(cost, colours)] : []));
  if (!fn) {
    for (const id of ["function", "functions", "functions-heading"]) byId(id).hidden = true;
    return mount();
  }
  const drawn = DATA.drawn.functions[selected];
  byId("name").textContent = fn.function_name;
  byId("about").textContent = [fn.memory_size ? mb(fn.memory_size) : null, fn.architecture, fn.version, fn.initialization_type].filter(Boolean).join(" · ");
  const its = fn.findings.map((each) => element("li", {}, chip(each.severity), element("span", {}, each.text)));
  byId("verdict").replaceChildren(...(its.length ? its : [element("li", { class: fn.advice.advice ? "fine" : "quiet" }, fn.advice.text)]));
  if (its.length && !fn.findings.some((each) => each.text === fn.advice.text)) byId("verdict").append(element("li", { class: "quiet" }, fn.advice.text));
  if (fn.advice.note) byId("verdict").append(element("li", { class: "quiet" }, fn.advice.note));
  byId("tiles").replaceChildren(...tiles(fn));
  byId("charts").replaceChildren(...(drawn ? chartsOf(fn, drawn, clock, colours).map((chart) => chartCard(chart, colours))
    : [element("p", { class: "note" }, "Charts are drawn for the most expensive functions only; choose this one with --function.")]));
  byId("tables").replaceChildren(...[slowestTable(drawn), leakTable(DATA.leaks, fn), errorTable(fn), extensionTable(fn)].filter(Boolean));
  mount();
}

function choices() {
  byId("choice").append(...functions.map((fn, index) => element("option", { value: String(index) }, fn.function_name)));
  byId("choice").addEventListener("change", (event) => select(Number(event.target.value)));
  byId("choose").hidden = functions.length < 2;
}

function footer() {
  const { skipped, counted, prices } = DATA;
  const words = { duplicate: "duplicate lines", filtered: "lines left out by --function, --from or --to", broken: "lines of broken JSON", other: "other lines", too_long: "lines over 1 MB" };
  const parts = Object.entries(words).filter(([key]) => skipped[key]).map(([key, text]) => `${count(skipped[key])} ${text}`);
  byId("counted").textContent = `Read: ${count(counted.lines)} invocation lines, ${count(counted.summaries)} summary lines, ${count(counted.environment)} environment lines.`
    + (parts.length ? ` Skipped: ${parts.join(", ")}.` : " Nothing was skipped.");
  const whose = prices.own ? "your own" : `${prices.known ? prices.region : `us-east-1, as there are none of ${prices.region}`}, of ${prices.date} (${prices.source})`;
  const assumed = (architecture) => (prices.assumed.includes(architecture) ? " (assumed: four fifths of x86_64, not confirmed)" : "");
  byId("prices").textContent = `Prices: ${whose}, $${prices.gb_second_usd.x86_64} a GB-second on x86_64, $${prices.gb_second_usd.arm64} on arm64${assumed("arm64")}, `
    + `$${prices.million_requests_usd} a million requests; no free tier, no savings plans, no /tmp over 512 MB.`;
}

header();
findings();
overview();
choices();
footer();
select(0);
let waiting;
addEventListener("resize", () => {
  clearTimeout(waiting);
  waiting = setTimeout(() => mounted.forEach((each) => each.chart?.resize()), 80);
});
dark.addEventListener("change", draw);
printing.addEventListener("change", draw);
