// The card of a router. Name and state are always up to date; values and lines only
// while the card is in view.
import { now } from "./clock.js";
import { el, icon, setIcon, setText } from "./dom.js";
import { headline } from "./failure.js";
import { requestInfo } from "./feed.js";
import { duration, moment, number, percent, since } from "./format.js";
import { t } from "./i18n.js";
import { Sparkline } from "./sparkline.js";
import * as store from "./store.js";

// Figures are {name, label, tone, top}: name is that of the series, top the end of
// the scale, 0 to fit the values.
const figures = () => [
  { name: "cpu", label: t("cpu"), tone: "cpu", top: 100 },
  { name: "memory", label: t("memory"), tone: "memory", top: 100 },
  { name: "online", label: t("users"), tone: "users", top: 0 },
];

const high = 85; // percent, from which a value is highlighted

export class Card {
  #inView = false;
  #figures = null;

  constructor(id) {
    this.id = id;
    this.state = el("span", { class: "state" }, icon("connecting"), el("span", {}));
    this.since = el("span", { class: "muted small" });
    this.about = el("p", { class: "muted small about" });
    this.where = el("p", { class: "muted small about" });
    this.body = el("div", { class: "figures" });
    this.error = el("div", { class: "last-error small" });
    this.node = el("li", { class: "card", data: { id } },
      el("div", { class: "row" }, this.state, this.since),
      el("h2", {}, el("a", { href: "#/router/" + encodeURIComponent(id), text: id })),
      this.about, this.where, this.body, this.error);
    this.update();
  }

  setInView(inView) {
    this.#inView = inView;
    if (inView && !this.#figures) this.#figures = figures().map((f) => this.#addFigure(f));
    this.update();
  }

  #addFigure({ name, label, tone, top }) {
    const value = el("span", { class: "value" });
    const line = new Sparkline(tone);
    this.body.append(el("div", { class: "figure", data: { figure: name } }, el("span", { class: "muted small", text: label }), value, line.node));
    return { name, value, line, top };
  }

  update() {
    const r = store.routers.get(this.id);
    if (!r) return;
    this.node.dataset.state = r.state;
    setIcon(this.state, r.state);
    setText(this.state.lastChild, t("state." + r.state));
    if (!this.#inView) return;
    requestInfo(this.id);
    const up = r.hardware?.["uptime-seconds"];
    setText(this.since, r.state === "up" && up ? t("upFor", { time: duration(up) }) : r.since ? since(r.since) : "");
    setText(this.about, about(r) || t("noData"));
    setText(this.where, [identity(r), r.host].filter(Boolean).join(" · "));
    for (const f of this.#figures) {
      setText(f.value, valueOf(r, f.name));
      f.value.classList.toggle("high", f.name !== "online" && store.present(r, r[f.name].last()) >= high);
      f.line.show(r[f.name], now(), f.top);
    }
    const last = r.error ? r : r.lastError;
    setText(this.error, last ? `${t("lastError")} (${moment(last.since)}): ${headline(last.code)}` : "");
    this.error.classList.toggle("current", Boolean(r.error));
  }
}

// about is the model and the version of RouterOS.
export function about(r) {
  const model = r.info?.model ?? r.hardware?.["board-name"];
  const version = r.hardware?.version ? "RouterOS " + r.hardware.version.replace(/ \(.*\)$/, "") : "";
  return [model, version].filter(Boolean).join(" · ");
}

// identity is the identity of the router, if it differs from the router_id.
export function identity(r) {
  return r.info?.identity !== r.router_id ? r.info?.identity : "";
}

function valueOf(r, name) {
  return name === "online" ? number(store.usersOf(r)) : percent(store.present(r, r[name].last()));
}
