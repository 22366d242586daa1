import { MikronecError } from "./errors.js";
import { type DataEvent, type EndEvent, type HeartbeatEvent, parseEvents, type RawEvent, type ResetEvent, type StatusEvent, type Topic } from "./events.js";
import { begin, type ClientOptions, parse, reasonOf, type Requests } from "./http.js";
import { lines } from "./lines.js";
import { followPage, isHidden } from "./page.js";
import { Tables } from "./tables.js";
import { sleep, until } from "./wait.js";

/** What to watch. */
export interface WatchQuery {
  /** One router_id, several, or `"*"` for all that the key sees, also those that are connected later. */
  routers: string | readonly string[];
  /** Without topics: one combined event with hardware and users. */
  topics?: readonly Topic[];
  /** `delta`: a snapshot first, then what changed. */
  mode?: "snapshot" | "delta";
  /** With `mode: "delta"`: changes of uptime, load and counters are sent as well, of all or of these topics. */
  volatile?: boolean | readonly Topic[];
}

export interface WatchOptions extends WatchQuery {
  /** Ends the watch. */
  signal?: AbortSignal;
  /** Tables to fill, for watches that share them; by default they have their own. */
  tables?: Tables;
  /** Id of an event after which to begin, from a watch of the same routers, topics and mode. */
  lastEventId?: string;
  /** In a page: close the connection while the page is hidden. Browsers open six to a server over HTTP/1.1, for all tabs. */
  pauseWhenHidden?: boolean;
  /** Milliseconds without a sign of the server, also a heart-beat (every 15 s), after which the connection is opened again; 60,000 without it. */
  silenceMs?: number;
  /**
   * Milliseconds before the first and, doubled each time, the last attempt to connect again, give or
   * take a quarter; without it, the server says how long to wait at first, and 15,000 is the most.
   */
  backOff?: { firstMs: number; mostMs: number };
  /** Opens a connection, in place of `fetch` in this thread. */
  transport?: Transport;
}

/** A connection to be opened. It is to be closed when the signal is aborted. */
export interface Connection {
  url: string;
  headers: Record<string, string>;
  signal: AbortSignal;
  maxLine: number;
}

/** Resolves when the server has answered with a stream, else throws a {@link MikronecError}. */
export type Transport = (connection: Connection) => Promise<AsyncIterable<RawEvent>>;

/** The state of a watch itself: {@link Watch} connects again by itself. */
export type WatchState =
  | { event: "state"; state: "connecting" | "paused" }
  /** `resumed`: the connection had been lost before. */
  | { event: "state"; state: "live"; resumed: boolean }
  /** `error` says why the connection was lost or could not be made, if the server did not end it; `retryMs` is in milliseconds. */
  | { event: "state"; state: "lost"; error?: MikronecError; retryMs: number };

/** What a watch yields. The tables already have what `message` says. */
export type WatchEvent =
  | { event: "message"; data: DataEvent; id: string }
  | { event: "status"; data: StatusEvent; id: string }
  | { event: "reset"; data: ResetEvent; id: string }
  | { event: "heartbeat"; data: HeartbeatEvent; id: string }
  | { event: "end"; data: EndEvent; id: string }
  | WatchState;

/** The transport that is used without another one. */
export function fetchTransport(use?: ClientOptions["fetch"]): Transport {
  return async ({ url, headers, signal, maxLine }) => {
    const response = await begin(url, { headers: { ...headers, Accept: "text/event-stream" }, signal }, use);
    return parseEvents(lines(response.body!, maxLine));
  };
}

/** Codes with which no later attempt can succeed. */
const final = new Set<string>(["unauthorized", "forbidden", "invalid_request", "not_found", "method_not_allowed", "ticket_expired"]);

// Times in milliseconds.
const openTime = 15_000; // for the server's answer to a request for the stream
const mostRetry = 300_000; // that a server may ask for

const reopened = new Error("opened again");

/** Whether another attempt makes no sense; `ever` is whether one has worked. */
function refuses(error: unknown, ever: boolean): boolean {
  if (error === undefined) return false;
  if (!(error instanceof MikronecError)) return true; // thrown by a function of the caller
  return final.has(error.code) || (error.code === "unknown_router" && !ever); // after a restart it may be connected again
}

/** What an id of an event belongs to. */
const identity = ({ routers, topics, mode }: WatchQuery) => JSON.stringify([[routers].flat(), topics ?? [], mode ?? "snapshot"]);

/** Why a connection ended: its error, or the reason that the server gave; neither if it was just closed. */
interface Ending {
  error?: unknown;
  reason?: EndEvent["reason"];
}

/**
 * A stream that is kept open: it is opened again after a loss, where it was, with a new
 * ticket if it has no key. It is read by one `for await`, which ends when the watch is closed
 * or the router was disconnected, and throws when the server refuses the watch. While
 * nothing is read from it, the server skips snapshots.
 */
export class Watch implements AsyncIterable<WatchEvent> {
  readonly tables: Tables;
  /** Id of the last event; see {@link WatchOptions.lastEventId}. */
  lastEventId: string;
  /** Unix milliseconds of the last sign of the server; 0 before the first one. */
  lastSign = 0;

  readonly #requests: Requests;
  readonly #ticket: ClientOptions["ticket"];
  readonly #transport: Transport;
  readonly #options: WatchOptions;
  #query: WatchQuery;
  #closed = false;
  #live = false;
  #paused = false;
  #retry: number | undefined; // the last hint of the server
  /** What the loop waits for: a connection, its events, or a pause. Aborting it lets the loop go on. */
  #step = new AbortController();
  /** Since when an event is waited for; 0 while none is. */
  #waiting = 0;

  constructor(requests: Requests, client: ClientOptions, options: WatchOptions) {
    this.#requests = requests;
    this.#ticket = client.ticket;
    this.#transport = options.transport ?? fetchTransport(client.fetch);
    this.#options = options;
    this.#query = options;
    this.tables = options.tables ?? new Tables();
    this.lastEventId = options.lastEventId ?? "";
  }

  /** Whether the connection is open, as far as is known. */
  get live(): boolean {
    return this.#live;
  }

  /** Ends the watch. */
  close(): void {
    this.#closed = true;
    this.#step.abort();
  }

  /** Opens the connection again at once, from the last event on. */
  reopen(): void {
    this.#step.abort(reopened);
  }

  /** Opens the connection again with another query, from the last event on if only `volatile` is another. */
  ask(query: WatchQuery): void {
    if (identity(query) !== identity(this.#query)) this.lastEventId = "";
    this.#query = query;
    this.reopen();
  }

  /** Opens the connection again if it has been silent for too long. It is called by a timer; call it when a device may have slept. */
  check(): void {
    const silence = this.#options.silenceMs ?? 60_000;
    if (this.#live && this.#waiting && Date.now() - Math.max(this.#waiting, this.lastSign) > silence) {
      this.#step.abort(new MikronecError({ code: "no_answer", message: `nothing came for ${silence} ms` }));
    }
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<WatchEvent, void, undefined> {
    const unfollow = this.#follow();
    let tries = 0;
    let resumed = false;
    let ever = false; // it was live once
    let renewed = false; // a ticket was refused, and the next one is tried
    try {
      while (!this.#closed) {
        const step = (this.#step = new AbortController());
        if (this.#hidden) {
          resumed = false; // the return is not worth a word
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
        const error = ending.error === undefined ? {} : { error: ending.error as MikronecError };
        const retryMs = this.#delay(tries, error.error);
        const pause = (this.#step = new AbortController());
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
  async *#connect(step: AbortController, resumed: boolean): AsyncGenerator<WatchEvent, Ending, undefined> {
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
        if (raw.retry !== undefined) this.#retry = raw.retry;
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

  async #connection(signal: AbortSignal): Promise<Connection> {
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
  #take({ name, data, id }: RawEvent): WatchEvent | undefined {
    switch (name) {
      case "message": {
        const event = { event: name, data: parse<DataEvent>(data, 200), id } as const;
        this.tables.apply(event.data);
        return event;
      }
      case "status": {
        const event = { event: name, data: parse<StatusEvent>(data, 200), id } as const;
        if (event.data.state === "disconnected") this.tables.delete(event.data.router_id);
        return event;
      }
      case "reset": {
        const event = { event: name, data: parse<ResetEvent>(data, 200), id } as const;
        this.tables.reset(event.data.router_id, event.data.topic);
        return event;
      }
      case "heartbeat":
        return { event: name, data: parse<HeartbeatEvent>(data, 200), id };
      case "end":
        return { event: name, data: parse<EndEvent>(data, 200), id };
      default:
        return undefined;
    }
  }

  /** Whether another ticket may be accepted. */
  #mayRenew(error: unknown): boolean {
    return this.#ticket !== undefined && error instanceof MikronecError && (error.code === "ticket_expired" || error.code === "unauthorized");
  }

  /** Milliseconds before the next attempt: what the server asked for last, doubled with each attempt. */
  #delay(tries: number, error?: MikronecError): number {
    const { firstMs, mostMs } = this.#options.backOff ?? { firstMs: this.#retry ?? 1000, mostMs: 15_000 };
    const delay = Math.min(firstMs * 2 ** (tries - 1), mostMs) * (0.75 + Math.random() / 2);
    return Math.max(delay, Math.min((error?.retryAfter ?? 0) * 1000, mostRetry));
  }

  get #hidden(): boolean {
    return this.#options.pauseWhenHidden === true && isHidden();
  }

  /** Follows the caller's signal, the time and the page; the function that it returns ends that. */
  #follow(): () => void {
    const { signal, silenceMs = 60_000, pauseWhenHidden } = this.#options;
    const close = () => this.close();
    signal?.addEventListener("abort", close);
    if (signal?.aborted) close();
    const ticks = setInterval(() => this.check(), Math.min(silenceMs / 4, 2000));
    const unfollow = followPage({
      hidden: () => pauseWhenHidden && this.reopen(), // which pauses
      shown: () => (this.#paused ? this.reopen() : this.check()),
      online: () => (this.#live ? this.check() : this.reopen()),
    });
    return () => {
      signal?.removeEventListener("abort", close);
      clearInterval(ticks);
      unfollow();
    };
  }
}
