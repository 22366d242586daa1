// The columns of the tables of a router, and their brief form on a phone; see Grid for
// their shapes.
import { bytes, duration, rate } from "./format.js";
import { t } from "./i18n.js";
import { age } from "./store.js";
import { signalText } from "./radio.js";
import { uptimeOf } from "./users.js";

const wide = { width: "minmax(200px, 1.5fr)" }; // a name, and the mark after it

const plain = (key, label, field = key) => ({ key, label, text: (row) => String(row[field] ?? "") });

// addressOrder sorts IPv4 addresses by their numbers, others last.
function addressOrder(row) {
  const parts = /^(\d+)\.(\d+)\.(\d+)\.(\d+)/.exec(row.address ?? "");
  return parts ? parts.slice(1).reduce((n, part) => n * 256 + Number(part), 0) : 2 ** 33;
}

const address = () => ({ ...plain("address", t("address")), order: addressOrder, width: "minmax(128px, 1fr)" });

const mac = (label, field = "mac") => ({ ...plain("mac", label, field), width: "minmax(176px, 1fr)" });

const known = (n) => (Number.isFinite(n) ? n : -1);

const size = (key, label) => ({ key, label, end: true, text: (row) => bytes(row[key]), order: (row) => known(row[key]), width: "124px" });

const speed = (key, label, field = key) => ({ key, label, end: true, text: (row) => rate(row[field]), order: (row) => known(row[field]), width: "112px" });

const joined = (...parts) => parts.filter(Boolean).join(" · ");

export const userTable = () => ({
  columns: [
    { ...plain("name", t("name")), ...wide }, speed("down", t("download")), speed("up", t("upload")), address(), mac(t("macOrCaller")),
    { ...plain("login", t("service")), width: "104px" },
    // Uptime grows every second. It is sorted by age, which does not change.
    { key: "uptime", label: t("uptime"), end: true, text: uptimeOf, order: (row) => age(row.source), width: "140px" },
    size("downloaded", t("downloaded")), size("uploaded", t("uploaded")),
  ],
  brief: (row) => [row.name, "↓ " + rate(row.down), joined(row.address, row.login, uptimeOf(row)), "↑ " + rate(row.up)],
});

export const interfaceTable = () => ({
  columns: [
    { ...plain("name", t("name")), ...wide }, speed("rx", t("rx"), "rx-bits-per-second"), speed("tx", t("tx"), "tx-bits-per-second"),
    { key: "running", label: t("state"), text: stateOf }, plain("type", t("type")), plain("comment", t("comment")),
  ],
  brief: (row) => [row.name, `${t("rx")} ${rate(row["rx-bits-per-second"])}`, joined(stateOf(row), row.type, row.comment), `${t("tx")} ${rate(row["tx-bits-per-second"])}`],
});

const stateOf = (row) => (row.disabled ? t("disabled") : row.running ? t("running") : t("notRunning"));

// The name of a lease is what the host calls itself; the comment is what the operator does.
const leaseName = (row) => row.comment || row["host-name"] || row["active-mac-address"] || row["mac-address"] || row.address || "?";
const leaseAddress = (row) => row["active-address"] ?? row.address ?? "";

export const leaseTable = () => ({
  columns: [
    { key: "name", label: t("hostOrComment"), text: leaseName, ...wide }, { ...address(), text: leaseAddress }, mac(t("mac"), "mac-address"),
    { ...plain("status", t("state")), width: "104px" }, plain("server", t("server")), { key: "kind", label: t("type"), text: (row) => t(row.dynamic ? "dynamic" : "static"), width: "96px" },
    { ...plain("expires-after", t("expires")), width: "128px" }, plain("host-name", t("hostName")),
  ],
  brief: (row) => [leaseName(row), leaseAddress(row), joined(leaseName(row) !== row["mac-address"] && row["mac-address"], row.status, row.server), t(row.dynamic ? "dynamic" : "static")],
});

export const radioTable = () => ({
  columns: [
    { ...plain("name", t("client")), ...wide },
    { key: "signal", label: t("signal"), end: true, text: signalText, order: (row) => (Number.isFinite(row.signal) ? row.signal : -999), width: "104px" },
    speed("down", t("download")), speed("up", t("upload")), plain("interface", t("interface")), plain("ssid", "SSID"),
    { ...plain("txRate", t("txRate")), end: true, width: "112px" }, { ...plain("rxRate", t("rxRate")), end: true, width: "112px" },
    { key: "uptime", label: t("uptime"), end: true, text: uptimeOf, order: (row) => age(row.source), width: "140px" },
  ],
  brief: (row) => [row.name, signalText(row), joined(row.ssid || row.interface, row.address, uptimeOf(row)), row.txRate && "↓ " + row.txRate],
});

export { duration, leaseAddress, leaseName };
