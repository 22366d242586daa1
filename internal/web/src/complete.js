// What may come next in a line of the terminal, as the router tells it
// (/console/inspect, RouterOS 7). Answers are kept while the page is open.
import { run } from "./run.js";

const known = new Map(); // by router and path: a promise of rows
const silent = new Set(); // routers that cannot tell
const shown = 12;

// inspect asks the router once for each path.
function inspect(id, request, path) {
  if (silent.has(id)) return Promise.resolve([]);
  const key = [id, request, path].join(" ");
  if (!known.has(key)) known.set(key, ask(id, request, path).catch((failure) => {
    known.delete(key);
    if (failure.code === "router_refused" || failure.code === "command_denied") silent.add(id);
    return [];
  }));
  return known.get(key);
}

async function ask(id, request, path) {
  const rows = [];
  await run(id, ["/console/inspect", "=request=" + request, "=path=" + path], (row) => rows.push(row));
  return rows;
}

// partsOf splits a line into the words before the last one and the last one, which may be
// empty. Slashes separate like spaces.
export function partsOf(line) {
  const last = /[^\s/]*$/.exec(line)[0];
  const before = line.slice(0, line.length - last.length);
  return { before, last, words: before.split(/[\s/]+/).filter(Boolean) };
}

// completions returns lines that begin with this one, completed by one more word. In a
// path that is a directory or a command, after it an argument or its value.
export async function completions(id, line) {
  const { before, last, words } = partsOf(line);
  const path = words.filter((word) => !/[=?]/.test(word));
  const value = /^([a-z][\w.-]*)=(.*)$/i.exec(last);
  if (value) {
    const rows = await inspect(id, "completion", [...path, value[1]].join());
    return rows.map((row) => row.completion ?? "").filter((text) => text.startsWith(value[2]) && text !== value[2]).slice(0, shown).map((text) => `${before}${value[1]}=${text} `);
  }
  const rows = await inspect(id, "child", path.join());
  return rows.filter(({ name = "" }) => name.startsWith(last) && name !== "").slice(0, shown).map(({ name, "node-type": kind }) => before + name + (kind === "arg" ? "=" : " "));
}
