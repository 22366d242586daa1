// One value over time, for lines. Times are seconds of the clock of the page. A line may be
// drawn of anything that has these methods:
//   each(from, visit)    calls visit(time, value) for the points since from, oldest first
//   max(from)            the largest value since from
//   broken(before, at)   whether nothing is known between two points that follow each other

const maxWindow = 600; // seconds
const minWindow = 60; // seconds, drawn while there are few points

const capacity = 320; // points: one every two seconds, with some to spare
const spacing = 1.9; // seconds; the least time between two points

const usual = 12; // seconds without a point, after which a line is interrupted

// Series is a ring buffer of the last ten minutes. It begins when the page is opened; what
// the server has kept of the time before can be put in front.
export class Series {
  #at = new Float64Array(capacity);
  #value = new Float32Array(capacity);
  #next = 0;
  #coarseUntil = -Infinity; // the time of the last point that history brought
  #coarse = 0; // seconds between those
  length = 0;

  // gap is the time after which a line is interrupted, in seconds.
  constructor(gap = usual) {
    this.gap = gap;
  }

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

  // fill puts the points of a Steps in front that are older than those known.
  fill(steps) {
    const known = [];
    this.each(-Infinity, (at, value) => known.push([at, value]));
    const before = [];
    steps.each(-Infinity, (at, value) => (known.length === 0 || at < known[0][0]) && before.push([at, value]));
    if (before.length === 0) return;
    this.length = this.#next = 0;
    for (const [at, value] of [...before, ...known].slice(-capacity)) this.add(at, value);
    [this.#coarseUntil, this.#coarse] = [before.at(-1)[0], steps.step];
  }

  broken(before, at) {
    if (before > this.#coarseUntil) return at - before > this.gap;
    return at - before > 1.6 * this.#coarse;
  }

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

// Steps is what the server has kept of one value: one for each step, NaN where nothing was
// measured. from is the time of the first step, step is in seconds, and the last one has not
// gone on beyond until.
export class Steps {
  constructor(from, step, values, until = Infinity) {
    Object.assign(this, { from, step, values, until });
  }

  get length() {
    return this.values.length;
  }

  each(from, visit) {
    for (let i = Math.max(0, Math.ceil((from - this.from) / this.step - 0.5)); i < this.values.length; i++) {
      if (Number.isFinite(this.values[i])) visit(Math.min(this.from + (i + 0.5) * this.step, this.until), this.values[i]);
    }
  }

  broken(before, at) {
    return at - before > 1.6 * this.step;
  }

  // map returns the steps with other values.
  map(other) {
    return new Steps(this.from, this.step, this.values.map(other), this.until);
  }

  max(from) {
    let top = 0;
    this.each(from, (_, v) => { top = Math.max(top, v); });
    return top;
  }
}
