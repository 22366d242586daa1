// What happens at a router: users who come and go, and lines of its log. The
// newest stand first.
import { el, icon } from "./dom.js";
import { bytes, clock, duration } from "./format.js";
import { t } from "./i18n.js";

const most = 300;

// Happenings is a list of events that is bounded. Kept are those of the router
// shown last, so that a change of language does not lose them.
class Happenings {
  constructor(line, nothing, label) {
    this.line = line;
    this.list = el("ol", { class: "happenings live", "aria-label": label });
    this.nothing = el("p", { class: "muted nothing", text: nothing });
    this.node = el("div", {}, this.nothing, this.list);
  }

  show(events) {
    for (const e of events) this.add(e);
  }

  add(e) {
    this.nothing.hidden = true;
    this.list.prepend(this.line(e));
    if (this.list.children.length > most) this.list.lastChild.remove();
  }
}

// Memory of the events of one router.
const kept = { id: "", sessions: [], log: [] };

export function recall(id) {
  if (kept.id !== id) Object.assign(kept, { id, sessions: [], log: [] });
  return kept;
}

export function note(list, e) {
  list.push(e);
  if (list.length > most) list.shift();
}

export const sessionList = () => new Happenings(sessionLine, t("noEvents"), t("events"));

export const logList = () => new Happenings(logLine, t("noLog"), t("log"));

const time = (ts) => el("time", { class: "muted", datetime: new Date(ts * 1000).toISOString(), text: clock(ts) });

function lost(e) {
  return el("li", { class: "lostline" }, icon("warn"), el("span", { text: t("eventLost", { count: e.lost }) }));
}

function sessionLine(e) {
  if (e.lost !== undefined) return lost(e);
  const up = e.type === "up";
  const details = [
    e.service, e.address, e.mac, !up && e.since && duration(e.ts - e.since),
    e["bytes-out"] !== undefined && `\u2193 ${bytes(Number(e["bytes-out"]))} \u2191 ${bytes(Number(e["bytes-in"] ?? 0))}`,
  ].filter(Boolean).join(" · ");
  return el("li", { data: { type: e.type } }, icon(up ? "plus" : "minus"), time(e.ts),
    el("strong", { text: t(up ? "eventUp" : "eventDown", { name: e.name || e.mac || "?" }) }), el("span", { class: "muted", text: details }));
}

function logLine(e) {
  if (e.lost !== undefined) return lost(e);
  const topics = e.topics ?? "";
  const grave = /\b(error|critical)\b/.test(topics);
  const warning = grave || /\bwarning\b/.test(topics);
  return el("li", { data: { type: grave ? "error" : warning ? "warning" : "line" } }, warning && icon("warn"), time(e.ts),
    el("span", { class: "topics", text: topics }), el("span", { text: e.message ?? "" }));
}
