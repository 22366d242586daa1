import type { CombinedEvent, DataEvent, DeltaEvent, Row, RowOf, TableTopic } from "./events.js";

/** The rows of a topic of one router, by `.id`; rows without ids have their number. */
export type Table<R = Row> = ReadonlyMap<string, R>;

interface Entry {
  rows: Map<string, Row>;
  error: string | null;
  /** The rows may be wrong until the next snapshot. */
  old: boolean;
}

/** The tables of all routers and topics of one or several streams. */
export class Tables {
  readonly #entries = new Map<string, Map<string, Entry>>();

  /** The rows of a topic, or undefined before the first snapshot. The map stays the same until the next snapshot. */
  get<T extends TableTopic>(router: string, topic: T): Table<RowOf<T>> | undefined {
    return this.#entries.get(router)?.get(topic)?.rows as Table<RowOf<T>> | undefined;
  }

  /** Why the rows are not current, or null: the words of the router or the server, or that events were lost. */
  error(router: string, topic: TableTopic): string | null {
    const entry = this.#entries.get(router)?.get(topic);
    return entry?.old ? "waiting for a snapshot" : (entry?.error ?? null);
  }

  /** The router_ids of which there are tables. */
  routers(): string[] {
    return [...this.#entries.keys()];
  }

  /** Takes over a table that another one has, for changes to apply to. */
  set(router: string, topic: TableTopic, rows: Table): void {
    this.#put(router, topic, new Map(rows), null);
  }

  /** Removes the tables of a router, or one of them. */
  delete(router: string, topic?: TableTopic): void {
    const entries = this.#entries.get(router);
    if (topic !== undefined) entries?.delete(topic);
    if (topic === undefined || entries?.size === 0) this.#entries.delete(router);
  }

  /** Takes a `reset`: the rows are kept to be shown, but no change is applied before a snapshot. */
  reset(router: string, topic: string): void {
    for (const [name, entry] of this.#entries.get(router) ?? []) {
      if (name === topic || (topic === "" && (combined as readonly string[]).includes(name))) entry.old = true;
    }
  }

  /** Takes a data event. */
  apply(event: DataEvent): void {
    if (event.topic === undefined) this.#combined(event);
    else if (event.type === "snapshot") this.#put(event.router_id, event.topic, rowsOf(event.rows), event.error ?? null);
    else if (event.type === "delta") this.#delta(event);
  }

  #combined(event: CombinedEvent): void {
    for (const topic of combined) {
      const error = event.errors?.[topic];
      const entry = this.#entries.get(event.router_id)?.get(topic);
      if (error === undefined) this.#put(event.router_id, topic, rowsOf(event[topic]), null);
      else if (entry) entry.error = error;
    }
  }

  #delta(event: DeltaEvent): void {
    const entry = this.#entries.get(event.router_id)?.get(event.topic);
    if (!entry || entry.old) return; // its snapshot follows
    for (const gone of event.removed ?? []) entry.rows.delete(gone);
    for (const row of event.added ?? []) entry.rows.set(idOf(row, 0), row);
    for (const row of event.changed ?? []) entry.rows.set(idOf(row, 0), row);
    if (event.error !== undefined) entry.error = event.error;
  }

  #put(router: string, topic: string, rows: Map<string, Row>, error: string | null): void {
    const entries = this.#entries.get(router) ?? new Map<string, Entry>();
    this.#entries.set(router, entries.set(topic, { rows, error, old: false }));
  }
}

const combined = ["hardware", "hotspot_active", "ppp_active"] as const;

const idOf = (row: Row, index: number) => String(row[".id"] ?? index);

const rowsOf = (rows: readonly Row[]) => new Map(rows.map((row, index) => [idOf(row, index), row]));
