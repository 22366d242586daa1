// Ten minutes of a figure. The server keeps no history: it begins when the page
// is opened.

export const span = 600; // seconds
const least = 60; // seconds that are drawn while there are few points

const most = 320; // points; one every two seconds, and some
// A time without points longer than this is shown as a gap: nobody knows what
// was in it.
export const gap = 12; // seconds

const apart = 1.9; // seconds between two points

// Series is a ring of points in time.
export class Series {
  #at = new Float64Array(most);
  #value = new Float32Array(most);
  #next = 0;
  length = 0;

  // add takes a point; one that comes too soon after the last replaces it.
  add(at, value) {
    if (!Number.isFinite(value)) return;
    const last = (this.#next + most - 1) % most;
    if (this.length > 0 && at - this.#at[last] < apart) {
      this.#value[last] = value;
      return;
    }
    this.#at[this.#next] = at;
    this.#value[this.#next] = value;
    this.#next = (this.#next + 1) % most;
    this.length = Math.min(this.length + 1, most);
  }

  // each gives the points since a time, oldest first.
  each(from, take) {
    for (let i = 0; i < this.length; i++) {
      const k = (this.#next + most - this.length + i) % most;
      if (this.#at[k] >= from) take(this.#at[k], this.#value[k]);
    }
  }

  // window is the stretch of time to draw: since the first point, a minute at
  // least and ten at the most.
  window(now) {
    const first = this.length > 0 ? this.#at[(this.#next + most - this.length) % most] : now;
    return Math.min(Math.max(now - first, least), span);
  }

  last() {
    return this.length > 0 ? this.#value[(this.#next + most - 1) % most] : NaN;
  }

  max(from) {
    let top = 0;
    this.each(from, (_, v) => { top = Math.max(top, v); });
    return top;
  }
}
