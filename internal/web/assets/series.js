// The last ten minutes of one value. The server keeps no history, so a series
// begins when the page is opened. Times are seconds of the server's clock.

const maxWindow = 600; // seconds
const minWindow = 60; // seconds, drawn while there are few points

const capacity = 320; // points: one every two seconds, with some to spare
const spacing = 1.9; // seconds; the least time between two points

// gap is the time without points after which a line is interrupted, in seconds:
// the values in between are not known.
export const gap = 12;

// Series is a ring buffer of points in time.
export class Series {
  #at = new Float64Array(capacity);
  #value = new Float32Array(capacity);
  #next = 0;
  length = 0;

  // add appends a point; one too soon after the last replaces its value.
  add(at, value) {
    if (!Number.isFinite(value)) return;
    const last = (this.#next + capacity - 1) % capacity;
    if (this.length > 0 && at - this.#at[last] < spacing) {
      this.#value[last] = value;
      return;
    }
    this.#at[this.#next] = at;
    this.#value[this.#next] = value;
    this.#next = (this.#next + 1) % capacity;
    this.length = Math.min(this.length + 1, capacity);
  }

  // each calls visit(time, value) for the points since from, oldest first.
  each(from, visit) {
    for (let i = 0; i < this.length; i++) {
      const k = (this.#next + capacity - this.length + i) % capacity;
      if (this.#at[k] >= from) visit(this.#at[k], this.#value[k]);
    }
  }

  // window is the time to draw, in seconds: since the first point, at least one
  // minute and at most ten.
  window(now) {
    const first = this.length > 0 ? this.#at[(this.#next + capacity - this.length) % capacity] : now;
    return Math.min(Math.max(now - first, minWindow), maxWindow);
  }

  last() {
    return this.length > 0 ? this.#value[(this.#next + capacity - 1) % capacity] : NaN;
  }

  max(from) {
    let top = 0;
    this.each(from, (_, v) => { top = Math.max(top, v); });
    return top;
  }
}
