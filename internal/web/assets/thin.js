// A worker that takes the stream of one router. A concentrator has an interface
// for each session, and their counters change with every reading: megabytes that
// nobody looks at. They are read here, beside the page, which gets the
// interfaces that stay.
import { apply, tables } from "./delta.js";

let source = null;

// known is what the page has from a stream before, which this one goes on with.
addEventListener("message", ({ data: { address, known } }) => {
  Object.assign(tables, known);
  source = new EventSource(address);
  source.onopen = () => postMessage({ name: "open" });
  source.onerror = () => {
    source.close();
    postMessage({ name: "error" });
  };
  source.onmessage = (event) => pass("message", event, thin(event));
  for (const name of ["status", "reset", "end"]) source.addEventListener(name, (event) => pass(name, event, event.data));
}, { once: true });

function pass(name, { lastEventId }, data) {
  postMessage({ name, data, lastEventId });
}

// thin is the event with all interfaces that stay in place of every change.
function thin(event) {
  const e = apply(event);
  if (e.topic !== "interfaces") return event.data;
  const rows = [...tables[e.router_id + "/interfaces"].values()].filter((row) => !row.dynamic);
  return JSON.stringify({ ...e, type: "snapshot", rows, added: undefined, changed: undefined, removed: undefined });
}
