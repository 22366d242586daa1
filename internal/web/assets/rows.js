// The rows behind a table, in their order: searched, sorted, with those that
// went kept for a while. Updates come every other second and change little, so
// the order is mended, not made anew.

const keep = 10_000; // milliseconds for which a row is marked

export class Rows {
  #list = []; // all entries, sorted: {id, row, came, gone, key, text}
  #byId = new Map(); // those that are there
  #known = false; // the first rows are no news
  #words = [];
  #shown = null;
  #column = null;
  #compare = () => 0;

  constructor(columns, marks) {
    this.columns = columns;
    this.marks = marks;
  }

  // update takes the rows that are there now.
  update(map) {
    const now = performance.now();
    const came = this.#known && this.marks ? now + keep : 0;
    const fresh = [];
    let moved = false;
    for (const [id, row] of map) {
      const entry = this.#byId.get(id);
      if (entry?.row === row) continue;
      if (entry) {
        const before = entry.key;
        this.#fill(entry, row);
        moved ||= entry.key !== before;
      } else {
        fresh.push(this.#fill({ id, came, gone: 0 }, row));
        this.#byId.set(id, fresh.at(-1));
      }
    }
    if (this.#byId.size > map.size) this.#part(map, now + (this.marks ? keep : 0));
    this.#known = true;
    this.forget();
    if (moved) this.#list.sort(this.#compare);
    if (fresh.length > 0) this.#insert(fresh.sort(this.#compare));
  }

  // #part marks those who are not there any more.
  #part(map, until) {
    for (const [id, entry] of this.#byId) {
      if (map.has(id)) continue;
      this.#byId.delete(id);
      entry.gone = until;
      entry.came = 0;
    }
  }

  // #insert puts sorted entries among those that are. Comparing names as people
  // order them is dear, so each place is searched for by halves.
  #insert(fresh) {
    const merged = [];
    let from = 0;
    for (const entry of fresh) {
      let low = from, high = this.#list.length;
      while (low < high) {
        const middle = (low + high) >> 1;
        if (this.#compare(this.#list[middle], entry) <= 0) low = middle + 1;
        else high = middle;
      }
      for (; from < low; from++) merged.push(this.#list[from]);
      merged.push(entry);
    }
    for (; from < this.#list.length; from++) merged.push(this.#list[from]);
    this.#list = merged;
  }

  #fill(entry, row) {
    entry.row = row;
    entry.key = this.#key(row);
    entry.text = null;
    return entry;
  }

  #key(row) {
    return (this.#column.order ?? this.#column.text)(row);
  }

  // forget drops marks that have been there long enough.
  forget() {
    const now = performance.now();
    let over = false;
    for (const entry of this.#list) {
      if (entry.came && entry.came <= now) entry.came = 0;
      if (entry.gone && entry.gone <= now) over = true;
    }
    if (over) this.#list = this.#list.filter((entry) => !entry.gone || entry.gone > now);
    this.#shown = null;
  }

  sortBy(column, down, collator) {
    this.#column = column;
    for (const entry of this.#list) entry.key = this.#key(entry.row);
    const up = (a, b) => (typeof a.key === "number" && typeof b.key === "number" ? a.key - b.key : collator.compare(a.key, b.key));
    this.#compare = down ? (a, b) => up(b, a) : up;
    this.#list.sort(this.#compare);
    this.#shown = null;
  }

  search(text) {
    this.#words = text.toLowerCase().split(/\s+/).filter(Boolean);
    this.#shown = null;
  }

  // shown are the entries that match the search, in their order.
  shown() {
    if (this.#words.length === 0) return this.#list;
    this.#shown ??= this.#list.filter((entry) => this.#matches(entry));
    return this.#shown;
  }

  #matches(entry) {
    entry.text ??= this.columns.map((c) => c.text(entry.row)).join("\n").toLowerCase();
    return this.#words.every((word) => entry.text.includes(word));
  }

  // count is how many there are, without those that went.
  count() {
    return this.#byId.size;
  }
}
