// The API key of this page and the requests that use it. The key is held in memory, in
// the storage of the browser if the user asks for it, and never in a URL.
import { Mikronec } from "@mikronec/client";

const storageKey = "mikronec.key";
let key = "";
let whoami = null; // the answer of GET /whoami

// Failure is an error response of the server, or the lack of one. Codes of the page:
// offline, no_answer (in time), and those of foreign() below.
export class Failure extends Error {
  constructor(code, message = "", status = 0, requestId = "") {
    super(message);
    this.code = code;
    this.status = status;
    this.requestId = requestId;
  }
}

// client is used for streams.
export const client = new Mikronec({ key: () => key });

export const signedIn = () => key !== "";

// principal is {name, role, routers, expires, read_only} of the key, or null.
export const principal = () => whoami;

// places are where a key may be kept: until the tab is closed, or on this device.
const places = { tab: () => sessionStorage, device: () => localStorage };

// storage calls use with a place; pages may have none.
function storage(place, use) {
  try {
    return use(places[place]());
  } catch {
    return null;
  }
}

// savedKey returns {key, keep}: a key that was kept here, or the one in the link of the
// demo. Only keys of the demo are accepted from a link, which others may have read; refused
// says that it had another one. The fragment is not sent to a server.
export function savedKey() {
  const link = /^#key=(.*)$/.exec(location.hash);
  if (link) history.replaceState(null, "", location.pathname + location.search);
  if (/^demo-[\w-]+$/.test(link?.[1] ?? "")) return { key: link[1], keep: "tab" };
  const keep = Object.keys(places).find((place) => storage(place, (s) => s.getItem(storageKey)));
  return { key: keep && storage(keep, (s) => s.getItem(storageKey)), keep, refused: Boolean(link) };
}

// signIn checks the key; keep is where a valid one is kept: "tab", "device" or "".
export async function signIn(candidate, keep) {
  key = candidate;
  try {
    whoami = await get("whoami");
  } catch (failure) {
    key = "";
    throw failure;
  }
  if (keep) storage(keep, (s) => s.setItem(storageKey, key));
}

// refreshPrincipal asks the server again what the key may do, and returns whether
// that has changed.
export async function refreshPrincipal() {
  const before = key;
  const answer = await get("whoami");
  if (key !== before) return false; // signed out meanwhile
  const changed = JSON.stringify(answer) !== JSON.stringify(whoami);
  whoami = answer;
  return changed;
}

export function signOut() {
  key = "";
  whoami = null;
  for (const place of Object.keys(places)) storage(place, (s) => s.removeItem(storageKey));
}

export const url = (path) => new URL(path, document.baseURI);

// Milliseconds in which an answer has to be complete, or begin if it is a stream. The
// server itself gives up on a router before these end.
export const limits = { short: 10_000, router: 60_000, command: 90_000 };

// request sends a request and returns the Response, which is a success and of the type
// that accept names. It throws a Failure otherwise, and an AbortError when signal aborts
// it. read(response) reads a body within the limit; without it, only the header has to
// arrive in time.
export async function request(method, path, body, { accept = "application/json", signal, limit = limits.short, read = (r) => r } = {}) {
  const headers = { "X-API-Key": key, Accept: accept };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  const stop = new AbortController();
  const late = setTimeout(() => stop.abort(new Failure("no_answer")), limit);
  const abort = () => stop.abort(signal.reason);
  signal?.addEventListener("abort", abort);
  if (signal?.aborted) abort();
  try {
    // The API redirects nothing: a redirect comes from somebody before the server.
    const response = await fetch(url(path), { method, headers, signal: stop.signal, body: body && JSON.stringify(body), cache: "no-store", redirect: "manual" });
    if (response.ok && response.headers.get("Content-Type")?.startsWith(accept)) return await read(response);
    throw await failureOf(response);
  } catch (error) {
    if (error instanceof Failure || error.name === "AbortError") throw error;
    throw new Failure("offline", error.message);
  } finally {
    clearTimeout(late);
  }
}

// failureOf returns the Failure of an error answer. One that is not JSON with a code is
// not of the server.
async function failureOf(response) {
  const text = await response.text();
  try {
    const { code, error, request_id: requestId } = JSON.parse(text);
    if (code) return ofServer(code, error, response.status, requestId);
  } catch {
    // not JSON
  }
  return new Failure(foreign(response), `HTTP ${response.status}`, response.status);
}

// ofServer is the Failure of an error of the server. Where that takes the page for one of
// another origin, the key is right.
function ofServer(code, message, status, requestId) {
  if (code === "forbidden" && message.includes("ALLOWED_ORIGINS")) return new Failure("origin_refused", message, status);
  return new Failure(code, message, status, requestId);
}

// streamFailure is the Failure of an error of the client; null for none.
export function streamFailure(error) {
  if (!error) return null;
  const { code, message, status, requestId } = error;
  if (code === "network") return new Failure("offline", message);
  if (code === "foreign_answer") return new Failure(foreign({ status }), message, status);
  return ofServer(code, message, status, requestId);
}

// foreign is the code of an answer that is not of the server, but of a proxy or a portal
// before it: a page to log in, where it has one; else that it does not reach the server,
// or refuses the request itself.
function foreign({ type, status }) {
  if (type === "opaqueredirect" || status < 400 || [401, 403, 407, 511].includes(status)) return "proxy_login";
  return status >= 500 ? "proxy_unreachable" : "proxy_refused";
}

// json reads the data of an answer of the API; lists with a total have it next to success.
async function json(response) {
  const text = await response.text();
  try {
    const answer = JSON.parse(text);
    return "data" in answer ? answer.data : answer;
  } catch {
    throw new Failure("proxy_refused");
  }
}

export const get = (path, options) => request("GET", path, undefined, { read: json, ...options });

export const post = (path, body, options) => request("POST", path, body, { read: json, ...options });

export const patch = (path, body, options) => request("PATCH", path, body, { read: json, ...options });

export const del = (path, options) => request("DELETE", path, undefined, { read: json, ...options });

export const routerPath = (id, ...parts) => ["routers", encodeURIComponent(id), ...parts].join("/");

// mayChange reports whether commands that change a router are allowed.
export const mayChange = () => may("run") && !whoami?.read_only;

// mayTest reports whether receivers of alerts may be tested: they are for all routers.
export const mayTest = () => may("connect") && (whoami?.routers ?? ["*"]).includes("*");

// may reports whether the role of the key allows an action: "run" or "connect". It
// only hides controls, the server decides; a role unknown to this page hides none.
export function may(action) {
  const allowed = { viewer: [], operator: ["run"], admin: ["run", "connect"] }[whoami?.role];
  return allowed ? allowed.includes(action) : true;
}
