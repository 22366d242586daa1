// The API key of this page and the requests that use it. The key is held in memory,
// in session storage if the user asks for it, and never in a URL.

const storageKey = "mikronec.key";
let key = "";
let ticket = null; // {ticket, until}; until is in terms of performance.now()
let whoami = null; // the answer of GET /whoami

// Failure is an error response of the server, or none (code "offline").
export class Failure extends Error {
  constructor(code, message = "", status = 0, requestId = "") {
    super(message);
    this.code = code;
    this.status = status;
    this.requestId = requestId;
  }
}

export const signedIn = () => key !== "";

// principal is {name, role, routers, expires, read_only} of the key, or null.
export const principal = () => whoami;

// savedKey is a key that this tab stored, or the one in the link of the demo. Only
// keys of the demo are accepted from a link; the fragment is not sent to a server.
export function savedKey() {
  const link = /^#key=(demo-[\w-]+)$/.exec(location.hash);
  if (link) history.replaceState(null, "", location.pathname + location.search);
  let saved = null;
  try {
    saved = sessionStorage.getItem(storageKey);
  } catch {
    // no storage
  }
  return link?.[1] ?? saved;
}

// signIn checks the key; with keep, a valid one is stored for this tab.
export async function signIn(candidate, keep) {
  key = candidate;
  try {
    whoami = await get("whoami");
  } catch (failure) {
    key = "";
    throw failure;
  }
  try {
    if (keep) sessionStorage.setItem(storageKey, key);
  } catch {
    // no storage: the key stays in memory only
  }
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
  ticket = null;
  whoami = null;
  try {
    sessionStorage.removeItem(storageKey);
  } catch {
    // no storage
  }
}

export const url = (path) => new URL(path, document.baseURI);

// request sends a request and returns the Response if it is a success. It throws a
// Failure otherwise, and an AbortError when signal aborts it.
export async function request(method, path, body, { accept = "application/json", signal } = {}) {
  const headers = { "X-API-Key": key, Accept: accept };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  let response;
  try {
    response = await fetch(url(path), { method, headers, signal, body: body && JSON.stringify(body), cache: "no-store" });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Failure("offline", error.message);
  }
  if (response.ok) return response;
  // An answer that is not ours, of a proxy for instance, has no code.
  const { code = "", error, request_id: requestId } = await response.json().catch(() => ({}));
  throw new Failure(code, error ?? `HTTP ${response.status} ${response.statusText}`, response.status, requestId);
}

export const get = async (path) => (await (await request("GET", path)).json()).data;

export const post = async (path, body) => (await (await request("POST", path, body)).json()).data;

// streamTicket returns a ticket for all routers that this key may see. It is valid
// for a minute and replaced when ten seconds are left.
export async function streamTicket() {
  if (!ticket || ticket.until < performance.now()) {
    const until = performance.now() + 50_000;
    ticket = { ...(await post("tickets", { routers: "all", ttl: 60 })), until };
  }
  return ticket.ticket;
}

export function dropTicket() {
  ticket = null;
}

// may reports whether the role of the key allows an action: "run" or "connect". It
// only hides controls, the server decides; a role unknown to this page hides none.
export function may(action) {
  const allowed = { viewer: [], operator: ["run"], admin: ["run", "connect"] }[whoami?.role];
  return allowed ? allowed.includes(action) : true;
}
