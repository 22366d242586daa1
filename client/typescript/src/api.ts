import type { Code, Trap } from "./errors.js";

/** How to connect to api-ssl of a router. */
export interface TLS {
  mode: "verify" | "pin" | "insecure";
  /** With `pin`: SHA-256 of the certificate. */
  fingerprint?: string;
  /** With `verify`: certificates in PEM, in place of those of the system. */
  ca?: string;
  server_name?: string;
}

export interface RouterSettings {
  /** Name or address, with or without a port (8728, with `tls` 8729). */
  host: string;
  user: string;
  pass: string;
  /** Character set of text that is not UTF-8; `windows-1252` without it. */
  code_page?: string;
  comment?: string;
  /** False: registers the router at once, whether it can be reached or not. */
  wait?: boolean;
  tls?: TLS;
}

/** What is given is changed; `tls: null` is the plain API. */
export type RouterChanges = Partial<Omit<RouterSettings, "tls">> & { tls?: TLS | null };

export interface Connected {
  router_id: string;
  connected: boolean;
  shared: boolean;
  reused: boolean;
  tls_fingerprint?: string;
}

export interface Disconnected {
  router_id: string;
  disconnected: boolean;
  router_closed: boolean;
}

export interface RouterStatus {
  router_id: string;
  host: string;
  user: string;
  state: "up" | "connecting" | "down" | "login_failed";
  /** Unix seconds. */
  since: number;
  error?: string;
  code?: Code;
  next_attempt?: number;
  comment?: string;
  declared?: boolean;
  shared_with: string[];
  viewers: number;
  logins: number;
  polling: boolean;
  interval_ms: number;
  stretched: boolean;
  bytes_per_minute?: Record<string, number>;
  budget: { in_flight: number; max_in_flight: number; streams: number; max_streams: number; queued: number; max_queued: number };
  last_poll?: { at: number; ms: number; error?: string; errors?: Record<string, string> };
  [field: string]: unknown;
}

/** `/system/resource`, `/system/routerboard` and `/system/identity`, with the names of RouterOS. */
export interface SystemInfo {
  router_id: string;
  identity?: string;
  version?: string;
  "board-name"?: string;
  errors?: Record<string, string>;
  [field: string]: unknown;
}

export interface RunOptions {
  /** Seconds after which the server cancels the command; `RUN_TIMEOUT` of the server without it. */
  timeout?: number;
}

/** Rows as the router sent them: all values are text. */
export type TextRow = Record<string, string>;

export interface RunAnswer {
  data: TextRow[];
  /** What the router said at the end: the id of an added row, or a count. */
  ret?: string;
  /** All of what the router said at the end, if it is more than `ret`. */
  done?: TextRow;
}

export interface BatchOptions extends RunOptions {
  /** Routers at a time; 16 without it, 256 at most. */
  concurrency?: number;
  stop_on_error?: boolean;
}

/** What became of the command on one router of a batch. */
export type BatchLine =
  | { router_id: string; success: true; data: TextRow[]; ret?: string; done?: TextRow }
  | { router_id: string; success: false; error: string; code: Code; request_id?: string; traps?: Trap[]; data?: TextRow[] };

export interface BatchSummary {
  routers: number;
  ok: number;
  failed: number;
  skipped: number;
  took_ms: number;
}

export interface TicketRequest {
  routers: readonly string[] | "all";
  topics?: readonly string[];
  /** Seconds in which streams may be opened; 60 without it, 3600 at most. */
  ttl?: number;
}

export interface Ticket {
  ticket: string;
  /** Unix seconds. */
  expires: number;
  url_example: string;
}

export interface Identity {
  name: string;
  role: "viewer" | "operator" | "admin";
  /** Patterns of the router_ids that the key sees; `*` stands for any text. */
  routers: string[];
  /** Unix seconds; absent if the key does not expire. */
  expires?: number;
  read_only: boolean;
}
