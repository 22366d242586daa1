// The graphs of a router: CPU load, memory, users, and the traffic of an interface.
import { now, wall } from "./clock.js";
import { el, setAttr, setText } from "./dom.js";
import { bytes, clock, collator, number, percent, rate } from "./format.js";
import { graph, nearest } from "./graphs.js";
import { t } from "./i18n.js";
import { Series } from "./series.js";
import * as store from "./store.js";

// panel is a graph with its name and its present value. lines() are {series, tone,
// name}, value() is {text, hint}; extra is a control next to the name.
function panel(name, lines, { top, format, extra, value }) {
  const figure = el("span", { class: "big" });
  const hint = el("span", { class: "muted small" });
  const canvas = el("canvas", { class: "graph", role: "img" });
  let at = null;
  const pointAt = (event) => {
    const box = canvas.getBoundingClientRect();
    const window = Math.max(...lines().map((l) => l.series.window(now())));
    at = event ? now() - window * (1 - (event.clientX - box.left) / box.width) : null;
    draw();
  };
  canvas.addEventListener("pointermove", pointAt);
  canvas.addEventListener("pointerleave", () => pointAt(null));
  function draw() {
    const shown = value();
    setText(figure, shown.text);
    setText(hint, at === null ? shown.hint ?? "" : clock(wall(at)) + " · " + lines().map((l) => (l.name ? l.name + " " : "") + format(nearest(l.series, at))).join(" · "));
    setAttr(canvas, "aria-label", t("graphOf", { name, value: [shown.text, shown.hint].filter(Boolean).join(", ") }));
    graph(canvas, lines(), now(), { top, format, at });
  }
  const node = el("section", { class: "panel graphpanel live" }, el("div", { class: "row" }, el("h2", { text: name }), extra, el("span", { class: "spacer" }), figure), hint, canvas);
  return { node, draw };
}

// Panels shows the four graphs of a router.
export class Panels {
  #rates = new Map(); // {rx, tx}, two Series, by name of the interface
  #chosen = "";

  constructor(id) {
    this.id = id;
    this.choice = el("select", { hidden: true, "aria-label": t("interface"), on: { change: () => { this.#chosen = this.choice.value; this.draw(); } } });
    const none = { rx: new Series(), tx: new Series() };
    const r = () => store.routers.get(id);
    const traffic = () => this.#rates.get(this.#chosen) ?? none;
    const speed = (way) => store.present(r(), traffic()[way].last());
    this.panels = [
      panel(t("cpu"), () => [{ series: r().cpu, tone: "cpu" }], { top: 100, format: percent, value: () => ({ text: percent(store.present(r(), r().cpu.last())), hint: processor(r().hardware) }) }),
      panel(t("memory"), () => [{ series: r().memory, tone: "memory" }], { top: 100, format: percent, value: () => ({ text: percent(store.present(r(), r().memory.last())), hint: r().state === "up" ? memory(r().hardware) : "" }) }),
      panel(t("users"), () => [{ series: r().online, tone: "users" }], { format: (n) => number(Math.round(n)), value: () => ({ text: number(store.usersOf(r())), hint: usersByKind(r()) }) }),
      panel(t("traffic"), () => [{ series: traffic().rx, tone: "cpu", name: t("rx") }, { series: traffic().tx, tone: "memory", name: t("tx") }], {
        format: rate, extra: this.choice, value: () => ({
          text: rate(speed("rx") + speed("tx")), hint: `${t("rx")} ${rate(speed("rx"))} · ${t("tx")} ${rate(speed("tx"))}`,
        }),
      }),
    ];
    this.node = el("div", { class: "panels" }, this.panels.map((p) => p.node));
  }

  // addRates takes the rows of a poll. Dynamic interfaces, those of sessions, have no
  // graph.
  addRates(rows, at) {
    let added = false;
    for (const row of rows.values()) {
      if (row.dynamic || !("rx-bits-per-second" in row)) continue;
      if (!this.#rates.has(row.name)) {
        this.#rates.set(row.name, { rx: new Series(), tx: new Series() });
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
    this.choice.hidden = false;
  }

  draw() {
    if (!store.routers.has(this.id)) return;
    for (const p of this.panels) p.draw();
  }
}

function processor(row) {
  return row ? [row.cpu, row["cpu-count"] > 1 && "× " + number(row["cpu-count"])].filter(Boolean).join(" ") : "";
}

function memory(row) {
  return row ? `${bytes(row["total-memory"] - row["free-memory"])} / ${bytes(row["total-memory"])}` : "";
}

function usersByKind(r) {
  const users = (topic) => number(store.present(r, store.usersIn(r, topic)));
  return `PPP ${users("ppp_active")} · Hotspot ${users("hotspot_active")}`;
}
