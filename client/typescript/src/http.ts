import { type Failure, MikronecError, type Trap } from "./errors.js";
import { lines } from "./lines.js";

export interface ClientOptions {
  /**
   * Address of the server, such as `http://localhost:8080` or `https://example.org/mikronec`.
   * Without it, a page talks to the server that it came from, below its own folder.
   */
  url?: string | URL;
  /** API key, or a function that returns the present one. It is sent in the header `X-API-Key`. */
  key?: string | (() => string | Promise<string>);
  /**
   * For a page that must not have a key: returns a ticket, which its backend got from
   * `POST /tickets`. It is called whenever a stream is opened. A ticket opens streams
   * and nothing else.
   */
  ticket?: () => string | Promise<string>;
  /** Milliseconds in which an answer has to be complete, or begin if it is streamed; 90,000 without it. */
  timeoutMs?: number;
  /** Characters of the longest line that is taken from a stream; 64 million without it. */
  maxLine?: number;
  /** What to use in place of the global `fetch`. */
  fetch?: typeof fetch;
}

/** Options of one request. */
export interface RequestOptions {
  /** Aborts the request, and with it the command at the router. The reason is thrown as it is. */
  signal?: AbortSignal;
  /** Milliseconds, in place of those of the client; `Infinity` for no limit. */
  timeoutMs?: number;
}

export interface Request {
  method: string;
  /** Below the base, without a slash at the beginning. */
  path: string;
  query?: URLSearchParams;
  body?: unknown;
  /** Media type of the answer; JSON without it. */
  accept?: string;
  headers?: Record<string, string>;
}

/** Sends requests to one server. */
export class Requests {
  readonly base: URL;
  readonly maxLine: number;
  readonly #options: ClientOptions;

  constructor(options: ClientOptions) {
    const base = options.url ?? (globalThis as { document?: { baseURI: string } }).document?.baseURI;
    if (base === undefined) throw new TypeError("url is missing");
    this.base = new URL(base);
    if (this.base.username || this.base.password) throw new TypeError("url has a password; give the key as key");
    this.base.search = this.base.hash = "";
    if (options.url !== undefined && !this.base.pathname.endsWith("/")) this.base.pathname += "/";
    this.maxLine = options.maxLine ?? 64_000_000;
    this.#options = options;
  }

  /** The address of a path. */
  at(path: string, query?: URLSearchParams): URL {
    const url = new URL(path, this.base);
    if (query) url.search = query.toString();
    return url;
  }

  /** The header with the key; none without a key. */
  async credentials(): Promise<Record<string, string>> {
    const { key } = this.#options;
    const value = typeof key === "function" ? await key() : key;
    return value === undefined ? {} : { "X-API-Key": value };
  }

  /**
   * Sends a request and reads its answer, which has to be complete in time; where `read`
   * leaves the body to be read later, it has to begin in time. What is no success is thrown.
   */
  async send<T>(request: Request, options: RequestOptions, read: (response: Response) => Promise<T>): Promise<T> {
    const headers: Record<string, string> = { Accept: "application/json", ...(await this.credentials()), ...request.headers };
    if (request.accept) headers["Accept"] = request.accept;
    if (request.body !== undefined) headers["Content-Type"] = "application/json";
    const limit = options.timeoutMs ?? this.#options.timeoutMs ?? 90_000;
    const late = new AbortController();
    const timer = limit === Infinity ? undefined : setTimeout(() => late.abort(noAnswer(limit)), limit);
    const signal = options.signal ? AbortSignal.any([options.signal, late.signal]) : late.signal;
    try {
      const init: RequestInit = { method: request.method, headers, signal };
      if (request.body !== undefined) init.body = JSON.stringify(request.body);
      return await read(await begin(this.at(request.path, request.query), init, this.#options.fetch));
    } catch (error) {
      throw reasonOf(error, signal);
    } finally {
      clearTimeout(timer);
    }
  }

  /** The `data` of an answer. */
  data<T>(request: Request, options: RequestOptions = {}): Promise<T> {
    return this.send(request, options, async (response) => (await json<{ data: T }>(response)).data);
  }

  /** The lines of an answer, each of them JSON. The time limit is for its beginning. */
  async *objects<T>(request: Request, options: RequestOptions): AsyncGenerator<T, void, undefined> {
    const body = await this.send({ accept: "application/x-ndjson", ...request }, options, (response) => Promise.resolve(response.body!));
    try {
      for await (const line of lines(body, this.maxLine)) {
        if (line !== "") yield parse<T>(line, 200);
      }
    } catch (error) {
      throw reasonOf(error, options.signal);
    }
  }
}

/**
 * Sends a request and returns its answer, if that is a success of the type that the
 * request accepts. The server redirects nothing: a redirect comes from somebody before it.
 */
export async function begin(url: URL | string, init: RequestInit, use: typeof fetch | undefined): Promise<Response> {
  const response = await (use ?? fetch)(url, { ...init, cache: "no-store", redirect: "manual" });
  const accept = new Headers(init.headers).get("Accept") ?? "";
  const type = response.headers.get("Content-Type") ?? "";
  if (response.ok && (response.status === 204 || accept === "*/*" || type.startsWith(accept))) return response;
  throw await failureOf(response);
}

/** The body of an answer. */
export async function json<T>(response: Response): Promise<T> {
  return parse<T>(await response.text(), response.status);
}

export function parse<T>(text: string, status: number): T {
  try {
    return JSON.parse(text) as T;
  } catch (cause) {
    throw new MikronecError({ code: "foreign_answer", message: "the answer is not JSON", status, cause });
  }
}

/** The body of an error, also in streams. */
export interface Problem {
  error: string;
  code: string;
  request_id?: string | undefined;
  traps?: Trap[] | undefined;
  data?: Record<string, string>[];
}

/** An error of the server as it is thrown. */
export function errorOf(problem: Problem, more: Partial<Failure> = {}): MikronecError {
  const failure: Failure = { code: problem.code, message: problem.error, ...more };
  if (problem.request_id) failure.requestId = problem.request_id;
  if (problem.traps) failure.traps = problem.traps;
  if (problem.data) failure.rows = problem.data;
  return new MikronecError(failure);
}

async function failureOf(response: Response): Promise<MikronecError> {
  const { status, headers } = response;
  const retryAfter = Number(headers.get("Retry-After")) || 0;
  const text = await response.text();
  const requestId = headers.get("X-Request-Id") ?? "";
  try {
    // REST has the form of the router, with the code of the server.
    const problem = JSON.parse(text) as Partial<Omit<Problem, "error">> & { error?: unknown; detail?: string; message?: string };
    if (typeof problem.code === "string") {
      const message = typeof problem.error === "string" ? problem.error : (problem.detail ?? problem.message ?? "");
      const traps = problem.traps ? { traps: problem.traps } : {};
      const rows = Array.isArray(problem.data) ? { rows: problem.data } : {};
      return new MikronecError({ code: problem.code, message, status, requestId: problem.request_id ?? requestId, retryAfter, ...traps, ...rows });
    }
  } catch {
    // not JSON
  }
  return new MikronecError({ code: "foreign_answer", message: `HTTP ${status}`, status, retryAfter });
}

const noAnswer = (limit: number) => new MikronecError({ code: "no_answer", message: `no answer within ${limit} ms` });

/** What is to be thrown for an error: the reason of an abort, or that there is no connection. */
export function reasonOf(error: unknown, signal: AbortSignal | undefined): unknown {
  if (signal?.aborted) return signal.reason;
  if (error instanceof MikronecError || !(error instanceof Error)) return error;
  const cause = error.cause instanceof Error ? `: ${error.cause.message}` : "";
  return new MikronecError({ code: "network", message: error.message + cause, cause: error });
}
