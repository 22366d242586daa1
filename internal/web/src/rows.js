// The rows of a table, sorted and searched. Rows that were removed stay for a while,
// marked. Updates arrive every two seconds and change little, so new rows are
// inserted into the sorted list and the list is sorted only if a key changed.
import { matcher, textOf } from "./match.js";

const markTime = 10_000; // milliseconds for which a row is marked

export class Rows {
  // All entries, sorted: {id, row, added, removed, key, text}. added and removed are
  // the times at which the mark ends, 0 without one; key is what is sorted by.
  #list = [];
  #byId = new Map(); // entries that were not removed
  #filled = false; // the first rows are not marked as added
  #match = null;
  #shown = null;
  #column = null;
  #compare = () => 0;

  constructor(columns, marks) {
    this.columns = columns;
    this.marks = marks;
  }

  // restart forgets all rows: those that come next are others, and not marked as added.
  restart() {
    [this.#list, this.#byId, this.#filled, this.#shown] = [[], new Map(), false, null];
  }

  // update takes the present rows, a Map from id to row.
  update(map) {
    const now = performance.now();
    const added = this.#filled && this.marks ? now + markTime : 0;
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
        fresh.push(this.#fill({ id, added, removed: 0 }, row));
        this.#byId.set(id, fresh.at(-1));
      }
    }
    if (this.#byId.size > map.size) this.#markRemoved(map, now + (this.marks ? markTime : 0));
    this.#filled = true;
    this.expire();
    if (moved) this.#list.sort(this.#compare);
    if (fresh.length > 0) this.#insert(fresh.sort(this.#compare));
  }

  // #markRemoved marks the entries that are not in map.
  #markRemoved(map, until) {
    for (const [id, entry] of this.#byId) {
      if (map.has(id)) continue;
      this.#byId.delete(id);
      entry.removed = until;
      entry.added = 0;
    }
  }

  // #insert merges sorted entries into the list. The collator is slow, so each
  // place is found by binary search.
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

  // expire ends marks that are older than markTime, and drops removed rows with them.
  expire() {
    const now = performance.now();
    let expired = false;
    for (const entry of this.#list) {
      if (entry.added && entry.added <= now) entry.added = 0;
      if (entry.removed && entry.removed <= now) expired = true;
    }
    if (expired) this.#list = this.#list.filter((entry) => !entry.removed || entry.removed > now);
    this.#shown = null;
  }

  sortBy(column, down, collator) {
    this.#column = column;
    for (const entry of this.#list) entry.key = this.#key(entry.row);
    const up = (a, b) => (typeof a.key === "number" && typeof b.key === "number" ? a.key - b.key : collator.compare(a.key, b.key));
    // Of those that are equal, by name; without the collator, which is slow for thousands.
    const name = (a, b) => (a.row.name < b.row.name ? -1 : Number(a.row.name > b.row.name));
    this.#compare = down ? (a, b) => up(b, a) || name(a, b) : (a, b) => up(a, b) || name(a, b);
    this.#list.sort(this.#compare);
    this.#shown = null;
  }

  search(text) {
    this.#match = matcher(text);
    this.#shown = null;
  }

  // shown returns the entries that match the search, sorted.
  shown() {
    if (!this.#match) return this.#list;
    this.#shown ??= this.#list.filter((entry) => this.#match(entry.text ??= textOf(entry.row)));
    return this.#shown;
  }

  // count is the number of rows without the removed ones.
  count() {
    return this.#byId.size;
  }
}
