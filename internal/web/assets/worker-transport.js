// A transport of the client whose connection is read by interfaces-worker.js.
import { MikronecError } from "../client.js";
import { script } from "./scripts.js";
import { tables } from "./store.js";

export async function workerTransport({ signal, ...connection }) {
  const worker = new Worker(script("interfaces"), { type: "module" });
  const messages = [];
  let wake = () => {};
  worker.onmessage = ({ data }) => {
    messages.push(data);
    wake();
  };
  worker.onerror = () => {
    messages.push({ error: { code: "network", message: "the worker failed" } });
    wake();
  };
  signal.addEventListener("abort", () => {
    worker.terminate();
    wake();
  });
  worker.postMessage({ connection, known: tables.routers().map((id) => [id, tables.get(id, "interfaces")]).filter(([, rows]) => rows) });

  async function next() {
    while (messages.length === 0 && !signal.aborted) await new Promise((resolve) => (wake = resolve));
    signal.throwIfAborted();
    const message = messages.shift();
    if (message.error) throw new MikronecError(message.error);
    return message;
  }
  async function* events() {
    for (let message = await next(); message.event; message = await next()) yield message.event;
  }
  await next(); // the server has answered
  return events();
}
