// The alerts that fire, of all routers that the key sees. They are asked for when the stream
// says that some have changed, and once a minute, since those of the server are in no stream.
import { duration, number, percent, rate } from "./format.js";
import { t } from "./i18n.js";
import { get } from "./session.js";
import * as store from "./store.js";

const askInterval = 60_000; // milliseconds
const soon = 300; // milliseconds after an event, in which others belong to it

let firing = []; // the newest first, each an alert of GET /alerts
let byRouter = new Map();
let timer = 0;
let active = false;
const listeners = new Set();

export const list = () => firing;

export const of = (id) => byRouter.get(id) ?? [];

// onAlerts calls listen() after changes, and returns a function that stops that.
export function onAlerts(listen) {
  listeners.add(listen);
  return () => listeners.delete(listen);
}

export function start() {
  active = true;
  ask();
}

export function stop() {
  active = false;
  clearTimeout(timer);
  take([]);
}

// changed is called when alerts have fired or ended.
export function changed() {
  clearTimeout(timer);
  timer = setTimeout(ask, soon);
}

export async function ask() {
  clearTimeout(timer);
  try {
    const answer = await get("alerts");
    if (active) take(answer);
  } catch {
    // the stream reports the same error
  }
  clearTimeout(timer);
  if (active) timer = setTimeout(ask, askInterval);
}

function take(next) {
  const before = byRouter;
  firing = next;
  byRouter = new Map();
  for (const a of next) if (a.router_id) byRouter.set(a.router_id, [...of(a.router_id), a]);
  for (const id of new Set([...before.keys(), ...byRouter.keys()])) if (store.routers.has(id)) store.touch(id, before.has(id) !== byRouter.has(id));
  for (const listen of listeners) listen();
}

const severities = ["info", "warning", "critical"];

// worst is the highest severity of alerts that are not silenced; empty for none.
export const worst = (alerts) => severities[Math.max(-1, ...alerts.filter((a) => !silenced(a)).map((a) => severities.indexOf(a.severity)))] ?? "";

// urgency sorts alerts: the worst first, and those that are silenced last.
export const urgency = (a, b) => rank(b) - rank(a);

const rank = (a) => (silenced(a) ? -1 : severities.indexOf(a.severity));

export const silenced = (a) => Boolean(a.silenced_until) && Date.parse(a.silenced_until) > Date.now();

const known = [
  "router.down", "router.up", "router.login_refused", "router.certificate_refused", "router.flapping", "router.rebooted", "cpu", "memory", "disk", "temperature",
  "voltage", "users", "users.ppp", "users.hotspot", "interface.down", "interface.rx", "interface.tx", "interface.errors", "pool", "user.up", "user.down", "log",
  "login.failed", "config.changed", "poll.stretched", "server.audit_slow", "server.wrong_keys",
];

const units = {
  cpu: percent, memory: percent, disk: percent, pool: percent, "interface.rx": rate, "interface.tx": rate, "poll.stretched": duration,
  temperature: (n) => number(n) + "\u00a0°C", voltage: (n) => number(n) + "\u00a0V",
};

// textOf says what is wrong; one of a newer server is told in the words of its rule.
export function textOf(a) {
  if (!known.includes(a.source)) return [a.when, a.subject].filter(Boolean).join(" · ");
  const value = a.value === undefined ? "" : (units[a.source] ?? number)(a.value);
  return t("alert." + a.source, { value, subject: a.subject ?? "" }).replace(/\s+/g, (space) => space[0]).trim();
}
