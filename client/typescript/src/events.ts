import type { Code } from "./errors.js";

/** What a stream can carry; a newer server may have further topics. */
export type Topic =
  | "hardware" | "hotspot_active" | "ppp_active" | "interfaces" | "queues" | "dhcp_leases" | "arp" | "counts" | "health"
  | "identity" | "sessions" | "log";

/** A row of a menu, with the names that the router gives its fields. */
export interface Row {
  ".id"?: string;
  [field: string]: string | number | boolean | undefined;
}

/** Every `POLL_INTERVAL`, on a stream without topics. */
export interface CombinedEvent {
  router_id: string;
  topic?: never;
  type?: never;
  hardware: Row[];
  hotspot_active: Row[];
  ppp_active: Row[];
  /** Unix seconds of the server. */
  ts: number;
  /** Why an array is empty, by its name. */
  errors?: Record<string, string>;
  /** Milliseconds between polls, while the router is polled less often than configured. */
  interval_ms?: number;
}

/** Topics with a table. */
export type TableTopic = Exclude<Topic, "sessions" | "log">;

/** All rows of a topic. */
export interface SnapshotEvent {
  router_id: string;
  topic: TableTopic;
  type: "snapshot";
  rows: Row[];
  /** Why the rows are old; null: they are current again. */
  error?: string | null;
  ts: number;
}

/** What changed in a topic. Rows of `added` and `changed` are complete; `removed` has ids. */
export interface DeltaEvent {
  router_id: string;
  topic: TableTopic;
  type: "delta";
  added?: Row[];
  changed?: Row[];
  removed?: string[];
  error?: string | null;
  ts: number;
}

/** A user who logged in or out. */
export interface SessionEvent {
  router_id: string;
  topic: "sessions";
  type: "up" | "down";
  service: string;
  ".id": string;
  name: string;
  since: number;
  ts: number;
  [field: string]: string | number | boolean;
}

/** A line of the log of a router. */
export interface LogEvent {
  router_id: string;
  topic: "log";
  type: "line";
  ".id": string;
  time: string;
  topics: string;
  message: string;
  buffer?: string;
  "extra-info"?: string;
  ts: number;
}

export type DataEvent = CombinedEvent | SnapshotEvent | DeltaEvent | SessionEvent | LogEvent;

/** The session to a router was lost, is back, or the router was removed. */
export interface StatusEvent {
  router_id: string;
  state: "up" | "connecting" | "down" | "login_failed" | "disconnected";
  error?: string;
  code?: Code;
  repeated?: number;
  since: number;
  ts: number;
}

/** Earlier data of a topic are no longer valid, or events are missing. */
export interface ResetEvent {
  router_id: string;
  /** Empty for the combined event. */
  topic: Topic | "";
  /** How many events were dropped, where that is known. */
  lost?: number;
}

export interface HeartbeatEvent {
  ts: number;
}

export interface EndEvent {
  reason: "max_age" | "shutdown" | "disconnected" | "revoked";
}

/** An event of a stream as it came. */
export interface RawEvent {
  /** `message` for those without a name. */
  name: string;
  data: string;
  /** Empty for an event without an id. */
  id: string;
  /** Milliseconds to wait before the next connection, if the server said so since the last event. */
  retry?: number;
}

/** Reads the events from the lines of a stream. */
export async function* parseEvents(lines: AsyncIterable<string>): AsyncGenerator<RawEvent, void, undefined> {
  let event: RawEvent = { name: "message", data: "", id: "" };
  for await (const line of lines) {
    if (line === "") {
      if (event.data) yield event;
      const hint: Partial<RawEvent> = event.data || event.retry === undefined ? {} : { retry: event.retry };
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
