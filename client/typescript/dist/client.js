// src/errors.ts
var maybeSent = /* @__PURE__ */ new Set([
  "router_refused",
  "router_unreachable",
  "timeout",
  "reply_too_large",
  "too_much_in_flight",
  "internal",
  "network",
  "no_answer",
  "foreign_answer",
  "too_large"
]);
var MikronecError = class extends Error {
  name = "MikronecError";
  code;
  /** HTTP status; 0 without an answer, and for errors inside of a stream or a batch. */
  status;
  /** Finds the request in the log of the server; empty without an answer. */
  requestId;
  /** Seconds after which to try again; 0 if the server did not say so. */
  retryAfter;
  /** With `router_refused`: all refusals; `message` is the first one. */
  traps;
  /** With `router_refused`: the rows that came before. */
  rows;
  constructor(f) {
    super(f.message, f.cause === void 0 ? void 0 : { cause: f.cause });
    this.code = f.code;
    this.status = f.status ?? 0;
    this.requestId = f.requestId ?? "";
    this.retryAfter = f.retryAfter ?? 0;
    this.traps = f.traps ?? [];
    this.rows = f.rows ?? [];
  }
  /** Whether a command may have reached the router. If so, look before you repeat it. */
  get sent() {
    return maybeSent.has(this.code);
  }
};

// src/lines.ts
async function* lines(body, most) {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let parts = [];
  let size = 0;
  try {
    for (; ; ) {
      const { value, done } = await reader.read();
      if (done) return;
      const text = decoder.decode(value, { stream: true });
      let from = 0;
      for (let end = text.indexOf("\n"); end >= 0; end = text.indexOf("\n", from)) {
        parts.push(text.slice(from, end));
        from = end + 1;
        const line = parts.join("");
        parts = [];
        size = 0;
        yield line.endsWith("\r") ? line.slice(0, -1) : line;
      }
      parts.push(text.slice(from));
      size += text.length - from;
      if (size > most) throw new MikronecError({ code: "too_large", message: `a line has more than ${most} characters` });
    }
  } finally {
    reader.cancel().catch(() => {
    });
  }
}

// src/http.ts
var Requests = class {
  base;
  maxLine;
  #options;
  constructor(options) {
    const base = options.url ?? globalThis.document?.baseURI;
    if (base === void 0) throw new TypeError("url is missing");
    this.base = new URL(base);
    if (this.base.username || this.base.password) throw new TypeError("url has a password; give the key as key");
    this.base.search = this.base.hash = "";
    if (options.url !== void 0 && !this.base.pathname.endsWith("/")) this.base.pathname += "/";
    this.maxLine = options.maxLine ?? 64e6;
    this.#options = options;
  }
  /** The address of a path. */
  at(path, query) {
    const url = new URL(path, this.base);
    if (query) url.search = query.toString();
    return url;
  }
  /** The header with the key; none without a key. */
  async credentials() {
    const { key } = this.#options;
    const value = typeof key === "function" ? await key() : key;
    return value === void 0 ? {} : { "X-API-Key": value };
  }
  /**
   * Sends a request and reads its answer, which has to be complete in time; where `read`
   * leaves the body to be read later, it has to begin in time. What is no success is thrown.
   */
  async send(request, options, read) {
    const headers = { Accept: "application/json", ...await this.credentials(), ...request.headers };
    if (request.accept) headers["Accept"] = request.accept;
    if (request.body !== void 0) headers["Content-Type"] = "application/json";
    const limit = options.timeoutMs ?? this.#options.timeoutMs ?? 9e4;
    const late = new AbortController();
    const timer = limit === Infinity ? void 0 : setTimeout(() => late.abort(noAnswer(limit)), limit);
    const signal = options.signal ? AbortSignal.any([options.signal, late.signal]) : late.signal;
    try {
      const init = { method: request.method, headers, signal };
      if (request.body !== void 0) init.body = JSON.stringify(request.body);
      return await read(await begin(this.at(request.path, request.query), init, this.#options.fetch));
    } catch (error) {
      throw reasonOf(error, signal);
    } finally {
      clearTimeout(timer);
    }
  }
  /** The `data` of an answer. */
  data(request, options = {}) {
    return this.send(request, options, async (response) => (await json(response)).data);
  }
  /** The lines of an answer, each of them JSON. The time limit is for its beginning. */
  async *objects(request, options) {
    const body = await this.send({ accept: "application/x-ndjson", ...request }, options, (response) => Promise.resolve(response.body));
    try {
      for await (const line of lines(body, this.maxLine)) {
        if (line !== "") yield parse(line, 200);
      }
    } catch (error) {
      throw reasonOf(error, options.signal);
    }
  }
};
async function begin(url, init, use) {
  const response = await (use ?? fetch)(url, { ...init, cache: "no-store", redirect: "manual" });
  const accept = new Headers(init.headers).get("Accept") ?? "";
  const type = response.headers.get("Content-Type") ?? "";
  if (response.ok && (response.status === 204 || accept === "*/*" || type.startsWith(accept))) return response;
  throw await failureOf(response);
}
async function json(response) {
  return parse(await response.text(), response.status);
}
function parse(text, status) {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new MikronecError({ code: "foreign_answer", message: "the answer is not JSON", status, cause });
  }
}
function errorOf(problem, more = {}) {
  const failure = { code: problem.code, message: problem.error, ...more };
  if (problem.request_id) failure.requestId = problem.request_id;
  if (problem.traps) failure.traps = problem.traps;
  if (problem.data) failure.rows = problem.data;
  return new MikronecError(failure);
}
async function failureOf(response) {
  const { status, headers } = response;
  const retryAfter = Number(headers.get("Retry-After")) || 0;
  const text = await response.text();
  const requestId = headers.get("X-Request-Id") ?? "";
  try {
    const problem = JSON.parse(text);
    if (typeof problem.code === "string") {
      const message = typeof problem.error === "string" ? problem.error : problem.detail ?? problem.message ?? "";
      const traps = problem.traps ? { traps: problem.traps } : {};
      const rows = Array.isArray(problem.data) ? { rows: problem.data } : {};
      return new MikronecError({ code: problem.code, message, status, requestId: problem.request_id ?? requestId, retryAfter, ...traps, ...rows });
    }
  } catch {
  }
  return new MikronecError({ code: "foreign_answer", message: `HTTP ${status}`, status, retryAfter });
}
var noAnswer = (limit) => new MikronecError({ code: "no_answer", message: `no answer within ${limit} ms` });
function reasonOf(error, signal) {
  if (signal?.aborted) return signal.reason;
  if (error instanceof MikronecError || !(error instanceof Error)) return error;
  const cause = error.cause instanceof Error ? `: ${error.cause.message}` : "";
  return new MikronecError({ code: "network", message: error.message + cause, cause: error });
}

// src/rest.ts
var Rest = class {
  #requests;
  #base;
  constructor(requests, router) {
    this.#requests = requests;
    this.#base = `routers/${encodeURIComponent(router)}/rest/`;
  }
  /** The rows of a menu. */
  list(path, filter = {}, options = {}) {
    return this.#send("GET", path, { query: queryOf(filter) }, options);
  }
  /** One row, by its id or name, or the only one of a menu such as `system/identity`. */
  get(path, options = {}) {
    return this.#send("GET", path, {}, options);
  }
  /** Adds a row and returns it. */
  add(path, values, options = {}) {
    return this.#send("PUT", path, { body: values }, options);
  }
  /** Changes a row, or a menu of one row, and returns it. */
  set(path, values, options = {}) {
    return this.#send("PATCH", path, { body: values }, options);
  }
  /** Removes a row. */
  async remove(path, options = {}) {
    await this.#requests.send({ method: "DELETE", path: this.#base + pathOf(path) }, options, () => Promise.resolve());
  }
  /** Executes a command: an array of rows, or an object with what the router says at the end. */
  command(path, values = {}, options = {}) {
    return this.#send("POST", path, { body: values }, options);
  }
  #send(method, path, more, options) {
    return this.#requests.send({ method, path: this.#base + pathOf(path), ...more }, options, json);
  }
};
var pathOf = (path) => path.split("/").filter(Boolean).map(encodeURIComponent).join("/");
var queryOf = (filter) => new URLSearchParams(Object.entries(filter).map(([name, value]) => [name, String(value)]));

// src/events.ts
async function* parseEvents(lines2) {
  let event = { name: "message", data: "", id: "" };
  for await (const line of lines2) {
    if (line === "") {
      if (event.data) yield event;
      const hint = event.data || event.retry === void 0 ? {} : { retry: event.retry };
      event = { name: "message", data: "", id: "", ...hint };
      continue;
    }
    const colon = line.indexOf(":");
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + (line[colon + 1] === " " ? 2 : 1));
    if (field === "data") event.data += event.data ? "\n" + value : value;
    else if (field === "event") event.name = value || "message";
    else if (field === "id") event.id = value;
    else if (field === "retry" && /^\d+$/.test(value)) event.retry = Number(value);
  }
}

// src/page.ts
var page = globalThis;
var hiddenDelay = 5e3;
var isHidden = () => page.document?.hidden === true;
function followPage(calls) {
  let timer;
  const changed = () => {
    clearTimeout(timer);
    if (isHidden()) timer = setTimeout(calls.hidden, hiddenDelay);
    else calls.shown();
  };
  page.document?.addEventListener("visibilitychange", changed);
  page.addEventListener?.("online", calls.online);
  return () => {
    clearTimeout(timer);
    page.document?.removeEventListener("visibilitychange", changed);
    page.removeEventListener?.("online", calls.online);
  };
}

// src/tables.ts
var Tables = class {
  #entries = /* @__PURE__ */ new Map();
  /** The rows of a topic, or undefined before the first snapshot. The map stays the same until the next snapshot. */
  get(router, topic) {
    return this.#entries.get(router)?.get(topic)?.rows;
  }
  /** Why the rows are not current, or null: the words of the router or the server, or that events were lost. */
  error(router, topic) {
    const entry = this.#entries.get(router)?.get(topic);
    return entry?.old ? "waiting for a snapshot" : entry?.error ?? null;
  }
  /** The router_ids of which there are tables. */
  routers() {
    return [...this.#entries.keys()];
  }
  /** Takes over a table that another one has, for changes to apply to. */
  set(router, topic, rows) {
    this.#put(router, topic, new Map(rows), null);
  }
  /** Removes the tables of a router, or one of them. */
  delete(router, topic) {
    const entries = this.#entries.get(router);
    if (topic !== void 0) entries?.delete(topic);
    if (topic === void 0 || entries?.size === 0) this.#entries.delete(router);
  }
  /** Takes a `reset`: the rows are kept to be shown, but no change is applied before a snapshot. */
  reset(router, topic) {
    for (const [name, entry] of this.#entries.get(router) ?? []) {
      if (name === topic || topic === "" && combined.includes(name)) entry.old = true;
    }
  }
  /** Takes a data event. */
  apply(event) {
    if (event.topic === void 0) this.#combined(event);
    else if (event.type === "snapshot") this.#put(event.router_id, event.topic, rowsOf(event.rows), event.error ?? null);
    else if (event.type === "delta") this.#delta(event);
  }
  #combined(event) {
    for (const topic of combined) {
      const error = event.errors?.[topic];
      const entry = this.#entries.get(event.router_id)?.get(topic);
      if (error === void 0) this.#put(event.router_id, topic, rowsOf(event[topic]), null);
      else if (entry) entry.error = error;
    }
  }
  #delta(event) {
    const entry = this.#entries.get(event.router_id)?.get(event.topic);
    if (!entry || entry.old) return;
    for (const gone of event.removed ?? []) entry.rows.delete(gone);
    for (const row of event.added ?? []) entry.rows.set(idOf(row, 0), row);
    for (const row of event.changed ?? []) entry.rows.set(idOf(row, 0), row);
    if (event.error !== void 0) entry.error = event.error;
  }
  #put(router, topic, rows, error) {
    const entries = this.#entries.get(router) ?? /* @__PURE__ */ new Map();
    this.#entries.set(router, entries.set(topic, { rows, error, old: false }));
  }
};
var combined = ["hardware", "hotspot_active", "ppp_active"];
var idOf = (row, index) => String(row[".id"] ?? index);
var rowsOf = (rows) => new Map(rows.map((row, index) => [idOf(row, index), row]));

// src/wait.ts
function until(signal, result) {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    if (signal.aborted) return abort();
    signal.addEventListener("abort", abort, { once: true });
    Promise.resolve(result).then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
  });
}
function sleep(ms, signal) {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const timer = ms === Infinity ? void 0 : setTimeout(done, ms);
    signal.addEventListener("abort", done, { once: true });
    function done() {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    }
  });
}

// src/watch.ts
function fetchTransport(use) {
  return async ({ url, headers, signal, maxLine }) => {
    const response = await begin(url, { headers: { ...headers, Accept: "text/event-stream" }, signal }, use);
    return parseEvents(lines(response.body, maxLine));
  };
}
var final = /* @__PURE__ */ new Set(["unauthorized", "forbidden", "invalid_request", "not_found", "method_not_allowed", "ticket_expired"]);
var openTime = 15e3;
var mostRetry = 3e5;
var reopened = new Error("opened again");
function refuses(error, ever) {
  if (error === void 0) return false;
  if (!(error instanceof MikronecError)) return true;
  return final.has(error.code) || error.code === "unknown_router" && !ever;
}
var identity = ({ routers, topics, mode }) => JSON.stringify([[routers].flat(), topics ?? [], mode ?? "snapshot"]);
var Watch = class {
  tables;
  /** Id of the last event; see {@link WatchOptions.lastEventId}. */
  lastEventId;
  /** Unix milliseconds of the last sign of the server; 0 before the first one. */
  lastSign = 0;
  #requests;
  #ticket;
  #transport;
  #options;
  #query;
  #closed = false;
  #live = false;
  #paused = false;
  #retry;
  // the last hint of the server
  /** What the loop waits for: a connection, its events, or a pause. Aborting it lets the loop go on. */
  #step = new AbortController();
  /** Since when an event is waited for; 0 while none is. */
  #waiting = 0;
  constructor(requests, client, options) {
    this.#requests = requests;
    this.#ticket = client.ticket;
    this.#transport = options.transport ?? fetchTransport(client.fetch);
    this.#options = options;
    this.#query = options;
    this.tables = options.tables ?? new Tables();
    this.lastEventId = options.lastEventId ?? "";
  }
  /** Whether the connection is open, as far as is known. */
  get live() {
    return this.#live;
  }
  /** Ends the watch. */
  close() {
    this.#closed = true;
    this.#step.abort();
  }
  /** Opens the connection again at once, from the last event on. */
  reopen() {
    this.#step.abort(reopened);
  }
  /** Opens the connection again with another query, from the last event on if only `volatile` is another. */
  ask(query) {
    if (identity(query) !== identity(this.#query)) this.lastEventId = "";
    this.#query = query;
    this.reopen();
  }
  /** Opens the connection again if it has been silent for too long. It is called by a timer; call it when a device may have slept. */
  check() {
    const silence = this.#options.silenceMs ?? 6e4;
    if (this.#live && this.#waiting && Date.now() - Math.max(this.#waiting, this.lastSign) > silence) {
      this.#step.abort(new MikronecError({ code: "no_answer", message: `nothing came for ${silence} ms` }));
    }
  }
  async *[Symbol.asyncIterator]() {
    const unfollow = this.#follow();
    let tries = 0;
    let resumed = false;
    let ever = false;
    let renewed = false;
    try {
      while (!this.#closed) {
        const step = this.#step = new AbortController();
        if (this.#hidden) {
          resumed = false;
          this.#paused = true;
          yield { event: "state", state: "paused" };
          await sleep(Infinity, step.signal);
          this.#paused = false;
          continue;
        }
        yield { event: "state", state: "connecting" };
        const ending = yield* this.#connect(step, resumed);
        if (this.#live) [tries, ever, resumed, renewed, this.#live] = [0, true, true, false, false];
        if (this.#closed || ending.reason === "disconnected") return;
        if (ending.error === reopened) continue;
        if (ending.reason === "max_age" || ending.reason === "revoked") {
          this.#step = new AbortController();
          await sleep(this.#delay(1), this.#step.signal);
          continue;
        }
        if (!renewed && this.#mayRenew(ending.error)) renewed = true;
        else if (refuses(ending.error, ever)) throw ending.error;
        tries++;
        const error = ending.error === void 0 ? {} : { error: ending.error };
        const retryMs = this.#delay(tries, error.error);
        const pause = this.#step = new AbortController();
        yield { event: "state", state: "lost", retryMs, ...error };
        await sleep(retryMs, pause.signal);
      }
    } finally {
      this.#live = false;
      this.#step.abort();
      unfollow();
    }
  }
  /** Opens a connection and yields its events. */
  async *#connect(step, resumed) {
    const late = setTimeout(() => step.abort(new MikronecError({ code: "no_answer", message: `no answer within ${openTime} ms` })), openTime);
    try {
      const events = await this.#transport(await this.#connection(step.signal));
      clearTimeout(late);
      this.#live = true;
      this.lastSign = Date.now();
      yield { event: "state", state: "live", resumed };
      this.#waiting = Date.now();
      for await (const raw of events) {
        this.#waiting = 0;
        this.lastSign = Date.now();
        if (raw.id) this.lastEventId = raw.id;
        if (raw.retry !== void 0) this.#retry = raw.retry;
        const event = this.#take(raw);
        if (event) yield event;
        if (event?.event === "end") return { reason: event.data.reason };
        this.#waiting = Date.now();
      }
      step.signal.throwIfAborted();
      return {};
    } catch (error) {
      return { error: reasonOf(error, step.signal) };
    } finally {
      clearTimeout(late);
      this.#waiting = 0;
      step.abort();
    }
  }
  async #connection(signal) {
    const { routers, topics, mode, volatile } = this.#query;
    const query = new URLSearchParams();
    const one = typeof routers === "string" && routers !== "*";
    if (!one) for (const router of [routers].flat()) query.append("router", router);
    if (topics?.length) query.set("topics", topics.join());
    if (mode) query.set("mode", mode);
    if (volatile) query.set("volatile", volatile === true ? "1" : volatile.join());
    query.set("heartbeat", "event");
    const headers = await until(signal, this.#requests.credentials());
    if (!("X-API-Key" in headers) && this.#ticket) query.set("ticket", await until(signal, this.#ticket()));
    if (this.lastEventId) headers["Last-Event-ID"] = this.lastEventId;
    const url = this.#requests.at(one ? "sse/" + encodeURIComponent(routers) : "sse", query);
    return { url: url.href, headers, signal, maxLine: this.#requests.maxLine };
  }
  /** Takes an event into the tables; undefined for one of a newer server. */
  #take({ name, data, id }) {
    switch (name) {
      case "message": {
        const event = { event: name, data: parse(data, 200), id };
        this.tables.apply(event.data);
        return event;
      }
      case "status": {
        const event = { event: name, data: parse(data, 200), id };
        if (event.data.state === "disconnected") this.tables.delete(event.data.router_id);
        return event;
      }
      case "reset": {
        const event = { event: name, data: parse(data, 200), id };
        this.tables.reset(event.data.router_id, event.data.topic);
        return event;
      }
      case "heartbeat":
        return { event: name, data: parse(data, 200), id };
      case "end":
        return { event: name, data: parse(data, 200), id };
      default:
        return void 0;
    }
  }
  /** Whether another ticket may be accepted. */
  #mayRenew(error) {
    return this.#ticket !== void 0 && error instanceof MikronecError && (error.code === "ticket_expired" || error.code === "unauthorized");
  }
  /** Milliseconds before the next attempt: what the server asked for last, doubled with each attempt. */
  #delay(tries, error) {
    const { firstMs, mostMs } = this.#options.backOff ?? { firstMs: this.#retry ?? 1e3, mostMs: 15e3 };
    const delay = Math.min(firstMs * 2 ** (tries - 1), mostMs) * (0.75 + Math.random() / 2);
    return Math.max(delay, Math.min((error?.retryAfter ?? 0) * 1e3, mostRetry));
  }
  get #hidden() {
    return this.#options.pauseWhenHidden === true && isHidden();
  }
  /** Follows the caller's signal, the time and the page; the function that it returns ends that. */
  #follow() {
    const { signal, silenceMs = 6e4, pauseWhenHidden } = this.#options;
    const close = () => this.close();
    signal?.addEventListener("abort", close);
    if (signal?.aborted) close();
    const ticks = setInterval(() => this.check(), Math.min(silenceMs / 4, 2e3));
    const unfollow = followPage({
      hidden: () => pauseWhenHidden && this.reopen(),
      // which pauses
      shown: () => this.#paused ? this.reopen() : this.check(),
      online: () => this.#live ? this.check() : this.reopen()
    });
    return () => {
      signal?.removeEventListener("abort", close);
      clearInterval(ticks);
      unfollow();
    };
  }
};

// src/client.ts
var Mikronec = class {
  #requests;
  #options;
  constructor(options = {}) {
    this.#requests = new Requests(options);
    this.#options = options;
  }
  /** `GET /routers`: the status of all routers that the key sees. */
  routers(options) {
    return this.#requests.data({ method: "GET", path: "routers" }, options);
  }
  /** `GET /routers/{id}`. */
  router(id, options) {
    return this.#requests.data({ method: "GET", path: at(id) }, options);
  }
  /** `GET /routers?format=yaml`: the routers in the form of `ROUTERS_FILE`, without passwords. */
  routersFile(options = {}) {
    return this.#text("routers", "application/yaml", options, new URLSearchParams({ format: "yaml" }));
  }
  /** `POST /connect`: logs in to a router and registers it. The present comment stays unless another is given. */
  connect(id, settings, options) {
    return this.#requests.data({ method: "POST", path: "connect", body: { router_id: id, ...settings } }, options);
  }
  /** `POST /disconnect`. */
  disconnect(id, options) {
    return this.#requests.data({ method: "POST", path: "disconnect", body: { router_id: id } }, options);
  }
  /** `PUT /routers/{id}`: as {@link connect}; a comment that is not given is removed. */
  putRouter(id, settings, options) {
    return this.#requests.data({ method: "PUT", path: at(id), body: settings }, options);
  }
  /** `PATCH /routers/{id}`: changes what is given. */
  changeRouter(id, changes, options) {
    return this.#requests.data({ method: "PATCH", path: at(id), body: changes }, options);
  }
  /** `DELETE /routers/{id}`. */
  deleteRouter(id, options) {
    return this.#requests.data({ method: "DELETE", path: at(id) }, options);
  }
  /** `POST /routers/{id}/retry`: connects to a router that is away, at once. */
  retryRouter(id, options) {
    return this.#requests.data({ method: "POST", path: at(id, "retry") }, options);
  }
  /** `POST /routers/{id}/reboot`: restarts a router; `identity` has to be its name, as `/system/identity` has it. */
  rebootRouter(id, identity2, options) {
    return this.#requests.data({ method: "POST", path: at(id, "reboot"), body: { confirm: identity2 } }, options);
  }
  /** `GET /routers/{id}/users`: the users who are connected, with what they use of the line. */
  users(id, query = {}, options = {}) {
    return this.#requests.send({ method: "GET", path: at(id, "users"), query: queryOf2(query) }, options, json);
  }
  /** `POST /routers/{id}/users/disconnect`: ends the session of a user. */
  disconnectUser(id, user, options) {
    return this.#requests.data({ method: "POST", path: at(id, "users/disconnect"), body: user }, options);
  }
  /** `POST /routers/{id}/users/disable`: disables the account of a user and ends the session. */
  disableUser(id, user, options) {
    return this.#requests.data({ method: "POST", path: at(id, "users/disable"), body: user }, options);
  }
  /** `GET /system-info`: model, version and resources of a router. */
  systemInfo(id, options) {
    return this.#requests.data({ method: "GET", path: "system-info", query: new URLSearchParams({ router: id }) }, options);
  }
  /** `POST /run`: runs a command. `args` is its path, then attributes (`=name=value`) and queries (`?name=value`). */
  async run(id, args, options = {}) {
    const { timeout, ...rest } = options;
    if (timeout !== void 0) rest.timeoutMs ??= timeout * 1e3 + 1e4;
    const body = { router_id: id, args, ...timeout === void 0 ? {} : { timeout } };
    const { data, ret, done } = await this.#requests.send({ method: "POST", path: "run", body }, rest, json);
    return { data, ...ret === void 0 ? {} : { ret }, ...done === void 0 ? {} : { done } };
  }
  /**
   * `POST /run` with rows as they come, for commands that do not end, such as `/ping` and `listen`.
   * It returns what the router said at the end. Leaving the loop cancels the command on the router.
   */
  async *rows(id, args, options = {}) {
    const { timeout, ...rest } = options;
    const body = { router_id: id, args, ...timeout === void 0 ? {} : { timeout } };
    for await (const line of this.#requests.objects({ method: "POST", path: "run", body }, rest)) {
      if ("row" in line) yield line.row;
      else if ("done" in line) return line.done;
      else if ("error" in line) throw errorOf(line.error);
      else throw errorOf({ code: "router_refused", error: line.trap.message, traps: line.trap.traps });
    }
    throw cutOff();
  }
  /** `POST /run/batch`: runs a command on many routers. Each gives one line when it is done; the summary is returned. */
  async *batch(routers, args, options = {}) {
    const { signal, timeoutMs, ...more } = options;
    const rest = { ...signal ? { signal } : {}, ...timeoutMs === void 0 ? {} : { timeoutMs } };
    for await (const line of this.#requests.objects({ method: "POST", path: "run/batch", body: { routers, args, ...more } }, rest)) {
      if ("summary" in line) return line.summary;
      yield line;
    }
    throw cutOff();
  }
  /** RouterOS's own REST of a router. */
  rest(id) {
    return new Rest(this.#requests, id);
  }
  /** `GET /alerts`: the alerts that fire. */
  alerts(options) {
    return this.#requests.data({ method: "GET", path: "alerts" }, options);
  }
  /** `GET /alerts/history`: the last alerts and events, 100 without a limit. */
  alertHistory(query = {}, options) {
    return this.#requests.data({ method: "GET", path: "alerts/history", query: queryOf2(query) }, options);
  }
  /** `POST /alerts/{id}/silence`: tells nothing of an alert for a time such as `2h`; `0s` ends that. */
  silenceAlert(id, time, options) {
    return this.#requests.data({ method: "POST", path: `alerts/${encodeURIComponent(id)}/silence`, body: { for: time } }, options);
  }
  /** `GET /alerts/receivers`. */
  receivers(options) {
    return this.#requests.data({ method: "GET", path: "alerts/receivers" }, options);
  }
  /** `POST /alerts/receivers/{name}/test`: sends a test message and waits for its delivery. */
  testReceiver(name, options) {
    return this.#requests.data({ method: "POST", path: `alerts/receivers/${encodeURIComponent(name)}/test` }, options);
  }
  /** `GET /search`: looks in the last tables of all routers; no router is asked. */
  search(q, query = {}, options = {}) {
    return this.#requests.send({ method: "GET", path: "search", query: queryOf2({ q, ...query }) }, options, json);
  }
  /** `GET /routers/{id}/history`: what was measured of a router. */
  history(id, query = {}, options = {}) {
    return this.#requests.send({ method: "GET", path: at(id, "history"), query: queryOf2(query) }, options, json);
  }
  /** `GET /routers/{id}/doctor`: why a router does not work, and what to do. */
  examine(id, options) {
    return this.#requests.data({ method: "GET", path: at(id, "doctor") }, options);
  }
  /** `GET /fleet`: the instances of the fleet; a single instance throws `not_found`. */
  fleet(options) {
    return this.#requests.data({ method: "GET", path: "fleet" }, options);
  }
  /** `POST /tickets`: a ticket with which a page without a key opens streams. */
  ticket(request, options) {
    return this.#requests.data({ method: "POST", path: "tickets", body: request }, options);
  }
  /** `GET /whoami`: role and routers of the key. */
  whoami(options) {
    return this.#requests.data({ method: "GET", path: "whoami" }, options);
  }
  /** `GET /keys`: the keys whose routers are all among those of the own one. */
  keys(options) {
    return this.#requests.data({ method: "GET", path: "keys" }, options);
  }
  /** `POST /keys`: makes a key. */
  createKey(request, options) {
    return this.#requests.data({ method: "POST", path: "keys", body: request }, options);
  }
  /** `DELETE /keys/{name}`: takes a key back, whose streams and commands end. */
  revokeKey(name, options) {
    return this.#requests.data({ method: "DELETE", path: `keys/${encodeURIComponent(name)}` }, options);
  }
  /** `GET /invitations`: those that can be exchanged. */
  invitations(options) {
    return this.#requests.data({ method: "GET", path: "invitations" }, options);
  }
  /** `POST /invitations`: an invitation to a key. */
  invite(request, options) {
    return this.#requests.data({ method: "POST", path: "invitations", body: request }, options);
  }
  /** `DELETE /invitations/{name}`: takes an invitation back that was not exchanged. */
  withdrawInvitation(name, options) {
    return this.#requests.data({ method: "DELETE", path: `invitations/${encodeURIComponent(name)}` }, options);
  }
  /** `POST /invitations/exchange`: makes the key of an invitation, once; needs no key. */
  exchangeInvitation(token, options) {
    return this.#requests.data({ method: "POST", path: "invitations/exchange", body: { token } }, options);
  }
  /** `GET /healthz`: resolves if the process runs. */
  async health(options) {
    await this.#requests.data({ method: "GET", path: "healthz" }, options);
  }
  /** `GET /readyz`: resolves if requests are accepted, else throws `starting` or `shutting_down`. */
  async ready(options) {
    await this.#requests.data({ method: "GET", path: "readyz" }, options);
  }
  /** `GET /openapi.json`: the document of the API. */
  openAPI(options = {}) {
    return this.#requests.send({ method: "GET", path: "openapi.json" }, options, json);
  }
  /** `GET /metrics`: the text format of Prometheus. */
  metrics(options = {}) {
    return this.#text("metrics", "text/plain", options);
  }
  /** `GET /sse`: watches routers, through restarts of the server and of the network. */
  watch(options) {
    return new Watch(this.#requests, this.#options, options);
  }
  #text(path, accept, options, query) {
    return this.#requests.send({ method: "GET", path, accept, ...query ? { query } : {} }, options, (response) => response.text());
  }
};
var at = (id, more) => `routers/${encodeURIComponent(id)}${more ? "/" + more : ""}`;
var queryOf2 = (query) => new URLSearchParams(Object.entries(query).filter(([, value]) => value !== void 0).map(([name, value]) => [name, String(value)]));
var cutOff = () => new MikronecError({ code: "network", message: "the answer ended early" });
export {
  Mikronec,
  MikronecError,
  Tables,
  Watch,
  fetchTransport
};
