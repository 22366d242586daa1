// What happens on a router: users who connect and disconnect, and lines of its
// log. The newest stand first.
import { el, icon } from "./dom.js";
import { bytes, clock, duration } from "./format.js";
import { t } from "./i18n.js";
import { matcher } from "./match.js";
import { note } from "./route.js";

const limit = 300; // events kept and shown

// ActivityList shows a bounded list of events, which can be searched; render(event) makes
// one item.
class ActivityList {
  #match = null;

  constructor(render, empty, label) {
    this.render = render;
    this.list = el("ol", { class: "activity live", "aria-label": label, tabindex: "0" });
    this.empty = el("p", { class: "muted nothing", text: empty });
    this.none = el("p", { class: "muted nothing", text: t("emptySearch"), hidden: true });
    this.search = el("input", { type: "search", "aria-label": t("searchRows"), placeholder: t("searchRows"), autocomplete: "off", autocapitalize: "none", spellcheck: "false", on: { input: () => { this.find(this.search.value); note({ q: this.search.value.trim() }); } } });
    this.node = el("div", {}, el("div", { class: "gridbar" }, el("div", { class: "searchbox" }, icon("search"), this.search)), this.empty, this.none, this.list);
  }

  addAll(events) {
    for (const e of events) this.add(e);
  }

  // replace shows other events, oldest first.
  replace(events) {
    this.list.replaceChildren();
    this.addAll(events);
    this.find(this.search.value);
  }

  add(e) {
    this.empty.hidden = true;
    const item = this.render(e);
    item.hidden = Boolean(this.#match) && !this.#match(item.textContent.toLowerCase());
    this.list.prepend(item);
    if (this.list.children.length > limit) this.list.lastChild.remove();
  }

  find(text) {
    if (this.search.value !== text) this.search.value = text;
    this.#match = matcher(text);
    let found = 0;
    for (const item of this.list.children) {
      item.hidden = Boolean(this.#match) && !this.#match(item.textContent.toLowerCase());
      found += !item.hidden;
    }
    this.none.hidden = found > 0 || this.list.children.length === 0;
  }
}

// The events of the router shown last, oldest first, so that a change of language
// does not lose them.
const history = { id: "", sessions: [], log: [] };

export function historyOf(id) {
  if (history.id !== id) Object.assign(history, { id, sessions: [], log: [] });
  return history;
}

export function record(list, e) {
  list.push(e);
  if (list.length > limit) list.shift();
}

// recall takes the last lines of a log, with which a stream begins. A log that has begun
// again has none; what was there before is still worth reading.
export function recall(list, lines) {
  if (lines.length > 0) list.splice(0, list.length, ...lines);
}

export const sessionList = () => new ActivityList(sessionItem, t("noEvents"), t("events"));

export const logList = () => new ActivityList(logItem, t("noLog"), t("log"));

const time = (ts) => el("time", { class: "muted", datetime: new Date(ts * 1000).toISOString(), text: clock(ts) });

// gapItem marks a reset: the server no longer had some events, or may have missed some.
function gapItem({ lost }) {
  return el("li", { class: "lost" }, icon("warn"), el("span", { text: lost ? t("eventLost", { count: lost }) : t("eventGap") }));
}

function sessionItem(e) {
  if (e.gap) return gapItem(e);
  const up = e.type === "up";
  const details = [
    e.service, e.address, e.mac, !up && e.since && duration(e.ts - e.since),
    e["bytes-out"] !== undefined && `\u2193 ${bytes(Number(e["bytes-out"]))} \u2191 ${bytes(Number(e["bytes-in"] ?? 0))}`,
  ].filter(Boolean).join(" · ");
  return el("li", { data: { type: e.type } }, icon(up ? "plus" : "minus"), time(e.ts),
    el("strong", { text: t(up ? "eventUp" : "eventDown", { name: e.name || e.mac || "?" }) }), el("span", { class: "muted", text: details }));
}

function logItem(e) {
  if (e.gap) return gapItem(e);
  const topics = e.topics ?? "";
  const error = /\b(error|critical)\b/.test(topics);
  const warning = error || /\bwarning\b/.test(topics);
  const when = e.ts ? time(e.ts) : el("time", { class: "muted", text: e.time }); // lines of before have the router's time alone
  return el("li", { data: { type: error ? "error" : warning ? "warning" : "line" } }, warning && icon("warn"), when,
    el("span", { class: "topics", text: topics }), el("span", { text: e.message ?? "" }));
}
