// One event stream that is kept open by the client, as the page uses it.
import { Clock } from "./clock.js";
import { client, streamFailure } from "./session.js";
import { tables } from "./store.js";

// Codes after which the same key will not be accepted in a moment either.
const refusals = new Set(["unauthorized", "forbidden", "origin_refused"]);

// Stream calls these functions of calls:
//   event(e, at)     a data event, after it was applied to the tables, and its time by
//                    the clock of the page
//   named(name, e)   an event named status or reset
//   alive()          any sign of the server
//   state(s)         "connecting", "live" or "resumed"; "lost", with a Failure if the
//                    reason is known; "refused" with a Failure
export class Stream {
  #watch;
  #calls;
  #clock = new Clock();

  // query is that of the client's watch.
  constructor(query, calls) {
    this.#calls = calls;
    this.#watch = client.watch({ ...query, tables, pauseWhenHidden: true });
    this.#read();
  }

  async #read() {
    try {
      for await (const e of this.#watch) this.#take(e);
    } catch (error) {
      const failure = streamFailure(error);
      if (failure.code === "unknown_router") return; // the list of routers tells
      this.#calls.state(refusals.has(failure.code) ? "refused" : "lost", failure);
    }
  }

  #take(e) {
    if (e.event === "state") return this.#state(e);
    this.#calls.alive?.();
    if (e.event === "message") this.#calls.event(e.data, this.#clock.at(e.data.ts));
    else if (e.event === "status" || e.event === "reset") this.#calls.named(e.event, e.data);
  }

  #state({ state, resumed, error }) {
    if (state === "live") {
      this.#calls.alive?.();
      this.#calls.state(resumed ? "resumed" : "live");
    } else if (state === "lost") this.#calls.state("lost", streamFailure(error));
    else if (state === "connecting") this.#calls.state("connecting");
  }

  close() {
    this.#watch.close();
  }

  // check reopens a stream that has been silent for too long.
  check() {
    this.#watch.check();
  }

  // reopen opens the stream again, from the last event on.
  reopen() {
    this.#watch.reopen();
  }

  // ask changes the query.
  ask(query) {
    this.#watch.ask(query);
  }

  // connected reports whether the stream is open, as far as the browser knows.
  get connected() {
    return this.#watch.live;
  }

  // lastData is the time of the last sign of the server, in Unix milliseconds; 0 before it.
  get lastData() {
    return this.#watch.lastSign;
  }
}
