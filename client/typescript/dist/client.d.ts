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
export type ServerCode = "invalid_request" | "unauthorized" | "ticket_expired" | "forbidden" | "command_denied" | "address_refused" | "unknown_router" | "not_found" | "method_not_allowed" | "declared" | "body_too_large" | "unsupported_media_type" | "router_refused" | "login_failed" | "certificate_refused" | "router_busy" | "too_much_in_flight" | "rate_limited" | "quota_exceeded" | "internal" | "router_unreachable" | "reply_too_large" | "audit_log_full" | "store_unavailable" | "starting" | "shutting_down" | "timeout";
/** One refusal of a router. */
export interface Trap {
	message: string;
	/** 0 to 7, if the router sent one. */
	category?: number;
}
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
export declare class MikronecError extends Error {
	readonly name = "MikronecError";
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
	constructor(f: Failure);
	/** Whether a command may have reached the router. If so, look before you repeat it. */
	get sent(): boolean;
}
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
export type RouterChanges = Partial<Omit<RouterSettings, "tls">> & {
	tls?: TLS | null;
};
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
	budget: {
		in_flight: number;
		max_in_flight: number;
		streams: number;
		max_streams: number;
		queued: number;
		max_queued: number;
	};
	last_poll?: {
		at: number;
		ms: number;
		error?: string;
		errors?: Record<string, string>;
	};
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
export type BatchLine = {
	router_id: string;
	success: true;
	data: TextRow[];
	ret?: string;
	done?: TextRow;
} | {
	router_id: string;
	success: false;
	error: string;
	code: Code;
	request_id?: string;
	traps?: Trap[];
	data?: TextRow[];
};
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
interface Request$1 {
	method: string;
	/** Below the base, without a slash at the beginning. */
	path: string;
	query?: URLSearchParams;
	body?: unknown;
	/** Media type of the answer; JSON without it. */
	accept?: string;
	headers?: Record<string, string>;
}
declare class Requests {
	#private;
	readonly base: URL;
	readonly maxLine: number;
	constructor(options: ClientOptions);
	/** The address of a path. */
	at(path: string, query?: URLSearchParams): URL;
	/** The header with the key; none without a key. */
	credentials(): Promise<Record<string, string>>;
	/**
	 * Sends a request and reads its answer, which has to be complete in time; where `read`
	 * leaves the body to be read later, it has to begin in time. What is no success is thrown.
	 */
	send<T>(request: Request$1, options: RequestOptions, read: (response: Response) => Promise<T>): Promise<T>;
	/** The `data` of an answer. */
	data<T>(request: Request$1, options?: RequestOptions): Promise<T>;
	/** The lines of an answer, each of them JSON. The time limit is for its beginning. */
	objects<T>(request: Request$1, options: RequestOptions): AsyncGenerator<T, void, undefined>;
}
type RestValues = Record<string, string | number | boolean | null | readonly (string | number)[]>;
type RestFilter = Record<string, string | number | boolean>;
/**
 * RouterOS's own REST of one router. Paths are those after `rest/`, such as
 * `ip/address` or `ip/address/*1`; see docs/rest.md.
 */
export declare class Rest {
	#private;
	constructor(requests: Requests, router: string);
	/** The rows of a menu. */
	list(path: string, filter?: RestFilter, options?: RequestOptions): Promise<TextRow[]>;
	/** One row, by its id or name, or the only one of a menu such as `system/identity`. */
	get(path: string, options?: RequestOptions): Promise<TextRow>;
	/** Adds a row and returns it. */
	add(path: string, values: RestValues, options?: RequestOptions): Promise<TextRow>;
	/** Changes a row, or a menu of one row, and returns it. */
	set(path: string, values: RestValues, options?: RequestOptions): Promise<TextRow>;
	/** Removes a row. */
	remove(path: string, options?: RequestOptions): Promise<void>;
	/** Executes a command: an array of rows, or an object with what the router says at the end. */
	command<T = TextRow[] | TextRow>(path: string, values?: RestValues, options?: RequestOptions): Promise<T>;
}
/** What a stream can carry; a newer server may have further topics. */
export type Topic = "hardware" | "hotspot_active" | "ppp_active" | "interfaces" | "queues" | "dhcp_leases" | "arp" | "counts" | "health" | "identity" | "sessions" | "log";
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
/** The rows of a topic of one router, by `.id`; rows without ids have their number. */
export type Table = ReadonlyMap<string, Row>;
/** The tables of all routers and topics of one or several streams. */
export declare class Tables {
	#private;
	/** The rows of a topic, or undefined before the first snapshot. The map stays the same until the next snapshot. */
	get(router: string, topic: TableTopic): Table | undefined;
	/** Why the rows are not current, or null: the words of the router or the server, or that events were lost. */
	error(router: string, topic: TableTopic): string | null;
	/** The router_ids of which there are tables. */
	routers(): string[];
	/** Takes over a table that another one has, for changes to apply to. */
	set(router: string, topic: TableTopic, rows: Table): void;
	/** Removes the tables of a router, or one of them. */
	delete(router: string, topic?: TableTopic): void;
	/** Takes a `reset`: the rows are kept to be shown, but no change is applied before a snapshot. */
	reset(router: string, topic: string): void;
	/** Takes a data event. */
	apply(event: DataEvent): void;
}
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
	backOff?: {
		firstMs: number;
		mostMs: number;
	};
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
export type WatchState = {
	event: "state";
	state: "connecting" | "paused";
}
/** `resumed`: the connection had been lost before. */
 | {
	event: "state";
	state: "live";
	resumed: boolean;
}
/** `error` says why the connection was lost or could not be made, if the server did not end it; `retryMs` is in milliseconds. */
 | {
	event: "state";
	state: "lost";
	error?: MikronecError;
	retryMs: number;
};
/** What a watch yields. The tables already have what `message` says. */
export type WatchEvent = {
	event: "message";
	data: DataEvent;
	id: string;
} | {
	event: "status";
	data: StatusEvent;
	id: string;
} | {
	event: "reset";
	data: ResetEvent;
	id: string;
} | {
	event: "heartbeat";
	data: HeartbeatEvent;
	id: string;
} | {
	event: "end";
	data: EndEvent;
	id: string;
} | WatchState;
/** The transport that is used without another one. */
export declare function fetchTransport(use?: ClientOptions["fetch"]): Transport;
/**
 * A stream that is kept open: it is opened again after a loss, where it was, with a new
 * ticket if it has no key. It is read by one `for await`, which ends when the watch is closed
 * or the router was disconnected, and throws when the server refuses the watch. While
 * nothing is read from it, the server skips snapshots.
 */
export declare class Watch implements AsyncIterable<WatchEvent> {
	#private;
	readonly tables: Tables;
	/** Id of the last event; see {@link WatchOptions.lastEventId}. */
	lastEventId: string;
	/** Unix milliseconds of the last sign of the server; 0 before the first one. */
	lastSign: number;
	constructor(requests: Requests, client: ClientOptions, options: WatchOptions);
	/** Whether the connection is open, as far as is known. */
	get live(): boolean;
	/** Ends the watch. */
	close(): void;
	/** Opens the connection again at once, from the last event on. */
	reopen(): void;
	/** Opens the connection again with another query, from the last event on if only `volatile` is another. */
	ask(query: WatchQuery): void;
	/** Opens the connection again if it has been silent for too long. It is called by a timer; call it when a device may have slept. */
	check(): void;
	[Symbol.asyncIterator](): AsyncGenerator<WatchEvent, void, undefined>;
}
/**
 * A client of one server. Its methods throw a {@link MikronecError}, or the reason of the
 * caller's signal. None of them repeats a request.
 */
export declare class Mikronec {
	#private;
	constructor(options?: ClientOptions);
	/** `GET /routers`: the status of all routers that the key sees. */
	routers(options?: RequestOptions): Promise<RouterStatus[]>;
	/** `GET /routers/{id}`. */
	router(id: string, options?: RequestOptions): Promise<RouterStatus>;
	/** `GET /routers?format=yaml`: the routers in the form of `ROUTERS_FILE`, without passwords. */
	routersFile(options?: RequestOptions): Promise<string>;
	/** `POST /connect`: logs in to a router and registers it. The present comment stays unless another is given. */
	connect(id: string, settings: RouterSettings, options?: RequestOptions): Promise<Connected>;
	/** `POST /disconnect`. */
	disconnect(id: string, options?: RequestOptions): Promise<Disconnected>;
	/** `PUT /routers/{id}`: as {@link connect}; a comment that is not given is removed. */
	putRouter(id: string, settings: RouterSettings, options?: RequestOptions): Promise<Connected>;
	/** `PATCH /routers/{id}`: changes what is given. */
	changeRouter(id: string, changes: RouterChanges, options?: RequestOptions): Promise<Connected>;
	/** `DELETE /routers/{id}`. */
	deleteRouter(id: string, options?: RequestOptions): Promise<Disconnected>;
	/** `GET /system-info`: model, version and resources of a router. */
	systemInfo(id: string, options?: RequestOptions): Promise<SystemInfo>;
	/** `POST /run`: runs a command. `args` is its path, then attributes (`=name=value`) and queries (`?name=value`). */
	run(id: string, args: readonly string[], options?: RunOptions & RequestOptions): Promise<RunAnswer>;
	/**
	 * `POST /run` with rows as they come, for commands that do not end, such as `/ping` and `listen`.
	 * It returns what the router said at the end. Leaving the loop cancels the command on the router.
	 */
	rows(id: string, args: readonly string[], options?: RunOptions & RequestOptions): AsyncGenerator<TextRow, TextRow, undefined>;
	/** `POST /run/batch`: runs a command on many routers. Each gives one line when it is done; the summary is returned. */
	batch(routers: readonly string[] | "all", args: readonly string[], options?: BatchOptions & RequestOptions): AsyncGenerator<BatchLine, BatchSummary, undefined>;
	/** RouterOS's own REST of a router. */
	rest(id: string): Rest;
	/** `POST /tickets`: a ticket with which a page without a key opens streams. */
	ticket(request: TicketRequest, options?: RequestOptions): Promise<Ticket>;
	/** `GET /whoami`: role and routers of the key. */
	whoami(options?: RequestOptions): Promise<Identity>;
	/** `GET /healthz`: resolves if the process runs. */
	health(options?: RequestOptions): Promise<void>;
	/** `GET /readyz`: resolves if requests are accepted, else throws `starting` or `shutting_down`. */
	ready(options?: RequestOptions): Promise<void>;
	/** `GET /metrics`: the text format of Prometheus. */
	metrics(options?: RequestOptions): Promise<string>;
	/** `GET /sse`: watches routers, through restarts of the server and of the network. */
	watch(options: WatchOptions): Watch;
}

export {};
