// An event source like EventSource whose stream is read by interfaces-worker.js.
import { tables } from "./delta.js";

// The Content-Security-Policy of the page requires trusted types: no string may
// become the address of a script. This constant is the one exception.
const address = globalThis.trustedTypes
  ? trustedTypes.createPolicy("mikronec-worker", { createScriptURL: () => new URL("interfaces-worker.js", import.meta.url).href }).createScriptURL("")
  : new URL("interfaces-worker.js", import.meta.url);

export class WorkerSource extends EventTarget {
  #worker = new Worker(address, { type: "module" });

  constructor(url) {
    super();
    this.readyState = EventSource.CONNECTING;
    this.#worker.onmessage = ({ data: { name, ...rest } }) => {
      if (name === "open") this.readyState = EventSource.OPEN;
      if (name === "error") this.readyState = EventSource.CLOSED;
      const event = rest.data === undefined ? new Event(name) : new MessageEvent(name, rest);
      this["on" + name]?.(event);
      this.dispatchEvent(event);
    };
    this.#worker.onerror = () => this.onerror?.();
    const known = Object.fromEntries(Object.entries(tables).filter(([key]) => key.endsWith("/interfaces")));
    this.#worker.postMessage({ address: url.href, known });
  }

  close() {
    this.readyState = EventSource.CLOSED;
    this.#worker.terminate();
  }
}
