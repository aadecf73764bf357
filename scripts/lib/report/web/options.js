// What all charts share: colours, axes, tooltips and zoom.
import { element } from "./dom.js";
import { time } from "./format.js";

// Eight colours that people with any colour vision can tell apart, on light and on dark.
const LIGHT = {
  series: ["#0b69b7", "#d1570a", "#12846a", "#9b4f96", "#3d9bd9", "#8a6d00", "#5b5fc7", "#b8336a"],
  ink: "#1d2733", quiet: "#5b6877", rule: "#d7dde4", faint: "#a3afbb", card: "#ffffff", bad: "#c62828", warn: "#b26a00", good: "#1b7f4b",
};
const DARK = {
  series: ["#5aa9f0", "#f39a54", "#43c6a3", "#cf8fd0", "#8ccbf5", "#d9bd4c", "#9aa0f5", "#ee7fae"],
  ink: "#e6ebf1", quiet: "#9aa8b7", rule: "#313c49", faint: "#5d6b7a", card: "#18202a", bad: "#ff7b72", warn: "#f0b04a", good: "#56d08c",
};
export const dark = matchMedia("(prefers-color-scheme: dark)");
export const printing = matchMedia("print");
export const palette = () => (dark.matches && !printing.matches ? DARK : LIGHT);

// ECharts measures texts before it draws them, so it needs the names of the fonts.
const fontFamily = getComputedStyle(document.body).fontFamily;

export function base(colours, format) {
  return {
    useUTC: true, animation: false, color: colours.series,
    textStyle: { fontFamily, color: colours.ink },
    grid: { left: 8, right: 16, top: 36, bottom: 30, containLabel: true },
    legend: { type: "scroll", top: 0, left: 0, itemWidth: 14, itemHeight: 9, itemGap: 14, textStyle: { color: colours.quiet }, pageTextStyle: { color: colours.quiet },
      pageIconColor: colours.quiet, pageIconInactiveColor: colours.rule },
    tooltip: { trigger: "axis", confine: true, backgroundColor: colours.card, borderColor: colours.rule, textStyle: { color: colours.ink },
      axisPointer: { type: "line", lineStyle: { color: colours.faint } }, format },
  };
}

// An element, not HTML: names of functions and sandboxes are text. A series says by `show` what its value is, where that is
// not the chart's own format.
function tip(shown, series, format) {
  const first = shown[0];
  if (!first) return "";
  const value = (each) => {
    const raw = Array.isArray(each.value) ? each.value : [each.name, each.value];
    return (series[each.seriesIndex].show ?? ((pair) => format(pair[1])))(raw);
  };
  const heading = first.axisType === "xAxis.time" ? `${time(first.axisValue)} UTC` : String(first.axisValueLabel ?? first.name ?? "");
  return element("div", {}, heading ? element("strong", {}, heading) : null, shown.filter((each) => !each.seriesName.endsWith(", band")).map((each) =>
    element("div", {}, element("span", { class: "dot", style: { background: typeof each.color === "string" ? each.color : "" } }),
      each.seriesName === "value" ? "" : `${each.seriesName}: `, element("b", {}, value(each)))));
}

export function withTips(option) {
  option.tooltip.formatter = (shown) => tip([].concat(shown), option.series, option.tooltip.format);
  return option;
}

export function line(name, data, color, { width = 2, area, step, dashed, yAxisIndex = 0, format } = {}) {
  return { name, show: format && ((pair) => format(pair[1])), type: "line", data, showSymbol: data.length < 3, symbolSize: 5, connectNulls: false, step, yAxisIndex, color,
    lineStyle: { width, color, type: dashed ? "dashed" : "solid" }, itemStyle: { color },
    areaStyle: area ? { color, opacity: 0.12 } : undefined, emphasis: { disabled: true } };
}

// The area between two lines, as the difference stacked on the lower one.
export function band(name, low, high, color) {
  const part = (data, areaStyle) => ({ name, type: "line", stack: name, data, symbol: "none", lineStyle: { opacity: 0 }, areaStyle, silent: true, emphasis: { disabled: true }, itemStyle: { color } });
  return [part(low), part(high.map(([x, y], i) => [x, y - low[i][1]]), { color, opacity: 0.14 })];
}

export function timeAxis(colours) {
  return { type: "time", axisLine: { lineStyle: { color: colours.rule } }, axisTick: { show: false }, splitLine: { show: false },
    axisLabel: { color: colours.quiet, hideOverlap: true, formatter: { year: "{yyyy}", month: "{MMM} {d}", day: "{MMM} {d}", hour: "{HH}:{mm}", minute: "{HH}:{mm}", second: "{HH}:{mm}:{ss}", millisecond: "{ss}.{SSS} s" } } };
}

export function valueAxis(colours, format, { log, name, right } = {}) {
  return { type: log ? "log" : "value", name, nameTextStyle: { color: colours.quiet, align: right ? "right" : "left" }, position: right ? "right" : undefined,
    axisLabel: { color: colours.quiet, formatter: (value) => format(value), hideOverlap: true }, axisLine: { show: false }, axisTick: { show: false },
    splitLine: { show: !right, lineStyle: { color: colours.rule, opacity: 0.7 } }, splitNumber: 4 };
}

export function zoom(colours) {
  return { dataZoom: [{ type: "inside", zoomOnMouseWheel: "ctrl", moveOnMouseMove: "shift", filterMode: "none" },
    { type: "slider", height: 16, bottom: 4, filterMode: "none", borderColor: colours.rule, fillerColor: "rgba(120,140,160,0.18)", handleSize: "90%",
      textStyle: { color: colours.quiet }, dataBackground: { lineStyle: { color: colours.rule }, areaStyle: { color: colours.rule } }, showDetail: false, brushSelect: false }] };
}
