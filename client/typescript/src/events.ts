import type { components } from "./schema.js";

type Schemas = components["schemas"];

/** What a stream can carry; a newer server may have further topics. */
export type Topic = Schemas["Topic"];

/** Every `POLL_INTERVAL`, on a stream without topics. */
export type CombinedEvent = Schemas["CombinedEvent"] & { topic?: undefined; type?: undefined };

/** All rows of a topic. */
export type SnapshotEvent = Schemas["SnapshotEvent"];

/** What changed in a topic. Rows of `added` and `changed` are complete; `removed` has ids. */
export type DeltaEvent = Schemas["DeltaEvent"];

/** An event of a topic; `topic` and `type` tell them apart. */
export type TopicEvent = Schemas["TopicEvent"];

export type DataEvent = CombinedEvent | TopicEvent;

/** A user who logged in or out. */
export type SessionEvent = Schemas["SessionEvent"];

/** A line of the log of a router. */
export type LogEvent = Schemas["LogEvent"];

/** The last lines of the log of a router, with which a stream begins. It replaces all lines before. */
export type LogLinesEvent = Schemas["LogLinesEvent"];

/** The session to a router was lost, is back, or the router was removed. */
export type StatusEvent = Schemas["StatusEvent"];

/** Earlier data of a topic are no longer valid, or events are missing. */
export type ResetEvent = Schemas["ResetEvent"];
export type HeartbeatEvent = Schemas["HeartbeatEvent"];
export type EndEvent = Schemas["EndEvent"];

/** Topics with a table. */
export type TableTopic = SnapshotEvent["topic"];

/** A row of a topic, with the names that the router gives its fields. */
export type RowOf<T extends TableTopic> = Extract<SnapshotEvent, { topic: T }>["rows"][number];

/** A row of any topic. */
export type Row = Record<string, unknown>;

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
