import { tables } from "./delta.js";

// A source of events like EventSource, whose stream is read by the worker
// thin.js.

// The policy of the page lets no text become the address of a program; this is
// the one exception, and it is a constant.
const address = globalThis.trustedTypes
  ? trustedTypes.createPolicy("mikronec-worker", { createScriptURL: () => new URL("thin.js", import.meta.url).href }).createScriptURL("")
  : new URL("thin.js", import.meta.url);

export class ThinnedSource extends EventTarget {
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
