// Numbers and times as a person reads them. Absent is an en dash, never 0.

export const ABSENT = "–";

const grouped = (value, digits) =>
  value.toLocaleString("en-US", { minimumFractionDigits: 0, maximumFractionDigits: digits });

const present = (format) => (value) => (value === null || value === undefined || Number.isNaN(value) ? ABSENT : format(value));

// Three significant digits and no more decimals than that needs.
export const number = present((value) => grouped(value, value >= 100 ? 0 : value >= 10 ? 1 : value >= 1 ? 2 : 3));
export const count = present((value) => grouped(value, 0));
export const ms = present((value) => (value >= 10000 ? `${number(value / 1000)} s` : `${number(value)} ms`));
export const mb = present((value) => (value >= 10240 ? `${number(value / 1024)} GB` : `${number(value)} MB`));
export const percent = present((value) => `${number(value)} %`);
export const share = (part, whole) => (whole ? percent((100 * part) / whole) : ABSENT);
export const usd = present((value) => {
  if (value === 0) return "$0";
  if (value < 0.0001) return "<$0.0001";
  const digits = value >= 100 ? 0 : value >= 1 ? 2 : Math.min(6, 2 - Math.floor(Math.log10(value)));
  return `$${value.toLocaleString("en-US", { minimumFractionDigits: value >= 1 && value < 100 ? 2 : 0, maximumFractionDigits: digits })}`;
});

const UNITS = ["B", "KB", "MB", "GB", "TB"];
const inUnits = (step) => present((value) => {
  let unit = 0;
  while (value >= step && unit < UNITS.length - 1) {
    value /= step;
    unit += 1;
  }
  return `${number(value)} ${UNITS[unit]}`;
});
export const bytes = inUnits(1024); // of memory and /tmp
export const transferred = inUnits(1000); // by network and disk, as their throughput is stated

// Always UTC, as in CloudWatch.
export const time = present((value) => new Date(value).toISOString().replace("T", " ").replace(/\.000Z$/, "").replace("Z", ""));
export const minute = present((value) => new Date(value).toISOString().slice(0, 16).replace("T", " "));

export const span = (milliseconds) => {
  const units = [["day", 86400000], ["hour", 3600000], ["minute", 60000], ["second", 1000]];
  const [name, length] = units.find(([, length]) => milliseconds >= length) ?? units[3];
  const value = grouped(milliseconds / length, milliseconds / length < 10 ? 1 : 0);
  return `${value} ${name}${value === "1" ? "" : "s"}`;
};
