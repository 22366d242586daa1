// Times of the server's events by the clock of the page, which never steps: the clock of
// the server may be set back or forth while the page is open. Times of the page are
// seconds since it was opened.
export const now = () => performance.now() / 1000;

// wall converts a time of the page to Unix seconds of this device.
export const wall = (at) => Date.now() / 1000 - (now() - at);

// ofWall converts Unix seconds of this device to a time of the page.
export const ofWall = (seconds) => now() - (Date.now() / 1000 - seconds);

const tolerance = 5; // seconds; what exceeds it is a step
const window = 60; // seconds in which the least delay is looked for

// Clock converts the times of one stream. Events that were missed are sent late, so an
// event may be older than the moment it arrives, but its time does not go back, nor on
// by more than the time that has passed.
export class Clock {
  #offset = NaN; // from the server's seconds to those of the page
  #last = 0; // server's time of the last event
  #lastAt = 0; // when it arrived
  #least = Infinity; // least offset since #since
  #since = 0;

  // at takes the time of an event that has just arrived, in Unix seconds.
  at(ts) {
    const arrived = now();
    if (!Number.isFinite(ts)) return arrived;
    const here = arrived - ts;
    const step = ts - this.#last;
    if (!(step > -tolerance && step < arrived - this.#lastAt + tolerance)) this.#begin(here, arrived);
    [this.#last, this.#lastAt] = [ts, arrived];
    this.#least = Math.min(this.#least, here);
    this.#offset = Math.min(this.#offset, here); // nothing comes from the future
    if (arrived - this.#since > window) this.#begin(this.#least, arrived);
    return ts + this.#offset;
  }

  #begin(offset, arrived) {
    this.#offset = offset;
    this.#least = Infinity;
    this.#since = arrived;
  }
}
