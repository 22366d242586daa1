// The four figures of a router: CPU load, memory, users, and the traffic of an interface,
// each with its line of ten minutes. A figure folds open to a graph.
import { now } from "./clock.js";
import { el, setAttr, setText } from "./dom.js";
import { bytes, collator, number, percent, rate } from "./format.js";
import { GraphPanel } from "./graphpanel.js";
import { past } from "./history.js";
import { t } from "./i18n.js";
import { Series } from "./series.js";
import { Sparkline } from "./sparkline.js";
import * as store from "./store.js";

// kept are the names of what the server keeps except the traffic.
const kept = ["cpu", "memory-free", "ppp", "hotspot"];

const none = () => ({ rx: new Series(), tx: new Series() });

export class Figures {
  #rates = new Map(); // {rx, tx}, two Series, by name of the interface
  #chosen = ""; // the interface that is shown
  #open = null; // the figure whose graph is open
  #nothing = none();
  #before = new Map(); // what the server has kept of the last ten minutes, Steps by name

  constructor(id) {
    this.id = id;
    this.choice = el("select", { "aria-label": t("interface"), on: { change: () => { this.#chosen = this.choice.value; this.draw(); } } });
    this.panel = new GraphPanel(id, { choice: this.choice });
    this.panel.node.id = "graph";
    this.list = this.#describe().map((f) => this.#figure(f));
    this.strip = el("div", { class: "strip live" }, this.list.map((f) => f.button));
    this.node = el("div", { class: "figureset" }, this.strip, this.panel.node);
    this.#fill();
  }

  // #fill puts what the server has kept in front of what this page has seen.
  async #fill() {
    try {
      this.#before = await past(this.id, [...kept, "interface/*"], { seconds: 600, step: 60 });
    } catch {
      return; // the lines begin when the page is opened
    }
    const r = store.routers.get(this.id);
    if (!r) return;
    for (const [series, steps] of [[r.cpu, this.#before.get("cpu")], [r.memory, memoryOf(r, this.#before)], [r.online, usersOf(this.#before)]]) {
      if (steps) series.fill(steps);
    }
    for (const name of this.#rates.keys()) this.#fillRates(name);
    this.draw();
  }

  #fillRates(name) {
    const { rx, tx } = this.#rates.get(name);
    for (const [series, side] of [[rx, "rx"], [tx, "tx"]]) {
      const steps = this.#before.get(`interface/${name}/${side}`);
      if (steps) series.fill(steps);
    }
  }

  // #describe returns the figures, see GraphPanel.
  #describe() {
    const r = () => store.routers.get(this.id);
    const last = (series) => store.present(r(), series.last());
    return [
      {
        key: "cpu", label: t("cpu"), top: 100, format: percent, value: () => percent(last(r().cpu)), hint: () => processor(r().hardware),
        lines: () => [{ series: r().cpu, tone: "cpu" }], names: () => ["cpu"], kept: (steps) => [{ series: steps.get("cpu"), tone: "cpu" }],
      },
      {
        key: "memory", label: t("memory"), top: 100, format: percent, value: () => percent(last(r().memory)), hint: () => memory(r()),
        lines: () => [{ series: r().memory, tone: "memory" }], names: () => ["memory-free"], kept: (steps) => [{ series: memoryOf(r(), steps), tone: "memory" }],
      },
      {
        key: "online", label: t("usersShort"), top: 0, format: (n) => number(Math.round(n)), value: () => number(store.usersOf(r())), hint: () => usersByKind(r()),
        lines: () => [{ series: r().online, tone: "users" }], names: () => ["ppp", "hotspot"], kept: (steps) => [{ series: usersOf(steps), tone: "users" }],
      },
      trafficOf(() => this.#chosen, () => this.#rates.get(this.#chosen) ?? this.#nothing, last),
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

  // addRates takes the rows of a poll. Dynamic interfaces come and go, and have no graph.
  addRates(rows, at) {
    let added = false;
    for (const row of rows.values()) {
      if (row.dynamic || !("rx-bits-per-second" in row)) continue;
      if (!this.#rates.has(row.name)) {
        this.#rates.set(row.name, none());
        this.#fillRates(row.name);
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

// trafficOf is the figure of the traffic of an interface: name() and rates() are the present
// ones, last(series) the present value of one of them.
export function trafficOf(name, rates, last) {
  const both = (of) => [{ series: of("rx"), tone: "cpu", name: t("rx") }, { series: of("tx"), tone: "memory", name: t("tx") }];
  return {
    key: "traffic", label: t("traffic"), top: 0, format: rate, value: () => rate(Math.max(last(rates().rx), last(rates().tx))),
    hint: () => `${name()} · ${t("rx")} ${rate(last(rates().rx))} · ${t("tx")} ${rate(last(rates().tx))}`,
    lines: () => both((side) => rates()[side]),
    names: () => (name() ? [`interface/${name()}/rx`, `interface/${name()}/tx`] : []),
    kept: (steps) => both((side) => steps.get(`interface/${name()}/${side}`)),
  };
}

// memoryOf is the memory in use, in percent, of what the server has kept.
function memoryOf(r, steps) {
  const total = r.hardware?.["total-memory"];
  return total && steps.get("memory-free")?.map((free) => 100 * (1 - free / total));
}

// usersOf is the number of users of both kinds, where one is known.
function usersOf(steps) {
  const ppp = steps.get("ppp"), hotspot = steps.get("hotspot");
  if (!ppp || !hotspot) return ppp ?? hotspot;
  return ppp.map((n, i) => (Number.isFinite(n) ? n + (hotspot.values[i] || 0) : hotspot.values[i] ?? NaN));
}

const processor = (row) => (row ? [row.cpu, row["cpu-count"] > 1 && "× " + number(row["cpu-count"])].filter(Boolean).join(" ") : "");

function memory({ state, hardware: row }) {
  return row && state === "up" ? `${bytes(row["total-memory"] - row["free-memory"])} / ${bytes(row["total-memory"])}` : "";
}

function usersByKind(r) {
  const users = (topic) => number(store.present(r, store.usersIn(r, topic)));
  return `PPP ${users("ppp_active")} · Hotspot ${users("hotspot_active")}`;
}
