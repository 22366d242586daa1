// watch opens a stream by name and keeps its events for the test.
// apply and tables are those of docs/streaming.md.
const streams = {};
function watch(name, url) {
  const source = new EventSource(url);
  const s = { source, events: [], happened: [], tables: {}, raw: {} };
  streams[name] = s;
  for (const type of ["open", "error"]) {
    source.addEventListener(type, () => s.happened.push({ type, state: source.readyState, at: performance.now() }));
  }
  for (const type of ["message", "status", "reset", "end"]) {
    source.addEventListener(type, (event) => {
      s.events.push({ ...JSON.parse(event.data), event: type, id: event.lastEventId });
      s.raw[event.lastEventId] = event.data;
      if (type !== "message" || typeof apply === "undefined") return;
      const e = apply(event);
      const table = e.topic && tables[e.router_id + "/" + e.topic];
      // The table after this event, by the id of the event.
      if (table) s.tables[e.router_id + "/" + e.topic + "/" + event.lastEventId] = [...table.values()];
    });
  }
}
// came lists one field of the events of a name.
const came = (name, event, field) => streams[name].events.filter((e) => e.event === event).map((e) => e[field] ?? null);
// users are the names in the table of the router r.
const users = () => [...tables["r/ppp_active"].values()].map((row) => row.name);
