// The one stream of the fleet and the list of routers: what keeps the store up
// to date while somebody is signed in.
import { get } from "./session.js";
import * as store from "./store.js";
import { Stream } from "./stream.js";

// CPU load and memory count as changes; the uptime and the bytes of every user
// do not, or each reading would send all of them.
const query = [
  ["router", "*"], ["topics", "hardware,ppp_active,hotspot_active"], ["mode", "delta"], ["volatile", "hardware"],
];
const listEvery = 15_000;

let stream = null;
let timer = 0;
let asked = 0;

// start opens the stream. state(name, failure) is told how it fares, "reset"
// where something could not be replayed.
export function start(state) {
  stream = new Stream("sse", query, {
    state: (name, failure) => {
      state(name, failure);
      if (name === "live" || name === "resumed") refresh();
    },
    event: (e) => store.take(e) || refreshSoon(),
    named: (name, e) => {
      if (name === "status" && e.state === "disconnected") store.remove(e.router_id);
      else if (name === "status" && !store.setStatus(e)) refreshSoon();
      if (name === "reset") state("reset");
    },
  });
  timer = setInterval(() => {
    stream.check();
    if (!document.hidden) refresh();
  }, listEvery);
  addEventListener("online", wake);
  document.addEventListener("visibilitychange", wake);
}

export function stop() {
  stream?.close();
  stream = null;
  clearInterval(timer);
  clearTimeout(asked);
  asked = 0;
  removeEventListener("online", wake);
  document.removeEventListener("visibilitychange", wake);
}

export const lastData = () => stream?.lastData ?? 0;

function wake() {
  if (!document.hidden) stream?.check();
}

// refresh asks who is connected. What fails here shows at the stream as well.
export async function refresh() {
  try {
    const list = await get("routers");
    if (stream) store.setList(list);
  } catch {
    // the banner says that there is trouble; the next turn asks again
  }
}

function refreshSoon() {
  asked ||= setTimeout(() => {
    asked = 0;
    refresh();
  }, 300);
}

// Who a router is does not come with the stream. It is asked once for those that
// are looked at, a few at a time.
const waiting = new Set();
let running = 0;

export function wantInfo(id) {
  const r = store.routers.get(id);
  if (!r || r.info || r.state !== "up" || waiting.has(id) || r.infoAsked > Date.now() - 60_000) return;
  waiting.add(id);
  next();
}

async function next() {
  if (running >= 3 || waiting.size === 0) return;
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
    // the card goes by its router_id; it is asked again after a minute
  } finally {
    running--;
    next();
  }
}
