// The card of a router; on a phone it is one line. Name and state are always up to date,
// values and lines while the card is in the page.
import * as alerts from "./alerts.js";
import { now } from "./clock.js";
import { el, icon, setAttr, setIcon, setText } from "./dom.js";
import { headline } from "./failure.js";
import { duration, moment, number, percent, rate, since } from "./format.js";
import { t } from "./i18n.js";
import { restartNote } from "./restart.js";
import { href } from "./route.js";
import { Sparkline } from "./sparkline.js";
import * as store from "./store.js";

// Figures are {name, label, tone, top}: name is that of the series, top the end of
// the scale, 0 to fit the values.
const figures = () => [
  { name: "cpu", label: t("cpu"), tone: "cpu", top: 100, text: percent },
  { name: "online", label: t("usersShort"), tone: "users", top: 0, text: number },
  { name: "traffic", label: t("traffic"), tone: "traffic", top: 0, text: rate },
];

const high = 85; // percent, from which a value is highlighted

export class Card {
  constructor(id) {
    this.id = id;
    this.state = el("span", { class: "state" }, icon("connecting"), el("span", {}));
    this.since = el("span", { class: "muted small since" });
    this.about = el("p", { class: "muted small about" });
    this.figures = figures().map(({ label, tone, ...f }) => {
      const value = el("span", { class: "value" });
      const line = new Sparkline(tone);
      return { ...f, value, line, node: el("div", { class: "figure", data: { figure: f.name } }, el("span", { class: "muted small label", text: label }), value, line.node) };
    });
    this.alert = el("span", { class: "alertmark", hidden: true }, icon("bell"), el("span", {}));
    this.error = el("p", { class: "last-error small" });
    this.node = el("li", { class: "card", data: { id } }, this.state,
      el("h2", {}, el("a", { href: href({ id }), text: id }), this.alert), this.since, this.about,
      el("div", { class: "figures" }, this.figures.map((f) => f.node)), this.error);
    this.update();
  }

  update() {
    const r = store.routers.get(this.id);
    if (!r) return;
    this.node.dataset.state = r.state;
    setIcon(this.state, r.state);
    setText(this.state.lastChild, t("state." + r.state));
    const up = r.hardware?.["uptime-seconds"];
    setText(this.since, r.state === "up" && up ? t("upFor", { time: duration(up) }) : r.since ? since(r.since) : "");
    setText(this.about, [identity(r) || r.host, about(r)].filter(Boolean).join(" · "));
    for (const f of this.figures) {
      f.node.hidden = r[f.name].length === 0 && f.name === "traffic"; // not watched
      const value = store.present(r, f.name === "online" ? r.users : r[f.name].last());
      setText(f.value, f.text(value));
      f.value.classList.toggle("high", f.top === 100 && value >= high);
      f.line.show(r[f.name], now(), f.top);
    }
    this.#showAlerts();
    const note = restartNote(this.id);
    const last = r.error ? r : r.lastError;
    setText(this.error, note || (last ? `${headline(last.code)} (${moment(last.since)})` : ""));
    this.error.classList.toggle("current", Boolean(r.error) && !note);
  }

  // #showAlerts says how many alerts fire, and what the newest one is.
  #showAlerts() {
    const list = alerts.of(this.id);
    this.alert.hidden = list.length === 0;
    if (list.length === 0) return;
    this.alert.dataset.severity = alerts.worst(list) || "silenced";
    setText(this.alert.lastChild, number(list.length));
    this.alert.title = list.map(alerts.textOf).join("\n");
    setAttr(this.alert.firstChild, "aria-label", t("alertsFiring", { n: list.length, count: number(list.length) }));
  }
}

// about is the model and the version of RouterOS.
export function about(r) {
  const model = r.hardware?.["board-name"];
  const version = r.hardware?.version ? "RouterOS " + r.hardware.version.replace(/ \(.*\)$/, "") : "";
  return [model, version].filter(Boolean).join(" · ");
}

// identity is the identity of the router, if it differs from the router_id.
export function identity(r) {
  return r.identity !== r.router_id ? r.identity : "";
}
