// Runs one of the stream clients that frontends use and prints, as JSON lines,
// what it holds after every message: node clients.mjs NAME URL KEY
import { fetchEventSource } from "@microsoft/fetch-event-source";
import { EventSource } from "eventsource";
import { createEventSource } from "eventsource-client";
import ReconnectingEventSource from "reconnecting-eventsource";

const [name, url, key] = process.argv.slice(2);
const headers = { "X-API-Key": key };
const held = { name, messages: 0, bad: [], resets: 0, ends: 0, errors: 0, rows: {} };

// message takes what the library calls a message: a frontend parses its data
// without a look at it.
function message(event, data) {
  if (event === "end") {
    held.ends++;
    return print();
  }
  held.messages++;
  let body;
  try {
    body = JSON.parse(data);
  } catch (error) {
    held.bad.push(`${event || "message"}: ${JSON.stringify(data)}: ${error.message}`);
    return print();
  }
  if (event === "reset") {
    held.resets++;
    held.rows = {};
  } else if (body.type === "snapshot") {
    held.rows = {};
    for (const row of body.rows) held.rows[row[".id"]] = row.name;
  } else if (body.type === "delta") {
    for (const row of [...(body.added ?? []), ...(body.changed ?? [])]) held.rows[row[".id"]] = row.name;
    for (const id of body.removed ?? []) delete held.rows[id];
  }
  print();
}

const print = () => console.log(JSON.stringify(held));
const failed = () => { held.errors++; };
const fetchWithKey = (input, init) => fetch(input, { ...init, headers: { ...init.headers, ...headers } });

function listen(source) {
  for (const event of ["message", "status", "reset", "end"]) {
    source.addEventListener(event, (e) => message(event === "message" ? "" : event, e.data));
  }
  source.addEventListener("error", failed);
}

const clients = {
  eventsource: () => listen(new EventSource(url, { fetch: fetchWithKey })),
  "reconnecting-eventsource": () => {
    class WithKey extends EventSource {
      constructor(to) { super(to, { fetch: fetchWithKey }); }
    }
    listen(new ReconnectingEventSource(url, { eventSourceClass: WithKey, max_retry_time: 1000 }));
  },
  "eventsource-client": () => createEventSource({
    url, headers, onMessage: ({ event, data }) => message(event ?? "", data), onDisconnect: failed,
  }),
  "fetch-event-source": () => {
    // It is made for browsers.
    globalThis.window = globalThis;
    globalThis.document = { hidden: false, addEventListener() {}, removeEventListener() {} };
    fetchEventSource(url, {
      headers, openWhenHidden: true,
      onmessage: ({ event, data }) => message(event, data),
      onclose: () => { failed(); throw new Error("closed"); }, // or it takes a cut for the end
      onerror: () => { failed(); },
    });
  },
};
clients[name]();
