// The stream of all routers and the list of routers. They keep the store up to date
// while a user is signed in.
import { get } from "./session.js";
import * as store from "./store.js";
import { Stream } from "./stream.js";

// Changes of volatile fields are sent for hardware (CPU load, memory), but not for
// users: their uptime and bytes change with every poll, for all of them.
const query = [
  ["router", "*"], ["topics", "hardware,ppp_active,hotspot_active"], ["mode", "delta"], ["volatile", "hardware"],
];
const listInterval = 15_000; // milliseconds

let stream = null;
let listTimer = 0;
let refreshTimer = 0;

// start opens the stream. state(name, failure) is called with the states of Stream,
// and with "reset" if events were lost.
export function start(state) {
  stream = new Stream("sse", query, {
    state: (name, failure) => {
      state(name, failure);
      if (name === "live" || name === "resumed") refresh();
    },
    event: (e) => store.receive(e) || refreshSoon(),
    named: (name, e) => {
      if (name === "status" && e.state === "disconnected") store.remove(e.router_id);
      else if (name === "status" && !store.setStatus(e)) refreshSoon();
      if (name === "reset") state("reset");
    },
  });
  listTimer = setInterval(() => {
    stream.check();
    if (!document.hidden) refresh();
  }, listInterval);
  addEventListener("online", check);
  document.addEventListener("visibilitychange", check);
}

export function stop() {
  stream?.close();
  stream = null;
  clearInterval(listTimer);
  clearTimeout(refreshTimer);
  refreshTimer = 0;
  removeEventListener("online", check);
  document.removeEventListener("visibilitychange", check);
}

export const lastData = () => stream?.lastData ?? 0;

function check() {
  if (!document.hidden) stream?.check();
}

// refresh loads the list of routers. It reports no error: the stream has the same.
export async function refresh() {
  try {
    const list = await get("routers");
    if (stream) store.setList(list);
  } catch {
    // tried again after listInterval
  }
}

function refreshSoon() {
  refreshTimer ||= setTimeout(() => {
    refreshTimer = 0;
    refresh();
  }, 300);
}

// The identity and model of a router are not in the stream. They are requested once
// for routers in view, a few at a time.
const maxRequests = 3;
const infoInterval = 60_000; // milliseconds between attempts
const waiting = new Set();
let running = 0;

export function requestInfo(id) {
  const r = store.routers.get(id);
  if (!r || r.info || r.state !== "up" || waiting.has(id) || r.infoAsked > Date.now() - infoInterval) return;
  waiting.add(id);
  next();
}

async function next() {
  if (running >= maxRequests || waiting.size === 0) return;
  const [id] = waiting;
  waiting.delete(id);
  const r = store.routers.get(id);
  if (!r) return next();
  running++;
  r.infoAsked = Date.now();
  try {
    r.info = await get("system-info?" + new URLSearchParams({ router: id }));
    store.touch(id);
  } catch {
    // the card shows the router_id alone; tried again after infoInterval
  } finally {
    running--;
    next();
  }
}
