// What the page knows of the fleet. Streams and the list of routers write here,
// views read and are told what changed, a few times a second at the most.
import { tables } from "./delta.js";
import { Series } from "./series.js";

// routers by id. Each has what GET /routers says, and
//   hardware   row of /system/resource, or null
//   info       what /system-info said, or null
//   users      PPP and hotspot users online
//   cpu, memory, online   Series
export const routers = new Map();

const listeners = new Set();
let changed = new Set();
let listChanged = false;
let timer = 0;

// The server's clock, so that a wrong one here does no harm.
let clockAt = Date.now() / 1000;
let clockRead = performance.now();

export const now = () => clockAt + (performance.now() - clockRead) / 1000;

// seenAt marks a row with the time of its reading.
export const seenAt = Symbol("seen at");

// onChange calls listen(ids, listChanged) after changes; it returns how to stop.
export function onChange(listen) {
  listeners.add(listen);
  return () => listeners.delete(listen);
}

export function touch(id, list = false) {
  changed.add(id);
  listChanged ||= list;
  timer ||= setTimeout(tell, 200);
}

function tell() {
  const [ids, list] = [changed, listChanged];
  [changed, listChanged, timer] = [new Set(), false, 0];
  for (const listen of listeners) listen(ids, list);
}

function blank(id) {
  return {
    router_id: id, state: "connecting", hardware: null, info: null, users: 0, errors: {},
    cpu: new Series(), memory: new Series(), online: new Series(),
  };
}

// setList takes the list of GET /routers; who is not in it is gone.
export function setList(list) {
  const there = new Set();
  for (const r of list) {
    there.add(r.router_id);
    const known = routers.get(r.router_id);
    if (!known) adopt(Object.assign(blank(r.router_id), r));
    else Object.assign(known, { error: undefined, code: undefined, next_attempt: undefined }, r);
    touch(r.router_id, !known || known.state !== r.state);
  }
  for (const id of routers.keys()) {
    if (!there.has(id)) remove(id);
  }
}

// adopt enters a router; its first rows may have come before the list.
function adopt(r) {
  routers.set(r.router_id, r);
  hardware(r, now());
  count(r, now());
}

export function remove(id) {
  routers.delete(id);
  for (const key of Object.keys(tables)) {
    if (key.startsWith(id + "/")) delete tables[key];
  }
  touch(id, true);
}

export function clear() {
  for (const id of [...routers.keys()]) remove(id);
}

export const table = (id, topic) => tables[id + "/" + topic] ?? new Map();

// take takes an event of the stream. It returns whether its router is known; one
// that is not has been connected just now.
export function take(e) {
  if (e.ts) [clockAt, clockRead] = [e.ts, performance.now()];
  for (const rows of [e.rows, e.added, e.changed]) {
    for (const row of rows ?? []) row[seenAt] = e.ts;
  }
  const r = routers.get(e.router_id);
  if (!r) return false;
  if ("error" in e) r.errors[e.topic] = e.error;
  else if (e.type === "snapshot") delete r.errors[e.topic];
  if (e.topic === "hardware") hardware(r, e.ts);
  if (e.topic === "ppp_active" || e.topic === "hotspot_active") count(r, e.ts);
  if (r.state !== "up" && !("error" in e)) setStatus({ router_id: r.router_id, state: "up", since: e.ts });
  touch(e.router_id);
  return true;
}

function hardware(r, ts) {
  const row = table(r.router_id, "hardware").get("0");
  if (!row) return;
  r.hardware = row;
  r.cpu.add(ts, row["cpu-load"]);
  r.memory.add(ts, memoryUsed(row));
  count(r, ts);
}

// count counts the users where somebody has read them.
function count(r, ts) {
  const [ppp, hotspot] = ["ppp_active", "hotspot_active"].map((topic) => tables[r.router_id + "/" + topic]);
  if (!ppp && !hotspot) return;
  r.users = (ppp?.size ?? 0) + (hotspot?.size ?? 0);
  r.online.add(ts, r.users);
}

// memoryUsed is the share of the memory that is in use, in per cent.
export function memoryUsed(row) {
  const total = row?.["total-memory"];
  return total ? 100 * (1 - row["free-memory"] / total) : NaN;
}

// setStatus takes a status event: a router went away or returned.
export function setStatus({ router_id: id, state, error, code, since }) {
  const r = routers.get(id);
  if (!r) return false;
  if (error) r.lastError = { error, code, since };
  Object.assign(r, { state, error, code, since });
  touch(id, true);
  return true;
}

// age is the order of sessions by their age: it is the same for a session at
// every reading.
export const age = (row) => (row["uptime-seconds"] ?? 0) - row[seenAt];

// uptime is how long a session has lasted by now, in seconds.
export function uptime(row) {
  return row["uptime-seconds"] === undefined ? NaN : row["uptime-seconds"] + Math.max(0, now() - row[seenAt]);
}
