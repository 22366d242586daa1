// A worker that reads the stream of one router. A concentrator has an interface
// for each session, and their counters change with every poll: megabytes that
// the page does not show. They are parsed here, off the main thread, and only
// interfaces that are not dynamic are passed on.
import { fetchTransport, Tables } from "../client.js";

const tables = new Tables();

// The first message has the connection to open and, in known, the interfaces that the page
// has from an earlier stream, for changes to apply to. The worker is terminated to close it.
addEventListener("message", async ({ data: { connection, known } }) => {
  for (const [id, rows] of known) tables.set(id, "interfaces", rows);
  try {
    const events = await fetchTransport()({ ...connection, signal: new AbortController().signal });
    postMessage({ opened: true });
    for await (const event of events) postMessage({ event: withoutDynamic(event) });
    postMessage({ closed: true });
  } catch (error) {
    const { code = "network", message, status, requestId, retryAfter } = error;
    postMessage({ error: { code, message, status, requestId, retryAfter } });
  }
}, { once: true });

// withoutDynamic is an event as it is passed on. An event of interfaces becomes a
// snapshot of those that are not dynamic.
function withoutDynamic(event) {
  if (event.name === "reset") {
    const { router_id: id, topic } = JSON.parse(event.data);
    tables.reset(id, topic);
  }
  if (event.name !== "message") return event;
  const e = JSON.parse(event.data);
  if (e.topic !== "interfaces") return event;
  tables.apply(e);
  const rows = [...(tables.get(e.router_id, "interfaces")?.values() ?? [])].filter((row) => !row.dynamic);
  return { ...event, data: JSON.stringify({ ...e, type: "snapshot", rows, added: undefined, changed: undefined, removed: undefined }) };
}
