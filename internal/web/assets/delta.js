// The client of the delta stream, the very code that docs/streaming.md shows; a
// test holds them together. All streams of the page share the tables. Two of them may
// have the same topic of a router: each brings every row to its last state.

// tables["a/ppp_active"] is a Map from .id to row.
const tables = {};
function apply(event) {
  const e = JSON.parse(event.data);
  if (!e.topic || e.topic === "sessions" || e.topic === "log") return e;
  const key = e.router_id + "/" + e.topic;
  const id = (row, i) => row[".id"] ?? String(i);
  if (e.type === "snapshot") {
    tables[key] = new Map(e.rows.map((row, i) => [id(row, i), row]));
  } else if (tables[key]) {
    for (const gone of e.removed ?? []) tables[key].delete(gone);
    for (const row of e.added ?? []) tables[key].set(id(row, 0), row);
    for (const row of e.changed ?? []) tables[key].set(id(row, 0), row);
  }
  return e;
}

export { apply, tables };
