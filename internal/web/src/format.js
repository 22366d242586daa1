// Numbers, sizes, rates, times and durations as text. Intl writes the number
// alone (decimal sign, grouping): its units and clocks are not those of
// RouterOS, nor what Indonesian readers expect (Mb/dtk, 3 hr, 14.05.09).
import { locale, onLanguage, t } from "./i18n.js";

const none = "–"; // in place of a value that is not known
const space = "\u00a0"; // between a number and its unit, which stay on one line

let formats = new Map(); // Intl objects are expensive to create
onLanguage(() => { formats = new Map(); });

function cached(key, create) {
  if (!formats.has(key)) formats.set(key, create());
  return formats.get(key);
}

const decimal = (digits) => cached("decimal" + digits, () => new Intl.NumberFormat(locale(), { maximumFractionDigits: digits }));

// Next to a unit, 1.009 MiB could be a decimal fraction.
const ungrouped = (digits) => cached("ungrouped" + digits, () => new Intl.NumberFormat(locale(), { maximumFractionDigits: digits, useGrouping: false }));

export const number = (n) => (Number.isFinite(n) ? decimal(3).format(n) : none);

export const percent = (n) => (Number.isFinite(n) ? decimal(0).format(n) + "%" : none);

// scaled writes a value in the largest unit in which it is 1 or more, with one
// decimal below 100.
function scaled(n, base, units) {
  if (!Number.isFinite(n)) return none;
  let i = 0;
  while (Math.round(Math.abs(n)) >= base && i < units.length - 1) {
    n /= base;
    i++;
  }
  const digits = i === 0 || Math.abs(n) >= 100 ? 0 : 1;
  return ungrouped(digits).format(n) + space + units[i];
}

// bytes counts in powers of 1024, as RouterOS prints sizes.
export const bytes = (n) => scaled(n, 1024, ["B", "KiB", "MiB", "GiB", "TiB", "PiB"]);

// rate takes bits per second and counts in powers of 1000.
export const rate = (n) => scaled(n, 1000, ["bps", "kbps", "Mbps", "Gbps", "Tbps"]);

// duration writes seconds as the two largest units: 3 d 4 h, 12 min 5 s.
export function duration(seconds) {
  if (!Number.isFinite(seconds)) return none;
  let rest = Math.max(0, Math.floor(seconds));
  const parts = [];
  for (const [unit, size] of [["day", 86400], ["hour", 3600], ["minute", 60], ["second", 1]]) {
    const n = Math.floor(rest / size);
    rest -= n * size;
    if (n > 0 || (unit === "second" && parts.length === 0)) parts.push(`${number(n)}${space}${t("unit." + unit)}`);
    else if (parts.length > 0) break;
    if (parts.length === 2) break;
  }
  return parts.join(space);
}

const two = (n) => String(n).padStart(2, "0");

const hourMinute = (date) => `${two(date.getHours())}:${two(date.getMinutes())}`;

// clock is a time of day in 24 hours, as the log of RouterOS writes it: 14:05:09.
// Times are Unix seconds and are shown in the time zone of the browser.
export function clock(seconds) {
  const date = new Date(seconds * 1000);
  return `${hourMinute(date)}:${two(date.getSeconds())}`;
}

// hour is a time of day without seconds: 14:05.
export const hour = (seconds) => hourMinute(new Date(seconds * 1000));

// moment is a time of day, with the date where it is not today: 26 Nov 2026 14:05.
export function moment(seconds) {
  const date = new Date(seconds * 1000);
  if (date.toDateString() === new Date().toDateString()) return clock(seconds);
  const month = cached("month", () => new Intl.DateTimeFormat(locale(), { month: "short" })).format(date);
  return `${date.getDate()} ${month} ${date.getFullYear()} ${hourMinute(date)}`;
}

export const since = (seconds) => t("since", { time: moment(seconds) });

// collator orders names as people do: user-2 before user-10.
export const collator = () => cached("collator", () => new Intl.Collator(locale(), { numeric: true, sensitivity: "base" }));
