// The state of all routers. Streams and the list of routers write here; views read
// it and are notified of changes, at most five times a second.
import { Tables } from "@mikronec/client";
import { now } from "./clock.js";
import { Series } from "./series.js";

// tables are filled by all streams of the page. Two of them may have the same topic of a
// router: each brings every row to its last state.
export const tables = new Tables();

// routers by id. Each has the fields of GET /routers and
//   hardware   row of /system/resource, or null
//   identity   that of the router, "" before it is known
//   users      number of active PPP and hotspot users when the router was last polled,
//              NaN if it is not known; usersOf is the present one
//   errors     error of the last poll, by topic
//   cpu, memory, online, traffic   Series of CPU load, memory (both percent), users, and
//              bits per second of the busiest interface
// Times of polls are those of clock.js.
export const routers = new Map();

const listeners = new Set();
let changed = new Set();
let listChanged = false;
let timer = 0;

// polledAt is the property of a row that holds the time of its poll.
const polledAt = Symbol("polled at");

const trafficGap = 70; // seconds; the topic traffic comes every 20 s

// onChange calls listen(ids, listChanged) after changes, and returns a function that
// stops that.
export function onChange(listen) {
  listeners.add(listen);
  return () => listeners.delete(listen);
}

// touch marks a router as changed; list, that routers or their states changed.
export function touch(id, list = false) {
  changed.add(id);
  listChanged ||= list;
  timer ||= setTimeout(notify, 200);
}

function notify() {
  clearTimeout(timer);
  const [ids, list] = [changed, listChanged];
  [changed, listChanged, timer] = [new Set(), false, 0];
  for (const listen of listeners) listen(ids, list);
}

function newRouter(id) {
  return {
    router_id: id, state: "connecting", hardware: null, identity: "", users: NaN, errors: {},
    cpu: new Series(), memory: new Series(), online: new Series(), traffic: new Series(trafficGap),
  };
}

let listed = false;

// hasList reports whether the list of routers has come since the login.
export const hasList = () => listed;

// setList takes the answer of GET /routers; routers that are not in it are removed. The first
// one is shown at once.
export function setList(list) {
  const ids = new Set();
  for (const r of list) {
    ids.add(r.router_id);
    const known = routers.get(r.router_id);
    const moved = known?.state !== r.state;
    if (!known) add(Object.assign(newRouter(r.router_id), r));
    else Object.assign(known, { error: undefined, code: undefined, next_attempt: undefined }, r);
    touch(r.router_id, moved);
  }
  for (const id of routers.keys()) {
    if (!ids.has(id)) remove(id);
  }
  if (listed) return;
  [listed, listChanged] = [true, true];
  notify();
}

// add inserts a router; rows of it may have arrived before the list.
function add(r) {
  routers.set(r.router_id, r);
  updateHardware(r, now());
  updateIdentity(r);
  updateTraffic(r, now());
  updateUsers(r, now());
}

export function remove(id) {
  routers.delete(id);
  tables.delete(id);
  touch(id, true);
}

export function clear() {
  listed = false;
  for (const id of [...routers.keys()]) remove(id);
}

export const table = (id, topic) => tables.get(id, topic) ?? new Map();

// has reports whether a topic of a router has come.
export const has = (id, topic) => tables.get(id, topic) !== undefined;

// receive takes a data event and its time. It returns false if the router is not in the
// list yet.
export function receive(e, at) {
  for (const rows of [e.rows, e.added, e.changed]) {
    for (const row of rows ?? []) row[polledAt] = at;
  }
  const r = routers.get(e.router_id);
  if (!r) return false;
  if ("error" in e) r.errors[e.topic] = e.error;
  else if (e.type === "snapshot") delete r.errors[e.topic];
  if (e.topic === "hardware") updateHardware(r, at);
  if (e.topic === "identity") updateIdentity(r);
  if (e.topic === "traffic") updateTraffic(r, at);
  if (e.topic in kinds || e.topic === "counts") updateUsers(r, at);
  // A viewer who arrives while the router is away gets its last rows, too.
  if (r.state !== "up" && !e.error && !(e.ts <= r.since)) setStatus({ router_id: r.router_id, state: "up", since: e.ts });
  touch(e.router_id);
  return true;
}

function updateHardware(r, at) {
  const row = table(r.router_id, "hardware").get("0");
  if (!row) return;
  r.hardware = row;
  r.cpu.add(at, row["cpu-load"]);
  r.memory.add(at, memoryUsed(row));
  updateUsers(r, at);
}

// updateTraffic takes the traffic of the busiest interface, of its busier side.
function updateTraffic(r, at) {
  const row = table(r.router_id, "traffic").get("0");
  if (row) r.traffic.add(at, Math.max(row["rx-bits-per-second"] ?? NaN, row["tx-bits-per-second"] ?? NaN));
}

function updateIdentity(r) {
  r.identity = table(r.router_id, "identity").get("0")?.name ?? r.identity;
}

// kinds are the numbers in the topic counts, by the topic with the rows.
const kinds = { ppp_active: "ppp", hotspot_active: "hotspot" };

// usersIn is the number of users of a topic when it was last polled; NaN if that is not
// known. The rows are there while the router is open.
export function usersIn(r, topic) {
  const rows = tables.get(r.router_id, topic);
  if (rows && !r.errors[topic]) return rows.size;
  return table(r.router_id, "counts").get("0")?.[kinds[topic]] ?? NaN;
}

function updateUsers(r, at) {
  r.users = usersIn(r, "ppp_active") + usersIn(r, "hotspot_active");
  r.online.add(at, r.users);
}

// present returns a value of a router if the router is there, NaN otherwise.
export const present = (r, value) => (r.state === "up" ? value : NaN);

export const usersOf = (r) => present(r, r.users);

// memoryUsed is the memory in use, in percent.
function memoryUsed(row) {
  const total = row?.["total-memory"];
  return total ? 100 * (1 - row["free-memory"] / total) : NaN;
}

// setStatus takes a status event: the connection to a router was lost or restored.
export function setStatus({ router_id: id, state, error, code, since }) {
  const r = routers.get(id);
  if (!r) return false;
  if (error) r.lastError = { error, code, since };
  Object.assign(r, { state, error, code, since });
  touch(id, true);
  return true;
}

// age is a sort key for sessions, longest first in descending order; it stays the
// same at every poll.
export const age = (row) => (row["uptime-seconds"] ?? 0) - row[polledAt];

// uptime is how long a session has lasted until now, in seconds.
export function uptime(row) {
  return row["uptime-seconds"] === undefined ? NaN : row["uptime-seconds"] + Math.max(0, now() - row[polledAt]);
}
