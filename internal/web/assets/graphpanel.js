// The graph of a figure, with the values under finger or pointer.
import { now, wall } from "./clock.js";
import { el, setAttr, setText } from "./dom.js";
import { clock } from "./format.js";
import { graph, nearest, timeAt } from "./graphs.js";
import { t } from "./i18n.js";

export class GraphPanel {
  #figure = null;
  #at = null; // the time under the pointer

  // choice is the control for the interface, which only traffic has.
  constructor(choice) {
    this.choice = choice;
    this.hint = el("p", { class: "muted small hint", role: "status" });
    this.title = el("h2", {});
    this.canvas = el("canvas", { class: "graph", role: "img", on: { pointermove: (e) => this.#point(e), pointerdown: (e) => this.#point(e), pointerleave: (e) => e.pointerType === "mouse" && this.#point(null) } });
    this.node = el("section", { id: "graph", class: "panel graphpanel live", hidden: true },
      el("div", { class: "row" }, this.title, choice, el("span", { class: "spacer" })), this.hint, this.canvas);
  }

  // show opens the graph of a figure; null closes it.
  show(figure) {
    this.#figure = figure;
    this.#at = null;
    this.node.hidden = !figure;
    if (!figure) return;
    this.choice.hidden = figure.key !== "traffic";
    setText(this.title, figure.label);
    this.draw();
  }

  #point(event) {
    const box = this.canvas.getBoundingClientRect();
    this.#at = event && timeAt(this.#figure.lines(), now(), (event.clientX - box.left) / box.width);
    this.draw();
  }

  draw() {
    const f = this.#figure;
    if (!f) return;
    const lines = f.lines();
    const at = this.#at;
    setText(this.hint, at === null ? f.hint() : clock(wall(at)) + " · " + lines.map((l) => (l.name ? l.name + " " : "") + f.format(nearest(l.series, at))).join(" · "));
    setAttr(this.canvas, "aria-label", t("graphOf", { name: f.label, value: [f.value(), f.hint()].filter(Boolean).join(", ") }));
    graph(this.canvas, lines, now(), { top: f.top, format: f.format, at });
  }
}
