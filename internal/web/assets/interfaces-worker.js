// A worker that reads the stream of one router. A concentrator has an interface
// for each session, and their counters change with every poll: megabytes that
// the page does not show. They are parsed here, off the main thread, and only
// interfaces that are not dynamic are passed on.
import { apply, tables } from "./delta.js";

let source = null;

// The first message names the stream and, in known, holds the tables that the page
// has from an earlier stream, for deltas to apply to.
addEventListener("message", ({ data: { address, known } }) => {
  Object.assign(tables, known);
  source = new EventSource(address);
  source.onopen = () => postMessage({ name: "open" });
  source.onerror = () => {
    source.close();
    postMessage({ name: "error" });
  };
  source.onmessage = (event) => pass("message", event, withoutDynamic(event));
  for (const name of ["status", "reset", "end", "heartbeat"]) source.addEventListener(name, (event) => pass(name, event, event.data));
}, { once: true });

function pass(name, { lastEventId }, data) {
  postMessage({ name, data, lastEventId });
}

// withoutDynamic is the data of an event. An event of interfaces becomes a
// snapshot of those that are not dynamic.
function withoutDynamic(event) {
  const e = apply(event);
  if (e.topic !== "interfaces") return event.data;
  const rows = [...tables[e.router_id + "/interfaces"].values()].filter((row) => !row.dynamic);
  return JSON.stringify({ ...e, type: "snapshot", rows, added: undefined, changed: undefined, removed: undefined });
}
