// Who is connected by radio, from the menus of wifi, wireless and the old CAPsMAN in one
// shape:
//   {driver, ".id", mac, interface, ssid, signal, down, up, rxRate, txRate, address, comment, source}
// down and up are bits per second from the side of the client, NaN where the router does not
// say; signal is dBm; rxRate and txRate are text, as seen by the access point.
import { rate } from "./format.js";
import * as store from "./store.js";

const drivers = { wifi: "wifi", wireless: "wireless", caps_man: "CAPsMAN" };

export const radios = Object.keys(drivers);

const known = new WeakMap(); // rows by their source: they stay the same objects

// radioRows returns a Map from key to row. A router has one or two of the menus.
export function radioRows(id) {
  const rows = new Map();
  for (const topic of radios) {
    for (const [key, source] of store.table(id, topic)) {
      if (!known.has(source)) known.set(source, rowOf(topic, source));
      rows.set(topic + key, known.get(source));
    }
  }
  return rows;
}

function rowOf(topic, source) {
  const signal = parseFloat(source.signal ?? source["signal-strength"] ?? source["rx-signal"]);
  const mac = source["mac-address"] ?? "";
  return {
    driver: drivers[topic], ".id": source[".id"], source, mac, name: source.comment || source["radio-name"] || mac, interface: source.interface ?? "", ssid: source.ssid ?? "",
    signal, down: source["tx-bits-per-second"] ?? NaN, up: source["rx-bits-per-second"] ?? NaN, rxRate: speed(source["rx-rate"]), txRate: speed(source["tx-rate"]),
    address: source["last-ip"] ?? "", comment: source.comment ?? "",
  };
}

// speed is a rate of the radio: bits per second of wifi, and text with its modulation of the
// others.
const speed = (text) => (/^\d+$/.test(text ?? "") ? rate(Number(text)) : (text ?? "").replace(/-.*/, "").replace(/(?<=\d)(?=[A-Za-z])/, "\u00a0"));

export const signalText = (row) => (Number.isFinite(row.signal) ? row.signal + "\u00a0dBm" : "–");
