// One event stream that is kept open: whenever it ends it is reopened, with a new
// ticket and the id of the last event.
import { Clock } from "./clock.js";
import { apply } from "./delta.js";
import { dropTicket, Failure, request, streamTicket, url } from "./session.js";

// Times in milliseconds.
const silenceTimeout = 60_000; // without an event or heart-beat (15 s), after which the stream is reopened
const openTimeout = 15_000; // for the server's answer to a request for the stream
const hiddenDelay = 5_000; // from hiding the tab to closing the stream

// Codes after which the same key will not be accepted in a moment either.
const refusals = new Set(["unauthorized", "forbidden", "origin_refused"]);

// Stream calls these functions of calls:
//   event(e, at)     a data event, after it was applied to the tables, and its time by
//                    the clock of the page
//   named(name, e)   an event named status, reset or end
//   alive()          any event, also a heart-beat
//   state(s)         "connecting", "live" or "resumed"; "lost", with a Failure if the
//                    reason is known; "refused" with a Failure
export class Stream {
  #source = null;
  #timer = 0;
  #tries = 0;
  #wasLive = false;
  #closed = false;
  #lastId = "";
  #attempt = 0; // number of the attempt to open; an older one gives up
  #paused = false; // closed while the tab is hidden
  #clock = new Clock();
  #hiddenTimer = 0;

  // A browser opens at most six HTTP/1.1 connections to a server, over all tabs, and
  // a seventh request waits: hidden tabs close their streams.
  #visibilityChanged = () => {
    clearTimeout(this.#hiddenTimer);
    if (document.hidden) this.#hiddenTimer = setTimeout(() => this.#pause(), hiddenDelay);
    else if (this.#paused) this.#reopen(0);
  };

  // source creates an EventSource, or an object like it, for a URL.
  constructor(path, query, calls, source = (address) => new EventSource(address)) {
    this.source = source;
    this.path = path;
    this.query = query;
    this.calls = calls;
    this.lastData = 0; // Unix milliseconds of the last opening, event or heart-beat
    document.addEventListener("visibilitychange", this.#visibilityChanged);
    this.#open();
  }

  close() {
    this.#closed = true;
    document.removeEventListener("visibilitychange", this.#visibilityChanged);
    clearTimeout(this.#hiddenTimer);
    this.#disconnect();
    clearTimeout(this.#timer);
  }

  #pause() {
    this.#paused = true;
    this.#wasLive = false; // the return is not announced
    this.#disconnect();
    clearTimeout(this.#timer);
  }

  // check reopens a stream that has been silent for too long: after a phone has
  // slept, the connection may be gone without an error.
  check() {
    if (this.#source && Date.now() - Math.max(this.lastData, this.opened) > silenceTimeout) this.#reopen(0);
  }

  async #open() {
    if (document.hidden) return this.#pause();
    this.#paused = false;
    const attempt = ++this.#attempt;
    this.calls.state("connecting");
    let ticket;
    try {
      ticket = await streamTicket();
    } catch (failure) {
      if (this.#closed || attempt !== this.#attempt) return;
      if (refusals.has(failure.code)) this.calls.state("refused", failure);
      else this.#lost(failure);
      return;
    }
    if (this.#closed || this.#paused || attempt !== this.#attempt) return;
    const address = url(this.path);
    address.search = new URLSearchParams([...this.query, ["heartbeat", "event"], ["ticket", ticket], ...(this.#lastId ? [["last_event_id", this.#lastId]] : [])]);
    this.opened = Date.now();
    this.#listen(this.source(address));
  }

  #listen(source) {
    this.#source = source;
    let opened = false;
    const slow = setTimeout(() => source.readyState === EventSource.CONNECTING && this.#lost(new Failure("no_answer")), openTimeout);
    source.onopen = () => {
      opened = true;
      clearTimeout(slow);
      this.#alive();
      this.#tries = 0;
      this.calls.state(this.#wasLive ? "resumed" : "live");
      this.#wasLive = true;
    };
    source.onmessage = (event) => {
      this.#received(event);
      const e = apply(event);
      this.calls.event(e, this.#clock.at(e.ts));
    };
    source.addEventListener("heartbeat", (event) => this.#received(event));
    for (const name of ["status", "reset", "end"]) {
      source.addEventListener(name, (event) => {
        this.#received(event);
        const e = JSON.parse(event.data);
        this.calls.named(name, e);
        if (name === "end") this.#ended(e.reason);
      });
    }
    // EventSource would reconnect by itself, but with a ticket that may have expired.
    source.onerror = () => {
      clearTimeout(slow);
      if (opened || this.#tries === 0) this.#lost();
      else this.#explain(); // it is not a matter of a moment
    };
  }

  // #explain asks for the stream once more in a way that shows the answer, which
  // EventSource does not: of the server, or of a proxy before it.
  async #explain() {
    this.#disconnect();
    const attempt = ++this.#attempt;
    let why = null;
    try {
      const query = new URLSearchParams(this.query);
      await request("GET", `${this.path}?${query}`, undefined, { accept: "text/event-stream", read: (response) => response.body.cancel() });
    } catch (failure) {
      why = failure;
    }
    if (this.#closed || this.#paused || attempt !== this.#attempt) return;
    if (why?.code === "unknown_router") this.close();
    else this.#lost(why);
  }

  #alive() {
    this.lastData = Date.now();
    this.calls.alive?.();
  }

  #received(event) {
    this.#alive();
    if (event.lastEventId) this.#lastId = event.lastEventId;
  }

  // When the server shuts down, pages return spread over ten seconds. A key that was
  // revoked is refused the next ticket, and that error is the one to show.
  #ended(reason) {
    if (reason === "revoked") dropTicket();
    if (reason === "max_age" || reason === "revoked") this.#reopen(Math.random() * 1000);
    else if (reason === "shutdown") this.#lost(null, 1000 + Math.random() * 9000);
    else this.close(); // disconnected: the router is no longer there
  }

  // #lost reopens after delay milliseconds, by default with exponential back-off.
  #lost(failure, delay) {
    if (this.#closed) return;
    this.calls.state("lost", failure);
    dropTicket();
    this.#tries++;
    this.#reopen(delay ?? Math.min(1000 * 2 ** (this.#tries - 1), 15_000) * (0.75 + Math.random() / 2));
  }

  // reopen opens the stream again, from the last event on.
  reopen() {
    if (!this.#closed && !this.#paused) this.#reopen(0);
  }

  // ask changes the query and reopens the stream.
  ask(query) {
    this.query = query;
    this.reopen();
  }

  // connected reports whether the stream is open, as far as the browser knows.
  get connected() {
    return this.#source?.readyState === EventSource.OPEN;
  }

  #reopen(delay) {
    this.#disconnect();
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#open(), delay);
  }

  #disconnect() {
    this.#source?.close();
    this.#source = null;
  }
}
