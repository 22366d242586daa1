// The columns of the tables of a router; see Grid for their shape.
import { bytes, duration, rate } from "./format.js";
import { t } from "./i18n.js";
import { age, uptime } from "./store.js";

const wide = { width: "minmax(240px, 1.5fr)" }; // a name, and the mark after it

const plain = (key, label, field = key) => ({ key, label, text: (row) => String(row[field] ?? "") });

// addressOrder sorts IPv4 addresses by their numbers, others last.
function addressOrder(row) {
  const parts = /^(\d+)\.(\d+)\.(\d+)\.(\d+)/.exec(row.address ?? "");
  return parts ? parts.slice(1).reduce((n, part) => n * 256 + Number(part), 0) : 2 ** 33;
}

const address = () => ({ ...plain("address", t("address")), order: addressOrder });

// Uptime grows every second. It is sorted by age, which does not change.
const uptimeColumn = () => ({
  key: "uptime", label: t("uptime"), end: true, text: (row) => duration(uptime(row)), order: age,
});

const size = (key, label) => ({ key, label, end: true, text: (row) => bytes(row[key]), order: (row) => row[key] ?? -1 });

const speed = (key, label) => ({ key, label, end: true, text: (row) => rate(row[key]), order: (row) => row[key] ?? -1 });

export const pppColumns = () => [
  { ...plain("name", t("name")), ...wide }, plain("service", t("service")), address(),
  { ...plain("caller", t("caller"), "caller-id"), width: "minmax(160px, 1fr)" }, uptimeColumn(),
];

// bytes-in and bytes-out are as seen from the router: in is the upload of the user.
export const hotspotColumns = () => [
  { ...plain("name", t("name"), "user"), ...wide }, address(), { ...plain("mac", t("mac"), "mac-address"), width: "minmax(160px, 1fr)" },
  plain("login", t("loginBy"), "login-by"), uptimeColumn(), size("bytes-out", t("download")), size("bytes-in", t("upload")),
];

export const interfaceColumns = () => [
  { ...plain("name", t("name")), ...wide }, plain("type", t("type")),
  { key: "running", label: t("running"), text: (row) => t(row.running ? "yes" : "no") },
  speed("rx-bits-per-second", t("rx")), speed("tx-bits-per-second", t("tx")), plain("comment", t("comment")),
];
