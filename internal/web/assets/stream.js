// One event stream, kept open: opened with a ticket, and opened again with a new
// one and the id of the last event whenever it ends.
import { apply } from "./delta.js";
import { dropTicket, Failure, streamTicket, url } from "./session.js";

const quiet = 60_000; // silence after which a stream is taken for dead
const patience = 20_000; // for the server's answer to an opening
const grace = 5_000; // from the tab being hidden to the stream being given back

// Stream calls:
//   event(e)         data, after it was applied to the tables
//   named(name, e)   status, reset and end
//   state(s)         "connecting", "live", "resumed" or "lost"; "refused" with a Failure
export class Stream {
  #source = null;
  #timer = 0;
  #tries = 0;
  #wasLive = false;
  #closed = false;
  #lastId = "";
  #turn = 0; // of opening: an older one is not gone on with
  #idle = false; // given back
  #leaving = 0;

  // A browser gives a server six connections for all of its tabs together, and
  // lets the seventh page wait: a tab that nobody sees gives its own back.
  #look = () => {
    clearTimeout(this.#leaving);
    if (document.hidden) this.#leaving = setTimeout(() => this.#giveBack(), grace);
    else if (this.#idle) this.#again(0);
  };

  // source makes the EventSource of an address, or something like it.
  constructor(path, query, calls, source = (address) => new EventSource(address)) {
    this.source = source;
    this.path = path;
    this.query = query;
    this.calls = calls;
    this.lastData = 0; // Unix milliseconds of the last event
    document.addEventListener("visibilitychange", this.#look);
    this.#open();
  }

  close() {
    this.#closed = true;
    document.removeEventListener("visibilitychange", this.#look);
    clearTimeout(this.#leaving);
    this.#drop();
    clearTimeout(this.#timer);
  }

  #giveBack() {
    this.#idle = true;
    this.#wasLive = false; // coming back is nothing to be told of
    this.#drop();
    clearTimeout(this.#timer);
  }

  // check opens the stream anew where it has been silent for too long, as after
  // a phone has slept: the connection may be gone without anybody having said so.
  check() {
    if (this.#source && Date.now() - Math.max(this.lastData, this.opened) > quiet) this.#again(0);
  }

  async #open() {
    if (document.hidden) return this.#giveBack();
    this.#idle = false;
    const turn = ++this.#turn;
    this.calls.state("connecting");
    let ticket;
    try {
      ticket = await streamTicket();
    } catch (failure) {
      if (this.#closed || turn !== this.#turn) return;
      if (failure instanceof Failure && [401, 403].includes(failure.status)) this.calls.state("refused", failure);
      else this.#lost();
      return;
    }
    if (this.#closed || this.#idle || turn !== this.#turn) return;
    const address = url(this.path);
    address.search = new URLSearchParams([...this.query, ["ticket", ticket], ...(this.#lastId ? [["last_event_id", this.#lastId]] : [])]);
    this.opened = Date.now();
    this.#listen(this.source(address));
  }

  #listen(source) {
    this.#source = source;
    const slow = setTimeout(() => source.readyState === EventSource.CONNECTING && this.#lost(), patience);
    source.onopen = () => {
      clearTimeout(slow);
      this.#tries = 0;
      this.calls.state(this.#wasLive ? "resumed" : "live");
      this.#wasLive = true;
    };
    source.onmessage = (event) => {
      this.#seen(event);
      this.calls.event(apply(event));
    };
    for (const name of ["status", "reset", "end"]) {
      source.addEventListener(name, (event) => {
        this.#seen(event);
        const e = JSON.parse(event.data);
        this.calls.named(name, e);
        if (name === "end") this.#ended(e.reason);
      });
    }
    // EventSource would come back by itself, with a ticket that may be too old.
    source.onerror = () => {
      clearTimeout(slow);
      this.#lost();
    };
  }

  #seen(event) {
    this.lastData = Date.now();
    if (event.lastEventId) this.#lastId = event.lastEventId;
  }

  // A server that stops asks all to come back over ten seconds, not at once. A key
  // that was taken away is refused a ticket, which says more than the end does.
  #ended(reason) {
    if (reason === "revoked") dropTicket();
    if (reason === "max_age" || reason === "revoked") this.#again(Math.random() * 1000);
    else if (reason === "shutdown") this.#lost(1000 + Math.random() * 9000);
    else this.close(); // disconnected: there is nothing to come back to
  }

  #lost(pause) {
    if (this.#closed) return;
    this.calls.state("lost");
    dropTicket();
    this.#tries++;
    this.#again(pause ?? Math.min(1000 * 2 ** (this.#tries - 1), 15_000) * (0.75 + Math.random() / 2));
  }

  #again(pause) {
    this.#drop();
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#open(), pause);
  }

  #drop() {
    this.#source?.close();
    this.#source = null;
  }
}
