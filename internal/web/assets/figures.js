// The four figures of a router: CPU load, memory, users, and the traffic of an interface,
// each with its line. A figure folds open to a graph with a scale, and the values under
// finger or pointer.
import { now } from "./clock.js";
import { el, setAttr, setText } from "./dom.js";
import { bytes, collator, number, percent, rate } from "./format.js";
import { GraphPanel } from "./graphpanel.js";
import { t } from "./i18n.js";
import { Series } from "./series.js";
import { Sparkline } from "./sparkline.js";
import * as store from "./store.js";

const none = () => ({ rx: new Series(), tx: new Series() });

export class Figures {
  #rates = new Map(); // {rx, tx}, two Series, by name of the interface
  #chosen = ""; // the interface that is shown
  #open = null; // the figure whose graph is open
  #nothing = none();

  constructor(id) {
    this.id = id;
    this.choice = el("select", { "aria-label": t("interface"), on: { change: () => { this.#chosen = this.choice.value; this.draw(); } } });
    this.panel = new GraphPanel(this.choice);
    this.list = this.#describe().map((f) => this.#figure(f));
    this.strip = el("div", { class: "strip live" }, this.list.map((f) => f.button));
    this.node = el("div", { class: "figureset" }, this.strip, this.panel.node);
  }

  // #describe returns the figures: lines() are {series, tone, name}; value() is the present
  // one and hint() says more; top is the end of the scale, 0 to fit the values.
  #describe() {
    const r = () => store.routers.get(this.id);
    const last = (series) => store.present(r(), series.last());
    const traffic = () => this.#rates.get(this.#chosen) ?? this.#nothing;
    return [
      { key: "cpu", label: t("cpu"), top: 100, format: percent, lines: () => [{ series: r().cpu, tone: "cpu" }], value: () => percent(last(r().cpu)), hint: () => processor(r().hardware) },
      { key: "memory", label: t("memory"), top: 100, format: percent, lines: () => [{ series: r().memory, tone: "memory" }], value: () => percent(last(r().memory)), hint: () => memory(r()) },
      { key: "online", label: t("usersShort"), top: 0, format: (n) => number(Math.round(n)), lines: () => [{ series: r().online, tone: "users" }], value: () => number(store.usersOf(r())), hint: () => usersByKind(r()) },
      {
        key: "traffic", label: t("traffic"), top: 0, format: rate, value: () => rate(Math.max(last(traffic().rx), last(traffic().tx))),
        lines: () => [{ series: traffic().rx, tone: "cpu", name: t("rx") }, { series: traffic().tx, tone: "memory", name: t("tx") }],
        hint: () => `${this.#chosen} · ${t("rx")} ${rate(last(traffic().rx))} · ${t("tx")} ${rate(last(traffic().tx))}`,
      },
    ];
  }

  #figure(f) {
    const value = el("span", { class: "value" });
    const line = new Sparkline(f.lines()[0].tone);
    const button = el("button", { class: "figure", type: "button", "aria-expanded": "false", "aria-controls": "graph", data: { figure: f.key }, on: { click: () => this.#toggle(f) } },
      el("span", { class: "muted small label", text: f.label }), value, line.node);
    return { ...f, button, line, valueNode: value };
  }

  #toggle(f) {
    this.#open = this.#open === f.key ? null : f.key;
    for (const other of this.list) setAttr(other.button, "aria-expanded", String(other.key === this.#open));
    this.panel.show(this.#open ? f : null);
  }

  // addRates takes the rows of a poll. Dynamic interfaces, those of sessions, have no
  // graph.
  addRates(rows, at) {
    let added = false;
    for (const row of rows.values()) {
      if (row.dynamic || !("rx-bits-per-second" in row)) continue;
      if (!this.#rates.has(row.name)) {
        this.#rates.set(row.name, none());
        added = true;
      }
      const { rx, tx } = this.#rates.get(row.name);
      rx.add(at, row["rx-bits-per-second"]);
      tx.add(at, row["tx-bits-per-second"]);
    }
    if (added) this.#updateChoice();
  }

  // #updateChoice lists the interfaces. The first choice is the one with the most
  // traffic.
  #updateChoice() {
    const total = (name) => this.#rates.get(name).rx.last() + this.#rates.get(name).tx.last();
    const names = [...this.#rates.keys()];
    this.#chosen ||= names.reduce((a, b) => (total(b) > total(a) ? b : a));
    this.choice.replaceChildren(...names.sort(collator().compare).map((name) => el("option", { value: name, text: name })));
    this.choice.value = this.#chosen;
  }

  draw() {
    if (!store.routers.has(this.id)) return;
    for (const f of this.list) {
      setText(f.valueNode, f.value());
      f.line.show(f.lines()[0].series, now(), f.top);
    }
    this.panel.draw();
  }
}

const processor = (row) => (row ? [row.cpu, row["cpu-count"] > 1 && "× " + number(row["cpu-count"])].filter(Boolean).join(" ") : "");

function memory({ state, hardware: row }) {
  return row && state === "up" ? `${bytes(row["total-memory"] - row["free-memory"])} / ${bytes(row["total-memory"])}` : "";
}

function usersByKind(r) {
  const users = (topic) => number(store.present(r, store.usersIn(r, topic)));
  return `PPP ${users("ppp_active")} · Hotspot ${users("hotspot_active")}`;
}
