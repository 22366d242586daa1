// The API key of this page and everything that is asked with it. The key lives
// in memory, in session storage only when asked, and never in a URL.

const stored = "mikronec.key";
let key = "";
let ticket = null; // {ticket, until}, until by performance.now()
let who = null; // the answer of /whoami

// Failure is an answer that is not a success, or none at all (code "offline").
export class Failure extends Error {
  constructor(code, message, status = 0) {
    super(message);
    this.code = code;
    this.status = status;
  }
}

export const signedIn = () => key !== "";

// holder is {name, role, routers, expires, read_only} of the key; null before.
export const holder = () => who;

// resume takes up a key that this tab kept, or that of the demo's link. Only the
// demo's throw-away keys may come in a link; the fragment never leaves the browser.
export function resume() {
  const link = /^#key=(demo-[\w-]+)$/.exec(location.hash);
  if (link) history.replaceState(null, "", location.pathname + location.search);
  let kept = null;
  try {
    kept = sessionStorage.getItem(stored);
  } catch {
    // no storage, nothing kept
  }
  return link?.[1] ?? kept;
}

// signIn tries the key and keeps it where it is right.
export async function signIn(candidate, keep) {
  key = candidate;
  try {
    who = await get("whoami");
  } catch (failure) {
    key = "";
    throw failure;
  }
  try {
    if (keep) sessionStorage.setItem(stored, key);
  } catch {
    // it stays in memory
  }
}

// renew asks again what the key may do and says whether that has become something
// else.
export async function renew() {
  const asked = key;
  const answer = await get("whoami");
  if (key !== asked) return false; // somebody has signed out meanwhile
  const changed = JSON.stringify(answer) !== JSON.stringify(who);
  who = answer;
  return changed;
}

export function signOut() {
  key = "";
  ticket = null;
  who = null;
  try {
    sessionStorage.removeItem(stored);
  } catch {
    // nothing was kept
  }
}

export const url = (path) => new URL(path, document.baseURI);

// request asks the server; the answer is a Response that is a success.
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
  const answer = await response.json().catch(() => ({}));
  throw new Failure(answer.code ?? "internal", answer.error ?? response.statusText, response.status);
}

export const get = async (path) => (await (await request("GET", path)).json()).data;

export const post = async (path, body) => (await (await request("POST", path, body)).json()).data;

// streamTicket is a ticket for all routers that this key may see. It lasts a
// minute and is renewed when ten seconds are left.
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

// may says whether the key's role allows something: "run" or "connect". The
// server decides in the end; a role that this page does not know hides nothing.
export function may(what) {
  const allowed = { viewer: [], operator: ["run"], admin: ["run", "connect"] }[who?.role];
  return allowed ? allowed.includes(what) : true;
}
