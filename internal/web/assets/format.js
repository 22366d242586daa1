// Numbers, sizes, rates, times and durations, as the language writes them.
import { locale, onLanguage, t } from "./i18n.js";

let made = new Map(); // formats are dear to make
onLanguage(() => { made = new Map(); });

function once(key, make) {
  if (!made.has(key)) made.set(key, make());
  return made.get(key);
}

const numbers = (options) => once(JSON.stringify(options), () => new Intl.NumberFormat(locale(), options));

export const number = (n) => (Number.isFinite(n) ? numbers({}).format(n) : "–");

export const percent = (n) => (Number.isFinite(n) ? numbers({ style: "percent", maximumFractionDigits: 0 }).format(n / 100) : "–");

// scaled writes a value in the largest unit in which it is 1 or more.
function scaled(n, base, units) {
  if (!Number.isFinite(n)) return "–";
  let i = 0;
  while (Math.abs(n) >= base && i < units.length - 1) {
    n /= base;
    i++;
  }
  const digits = i === 0 || Math.abs(n) >= 100 ? 0 : 1;
  return numbers({ style: "unit", unit: units[i], unitDisplay: "short", maximumFractionDigits: digits }).format(n);
}

export const bytes = (n) => scaled(n, 1024, ["byte", "kilobyte", "megabyte", "gigabyte", "terabyte", "petabyte"]);

export const rate = (n) => scaled(n, 1000, ["bit-per-second", "kilobit-per-second", "megabit-per-second", "gigabit-per-second"]);

// duration writes seconds as the two largest units: 4 d 3 h, 12 min 5 s.
export function duration(seconds) {
  if (!Number.isFinite(seconds)) return "–";
  let rest = Math.max(0, Math.floor(seconds));
  const parts = [];
  for (const [unit, size] of [["day", 86400], ["hour", 3600], ["minute", 60], ["second", 1]]) {
    const n = Math.floor(rest / size);
    rest -= n * size;
    if (n > 0 || (unit === "second" && parts.length === 0)) {
      parts.push(numbers({ style: "unit", unit, unitDisplay: "narrow" }).format(n));
    } else if (parts.length > 0) {
      break;
    }
    if (parts.length === 2) break;
  }
  return parts.join(" ");
}

export const clock = (seconds) => once("clock", () => new Intl.DateTimeFormat(locale(), { timeStyle: "medium" })).format(seconds * 1000);

const dateTime = (seconds) => once("dateTime", () => new Intl.DateTimeFormat(locale(), { dateStyle: "medium", timeStyle: "medium" })).format(seconds * 1000);

// moment is a time of day, with the date where it is not today's.
export function moment(seconds) {
  const same = new Date(seconds * 1000).toDateString() === new Date().toDateString();
  return same ? clock(seconds) : dateTime(seconds);
}

export const since = (seconds) => t("since", { time: moment(seconds) });

// collator orders names as people do: user-2 before user-10.
export const collator = () => once("collator", () => new Intl.Collator(locale(), { numeric: true, sensitivity: "base" }));
