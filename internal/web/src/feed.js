// The stream of all routers and the list of routers. They keep the store up to date
// while a user is signed in.
import * as alerts from "./alerts.js";
import { askServing, forgetServing } from "./serving.js";
import { Failure, get } from "./session.js";
import * as store from "./store.js";
import { Stream } from "./stream.js";

// Of users only the numbers are sent, which spares the routers their tables. The router
// that is open has the tables in a stream of its own, see router.js.
const fleetQuery = { routers: "*", topics: ["hardware", "counts", "traffic", "identity", "alerts"], mode: "delta", volatile: ["hardware", "traffic"] };

// Times in milliseconds. A server that stopped answering is noticed after quiet, a tick
// and probeLimit at most, 16 s.
const listInterval = 15_000; // between requests for the list of routers
const tickInterval = 2_000;
const quiet = 8_000; // without a sign of the server, after which it is asked for one
const probeLimit = 6_000; // for its answer
const patience = 60_000; // after the first request without an answer, until commands under way are given up

let stream = null;
let report = () => {};
let tickTimer = 0;
let refreshTimer = 0;
let asking = false;
let asked = 0; // when the list was last requested
let sign = 0; // when the server last gave a sign: an event, a heart-beat, an answer
let silent = false; // it does not answer, though the stream is open
let unansweredSince = 0; // 0 while it answers

// gone is aborted with a Failure when the server has not answered for too long. Commands
// that have no time limit of their own use its signal.
let gone = new AbortController();
export const goneSignal = () => gone.signal;

// start opens the stream. state(name, failure) is called with the states of Stream,
// and with "reset" if events were lost.
export function start(state) {
  report = state;
  let opened = false; // the stream, before
  alive();
  stream = new Stream(fleetQuery, {
    state: (name, failure) => {
      const open = name === "live" || name === "resumed";
      if (open) silent = false;
      if (failure?.code === "no_answer") unanswered();
      state(name, failure);
      if (!open) return;
      forgetServing();
      if (opened || !(store.hasList() || asking)) refresh();
      opened = true;
      alerts.changed();
    },
    alive,
    event: (e, at) => (e.topic === "alerts" ? alerts.changed() : store.receive(e, at) || refreshSoon()),
    named,
  });
  refresh(); // does not wait for the stream: on a slow line that is one turn less
  alerts.start();
  tickTimer = setInterval(tick, tickInterval);
  addEventListener("online", check);
  document.addEventListener("visibilitychange", check);
}

function named(name, e) {
  if (name === "status" && e.state === "disconnected") store.remove(e.router_id);
  else if (name === "status" && !store.setStatus(e)) refreshSoon();
  if (name !== "reset") return;
  refreshSoon();
  report("reset");
}

export function stop() {
  stream?.close();
  stream = null;
  alerts.stop();
  clearInterval(tickTimer);
  clearTimeout(refreshTimer);
  [refreshTimer, silent] = [0, false];
  removeEventListener("online", check);
  document.removeEventListener("visibilitychange", check);
}

export const lastData = () => stream?.lastData ?? 0;

function check() {
  if (!document.hidden) stream?.check();
}

// alive notes a sign of the server.
function alive() {
  answered();
  if (!silent) return;
  silent = false;
  report("resumed");
}

function answered() {
  sign = performance.now();
  unansweredSince = 0;
  if (gone.signal.aborted) gone = new AbortController();
}

function unanswered() {
  unansweredSince ||= performance.now();
  if (performance.now() - unansweredSince > patience) gone.abort(new Failure("no_answer"));
}

function tick() {
  stream.check();
  if (document.hidden || asking) return;
  const now = performance.now();
  if (now - asked > listInterval || (stream.connected && now - sign > quiet)) refresh();
}

// refresh loads the list of routers, which is a sign of the server, too. While the
// stream is open, the silence of the server shows here first. Other errors are those of
// the stream as well, but a proxy may want a login while the stream goes on.
export async function refresh() {
  const from = stream;
  asking = true;
  asked = performance.now();
  try {
    const list = await get("routers", { limit: probeLimit });
    if (stream !== from || !stream) return;
    answered();
    report("notice", null);
    store.setList(list);
    askServing(list, () => report("served"));
    if (!silent) return;
    silent = false;
    stream.reopen(); // its connection may be gone without an error
  } catch (failure) {
    if (stream === from && stream?.connected) missed(failure);
  } finally {
    asking = false;
  }
}

function missed(failure) {
  if (failure.code?.startsWith("proxy_")) return report("notice", failure);
  if (sign > asked || !["no_answer", "offline"].includes(failure.code)) return;
  unanswered();
  silent = true;
  report("lost", failure);
}

function refreshSoon() {
  refreshTimer ||= setTimeout(() => {
    refreshTimer = 0;
    refresh();
  }, 300);
}
