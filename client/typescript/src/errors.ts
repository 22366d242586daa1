import type { components } from "./schema.js";

/**
 * What an error is. Codes of the server are listed in docs/errors.md and never change;
 * a newer server may have further ones. The client itself has these:
 *
 * - `network`: there was no connection, or it broke
 * - `no_answer`: the server did not answer in time
 * - `foreign_answer`: the answer is not one of Mikronec, but of a proxy or portal before it;
 *   `status` is 0 if that redirects elsewhere
 * - `too_large`: a line of an answer is longer than the client takes
 */
export type Code = ServerCode | ClientCode | (string & {});

export type ClientCode = "network" | "no_answer" | "foreign_answer" | "too_large";

export type ServerCode = components["schemas"]["ErrorCode"];

/** One refusal of a router. */
export type Trap = components["schemas"]["Trap"];

/** The codes with which a command may have reached the router. */
const maybeSent = new Set<string>([
  "router_refused", "router_unreachable", "timeout", "reply_too_large", "too_much_in_flight", "internal",
  "network", "no_answer", "foreign_answer", "too_large",
]);

export interface Failure {
  code: Code;
  message: string;
  status?: number;
  requestId?: string;
  retryAfter?: number;
  traps?: Trap[];
  rows?: Record<string, string>[];
  cause?: unknown;
}

/** Every error that a method of the client throws, but for an abort by the caller's signal. */
export class MikronecError extends Error {
  override readonly name = "MikronecError";
  readonly code: Code;
  /** HTTP status; 0 without an answer, and for errors inside of a stream or a batch. */
  readonly status: number;
  /** Finds the request in the log of the server; empty without an answer. */
  readonly requestId: string;
  /** Seconds after which to try again; 0 if the server did not say so. */
  readonly retryAfter: number;
  /** With `router_refused`: all refusals; `message` is the first one. */
  readonly traps: readonly Trap[];
  /** With `router_refused`: the rows that came before. */
  readonly rows: readonly Record<string, string>[];

  constructor(f: Failure) {
    super(f.message, f.cause === undefined ? undefined : { cause: f.cause });
    this.code = f.code;
    this.status = f.status ?? 0;
    this.requestId = f.requestId ?? "";
    this.retryAfter = f.retryAfter ?? 0;
    this.traps = f.traps ?? [];
    this.rows = f.rows ?? [];
  }

  /** Whether a command may have reached the router. If so, look before you repeat it. */
  get sent(): boolean {
    return maybeSent.has(this.code);
  }
}
