// The graph of a figure over ten minutes, an hour or a day, with the values under finger or
// pointer. Ten minutes are those of the page; the rest is what the server has kept.
import { now, wall } from "./clock.js";
import { el, setAttr, setText } from "./dom.js";
import { clock, hour } from "./format.js";
import { graph, nearest, timeAt } from "./graphs.js";
import { past } from "./history.js";
import { t } from "./i18n.js";
import { remember, remembered } from "./settings.js";

// spans are what a graph shows: seconds, the step to ask for (none for what the page knows
// itself), and the seconds between the times below it.
const spans = {
  minutes: { seconds: 600, ticks: 120 },
  hour: { seconds: 3600, step: 60, ticks: 900 },
  day: { seconds: 86400, step: 120, ticks: 14400 },
};
const labels = () => ({ minutes: t("span10min"), hour: t("span1h"), day: t("span24h") });

const askInterval = 60_000; // milliseconds; the server keeps one value a minute

// A figure is {key, label, top, format, value(), hint(), lines(), names(), kept(steps)}: top is
// the end of the scale, 0 to fit the values; value() is the present one and hint() says more;
// lines() are the present lines, {series, tone, name}, and kept(steps) those of a Map of the
// Steps of names().
export class GraphPanel {
  #figure = null;
  #at = null; // the time under the pointer
  #span = "";
  #steps = null; // what the server has kept, null before its answer
  #asked = { what: "", at: -Infinity };
  #failed = false;
  #tentative = false; // the span was not chosen; without history it is ten minutes

  // choice is a control next to the title, if there is one; span is what is shown first,
  // without which it is what was chosen last.
  constructor(id, { choice = null, span = "" } = {}) {
    this.id = id;
    this.choice = choice;
    this.#tentative = Boolean(span);
    this.#span = span || (spans[remembered("span")] ? remembered("span") : "minutes");
    this.hint = el("p", { class: "muted small hint", role: "status" });
    this.title = el("h2", {});
    this.legend = el("span", { class: "legend small muted" });
    this.note = el("p", { class: "muted small graphnote", hidden: true });
    this.buttons = Object.entries(labels()).map(([key, text]) => el("button", { type: "button", text, data: { span: key }, on: { click: () => this.#choose(key) } }));
    this.canvas = el("canvas", { class: "graph", role: "img", on: { pointermove: (e) => this.#point(e), pointerdown: (e) => this.#point(e), pointerleave: (e) => e.pointerType === "mouse" && this.#point(null) } });
    this.node = el("section", { class: "panel graphpanel live", hidden: true },
      el("div", { class: "row" }, this.title, choice, this.legend, el("span", { class: "spacer" }), el("div", { class: "spans", role: "group", "aria-label": t("timespan") }, this.buttons)),
      this.hint, this.canvas, this.note);
  }

  // show opens the graph of a figure; null closes it.
  show(figure) {
    if (figure !== this.#figure) this.#at = null;
    this.#figure = figure;
    this.node.hidden = !figure;
    if (!figure) return;
    if (this.choice) this.choice.hidden = figure.key !== "traffic";
    setText(this.title, figure.label);
    this.legend.replaceChildren(...figure.lines().filter((l) => l.name).map((l) => el("span", { class: "tone " + l.tone, text: l.name })));
    this.draw();
  }

  #choose(span) {
    this.#span = span;
    this.#tentative = false;
    this.#at = null;
    remember("span", span);
    this.draw();
  }

  #point(event) {
    const box = this.canvas.getBoundingClientRect();
    const { seconds } = spans[this.#span];
    this.#at = event && timeAt(now(), seconds, Math.min(Math.max((event.clientX - box.left) / box.width, 0), 1));
    this.draw();
  }

  // #ask has the server say what it has kept, unless it has just done so.
  async #ask() {
    const { seconds, step } = spans[this.#span];
    const names = this.#figure.names();
    const what = [this.#span, ...names].join();
    const same = what === this.#asked.what;
    if (!step || names.length === 0 || (same && performance.now() - this.#asked.at < askInterval)) return;
    this.#asked = { what, at: performance.now() };
    if (!same) [this.#steps, this.#failed] = [null, false];
    try {
      const steps = await past(this.id, names, { seconds, step });
      if (this.#asked.what !== what) return;
      [this.#steps, this.#failed] = [steps, false];
      if (this.#tentative && this.#figure.kept(steps).every((l) => !l.series)) this.#span = "minutes";
    } catch {
      if (this.#asked.what !== what) return;
      this.#failed = true;
    }
    this.draw();
  }

  draw() {
    const f = this.#figure;
    if (!f || !this.node.isConnected) return;
    this.#ask();
    const { seconds, step, ticks } = spans[this.#span];
    for (const button of this.buttons) setAttr(button, "aria-pressed", String(button.dataset.span === this.#span));
    const lines = (step ? f.kept(this.#steps ?? new Map()) : f.lines()).filter((l) => l.series);
    const empty = step && this.#steps && lines.length === 0;
    this.note.hidden = !empty && !this.#failed;
    setText(this.note, this.#failed ? t("historyFailed") : empty ? t("noHistory") : "");
    this.canvas.hidden = Boolean(empty);
    const until = now();
    const at = this.#at;
    setText(this.hint, at === null ? f.hint() : (seconds > 3600 ? hour : clock)(wall(at)) + " · " + lines.map((l) => (l.name ? l.name + " " : "") + f.format(nearest(l.series, at, seconds / 300))).join(" · "));
    setAttr(this.canvas, "aria-label", t("graphOf", { name: f.label, span: labels()[this.#span], value: [f.value(), f.hint()].filter(Boolean).join(", ") }));
    graph(this.canvas, lines, { from: until - seconds, until, top: f.top, format: f.format, ticks: ticksOf(until - seconds, until, ticks), at });
  }
}

// ticksOf is the times of day below a graph, every so many seconds.
function ticksOf(from, until, every) {
  const zone = new Date().getTimezoneOffset() * 60;
  const begin = wall(from), list = [];
  for (let time = Math.ceil((begin - zone) / every) * every + zone; time < begin + until - from; time += every) {
    list.push({ at: from + time - begin, text: hour(time) });
  }
  return list;
}
