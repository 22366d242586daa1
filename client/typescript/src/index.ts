/**
 * A client of Mikronec, for browsers and Node 20 and later.
 *
 * @packageDocumentation
 */
export { Mikronec } from "./client.js";
export * from "./api.js";
export { MikronecError, type ClientCode, type Code, type Failure, type ServerCode, type Trap } from "./errors.js";
export {
  type CombinedEvent, type DataEvent, type DeltaEvent, type EndEvent, type HeartbeatEvent, type LogEvent, type LogLinesEvent, type RawEvent, type ResetEvent,
  type Row, type RowOf, type SessionEvent, type SnapshotEvent, type StatusEvent, type TableTopic, type Topic, type TopicEvent,
} from "./events.js";
export type { ClientOptions, RequestOptions } from "./http.js";
export { type Rest } from "./rest.js";
export { type Table, Tables } from "./tables.js";
export { type Connection, fetchTransport, type Transport, Watch, type WatchEvent, type WatchOptions, type WatchQuery, type WatchState } from "./watch.js";
