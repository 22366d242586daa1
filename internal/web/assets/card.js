// The card of a router. Its name and state are always there; figures and lines
// are kept up only while the card is in sight.
import { el, icon, setIcon, setText } from "./dom.js";
import { wantInfo } from "./feed.js";
import { duration, moment, number, percent, since } from "./format.js";
import { t } from "./i18n.js";
import { Spark } from "./spark.js";
import * as store from "./store.js";

const figures = [
  { name: "cpu", key: "cpu", top: 100 },
  { name: "memory", key: "memory", top: 100 },
  { name: "online", key: "users", top: 0 },
];

// high is the load from which a figure is marked as such.
const high = 85;

export class Card {
  #inSight = false;
  #figures = null;

  constructor(id) {
    this.id = id;
    this.state = el("span", { class: "state" }, icon("connecting"), el("span", {}));
    this.since = el("span", { class: "muted small" });
    this.about = el("p", { class: "muted small about" });
    this.where = el("p", { class: "muted small about" });
    this.body = el("div", { class: "figures" });
    this.trouble = el("div", { class: "trouble small" });
    this.node = el("li", { class: "card", data: { id } },
      el("div", { class: "row" }, this.state, this.since),
      el("h2", {}, el("a", { href: "#/router/" + encodeURIComponent(id), text: id })),
      this.about, this.where, this.body, this.trouble);
    this.update();
  }

  show(inSight) {
    this.#inSight = inSight;
    if (inSight && !this.#figures) this.#figures = figures.map((f) => this.#figure(f));
    if (inSight) wantInfo(this.id);
    this.update();
  }

  #figure({ name, key, top }) {
    const value = el("span", { class: "value" });
    const spark = new Spark(key);
    this.body.append(el("div", { class: "figure", data: { figure: name } }, el("span", { class: "muted small", text: t(key) }), value, spark.node));
    return { name, value, spark, top };
  }

  update() {
    const r = store.routers.get(this.id);
    if (!r) return;
    this.node.dataset.state = r.state;
    setIcon(this.state, r.state);
    setText(this.state.lastChild, t("state." + r.state));
    if (!this.#inSight) return;
    const up = r.hardware?.["uptime-seconds"];
    setText(this.since, r.state === "up" && up ? t("upFor", { time: duration(up) }) : r.since ? since(r.since) : "");
    setText(this.about, about(r) || t("noData"));
    setText(this.where, [identity(r), r.host].filter(Boolean).join(" · "));
    for (const f of this.#figures) {
      setText(f.value, figure(r, f.name));
      f.value.classList.toggle("high", f.name !== "online" && r[f.name].last() >= high);
      f.spark.show(r[f.name], store.now(), f.top);
    }
    this.#troubles(r);
  }

  #troubles(r) {
    const last = r.error ? { error: r.error, since: r.since } : r.lastError;
    const text = last ? `${t("lastError")} (${moment(last.since)}): ${last.error}` : "";
    this.trouble.classList.toggle("now", Boolean(r.error));
    setText(this.trouble, text);
  }
}

// about is what kind of device it is.
export function about(r) {
  const model = r.info?.model ?? r.hardware?.["board-name"];
  const version = r.hardware?.version ? "RouterOS " + r.hardware.version.replace(/ \(.*\)$/, "") : "";
  return [model, version].filter(Boolean).join(" · ");
}

// identity is what the router calls itself, where the server calls it otherwise.
export function identity(r) {
  return r.info?.identity !== r.router_id ? r.info?.identity : "";
}

function figure(r, name) {
  if (!r.hardware) return "–";
  if (name === "online") return number(r.users);
  return percent(r[name].last());
}
