import type { TextRow } from "./api.js";
import { json, type Request, type RequestOptions, type Requests } from "./http.js";
import type { components } from "./schema.js";

/** Values of a request; a list is joined with commas, `null` clears a property. */
export type RestValues = components["schemas"]["RESTRequest"];

/** A filter: property and value. `.proplist` names the properties of the answer. */
export type RestFilter = Record<string, string | number | boolean>;

/**
 * RouterOS's own REST of one router. Paths are those after `rest/`, such as
 * `ip/address` or `ip/address/*1`; see docs/rest.md.
 */
export class Rest {
  readonly #requests: Requests;
  readonly #base: string;

  constructor(requests: Requests, router: string) {
    this.#requests = requests;
    this.#base = `routers/${encodeURIComponent(router)}/rest/`;
  }

  /** The rows of a menu. */
  list(path: string, filter: RestFilter = {}, options: RequestOptions = {}): Promise<TextRow[]> {
    return this.#send("GET", path, { query: queryOf(filter) }, options);
  }

  /** One row, by its id or name, or the only one of a menu such as `system/identity`. */
  get(path: string, options: RequestOptions = {}): Promise<TextRow> {
    return this.#send("GET", path, {}, options);
  }

  /** Adds a row and returns it. */
  add(path: string, values: RestValues, options: RequestOptions = {}): Promise<TextRow> {
    return this.#send("PUT", path, { body: values }, options);
  }

  /** Changes a row, or a menu of one row, and returns it. */
  set(path: string, values: RestValues, options: RequestOptions = {}): Promise<TextRow> {
    return this.#send("PATCH", path, { body: values }, options);
  }

  /** Removes a row. */
  async remove(path: string, options: RequestOptions = {}): Promise<void> {
    await this.#requests.send({ method: "DELETE", path: this.#base + pathOf(path) }, options, () => Promise.resolve());
  }

  /** Executes a command: an array of rows, or an object with what the router says at the end. */
  command<T = TextRow[] | TextRow>(path: string, values: RestValues = {}, options: RequestOptions = {}): Promise<T> {
    return this.#send("POST", path, { body: values }, options);
  }

  #send<T>(method: string, path: string, more: Partial<Request>, options: RequestOptions): Promise<T> {
    return this.#requests.send({ method, path: this.#base + pathOf(path), ...more }, options, json<T>);
  }
}

/** Escapes each part of a path. */
const pathOf = (path: string) => path.split("/").filter(Boolean).map(encodeURIComponent).join("/");

const queryOf = (filter: RestFilter) => new URLSearchParams(Object.entries(filter).map(([name, value]) => [name, String(value)]));
