// The columns of the tables of a router.
import { bytes, duration, rate } from "./format.js";
import { t } from "./i18n.js";
import { age, uptime } from "./store.js";

const wide = { width: "minmax(184px, 1.5fr)" }; // names, and the mark beside them

const plain = (key, label, field = key) => ({ key, label: t(label), text: (row) => String(row[field] ?? "") });

// An IPv4 address is sorted by its number.
function addressOrder(row) {
  const parts = /^(\d+)\.(\d+)\.(\d+)\.(\d+)/.exec(row.address ?? "");
  return parts ? parts.slice(1).reduce((n, part) => n * 256 + Number(part), 0) : 2 ** 33;
}

const address = () => ({ ...plain("address", "address"), order: addressOrder });

// Uptime changes with every second; the order does not, if it goes by the
// beginning of the session.
const connectedFor = () => ({
  key: "uptime", label: t("uptime"), end: true, text: (row) => duration(uptime(row)), order: age,
});

const amount = (key, label) => ({ key, label: t(label), end: true, text: (row) => bytes(row[key]), order: (row) => row[key] ?? -1 });

const speed = (key, label) => ({ key, label: t(label), end: true, text: (row) => rate(row[key]), order: (row) => row[key] ?? -1 });

export const pppColumns = () => [
  { ...plain("name", "name"), ...wide }, plain("service", "service"), address(), { ...plain("caller", "caller", "caller-id"), width: "minmax(160px, 1fr)" }, connectedFor(),
];

export const hotspotColumns = () => [
  { ...plain("name", "name", "user"), ...wide }, address(), { ...plain("mac", "mac", "mac-address"), width: "minmax(160px, 1fr)" }, plain("login", "loginBy", "login-by"),
  connectedFor(), amount("bytes-in", "uploaded"), amount("bytes-out", "downloaded"),
];

export const interfaceColumns = () => [
  plain("name", "name"), plain("type", "type"),
  { key: "running", label: t("running"), text: (row) => t(row.running ? "yes" : "no") },
  speed("rx-bits-per-second", "received"), speed("tx-bits-per-second", "sent"), plain("comment", "comment"),
];
