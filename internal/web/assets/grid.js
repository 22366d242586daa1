// A table of thousands of rows of which only those in view are in the DOM. It can be
// searched and sorted, and marks rows that were added or removed.
import { el, setAttr, setText } from "./dom.js";
import { collator, number } from "./format.js";
import { t } from "./i18n.js";
import { Rows } from "./rows.js";

const overscan = 6; // rows rendered beyond either edge, for scrolling

// Grid options: columns are {key, label, width, text(row), order(row), end}, where
// text is shown and searched, order is the sort key (text if absent) and end aligns
// numbers at the end; empty is shown without rows; marks are the labels {added,
// removed} of marked rows, null for no marks; sort is the key of the first column
// to sort by.
export class Grid {
  #pool = []; // lines in the DOM
  #sort = null;
  #queued = 0;

  constructor({ label, columns, empty, marks = null, sort = columns[0].key }) {
    this.columns = columns;
    this.empty = empty;
    this.marks = marks;
    this.rows = new Rows(columns, Boolean(marks));
    this.body = el("div", { class: "body", role: "rowgroup" });
    this.heads = columns.map((c) => this.#head(c));
    this.scroller = el("div", { class: "scroll live", tabindex: "0", role: "table", "aria-label": label, "aria-colcount": columns.length, on: { scroll: () => this.#queue() } },
      el("div", { class: "head", role: "rowgroup" }, el("div", { role: "row", class: "line" }, this.heads)), this.body);
    this.scroller.style.setProperty("--columns", columns.map((c) => c.width ?? "minmax(112px, 1fr)").join(" "));
    this.scroller.style.setProperty("--min-width", columns.reduce((sum, c) => sum + (parseInt(/\d+/.exec(c.width ?? "112"), 10)), 0) + "px");
    this.note = el("p", { class: "muted nothing", hidden: true });
    this.count = el("span", { class: "muted small" });
    this.search = el("input", { type: "search", "aria-label": t("searchRows"), placeholder: t("searchRows"), on: { input: () => this.#searched() } });
    this.node = el("div", { class: "grid" }, el("div", { class: "gridbar" }, this.search, this.count), this.scroller, this.note);
    this.#resized = new ResizeObserver(() => this.#queue());
    this.#resized.observe(this.scroller);
    this.#sortBy(columns.find((c) => c.key === sort), false);
  }

  #resized;

  close() {
    this.#resized.disconnect();
    cancelAnimationFrame(this.#queued);
  }

  // update takes the present rows, a Map from id to row.
  update(map) {
    this.rows.update(map);
    this.#queue();
  }

  // refresh redraws what changes without new rows: durations and marks.
  refresh() {
    this.rows.expire();
    this.#queue();
  }

  #head(column) {
    const button = el("button", { type: "button", text: column.label, on: { click: () => this.#sortBy(column) } });
    return el("div", { role: "columnheader", class: column.end ? "end" : "", data: { key: column.key } }, button);
  }

  // #sortBy sorts by a column. A click on the same column again reverses the order;
  // numbers begin with the largest.
  #sortBy(column, clicked = true) {
    const same = clicked && this.#sort?.column === column;
    this.#sort = { column, down: same ? !this.#sort.down : Boolean(column.end) && clicked };
    for (const head of this.heads) {
      const mine = head.dataset.key === column.key;
      setAttr(head, "aria-sort", mine ? (this.#sort.down ? "descending" : "ascending") : "none");
    }
    this.rows.sortBy(column, this.#sort.down, collator());
    this.#queue();
  }

  #searched() {
    this.rows.search(this.search.value);
    this.scroller.scrollTop = 0;
    this.#queue();
  }

  #queue() {
    this.#queued ||= requestAnimationFrame(() => {
      this.#queued = 0;
      this.#draw();
    });
  }

  #draw() {
    const list = this.rows.shown();
    const height = parseFloat(getComputedStyle(this.scroller).getPropertyValue("--row"));
    this.body.style.height = list.length * height + "px";
    setAttr(this.scroller, "aria-rowcount", String(list.length + 1));
    const first = Math.max(0, Math.floor(this.scroller.scrollTop / height) - overscan);
    const last = Math.min(list.length, Math.ceil((this.scroller.scrollTop + this.scroller.clientHeight) / height) + overscan);
    for (let i = first; i < last; i++) this.#line(i - first, list[i], i, height);
    for (const line of this.#pool.splice(Math.max(0, last - first))) line.node.remove();
    this.#describe(list.length);
  }

  // #line fills line i of the pool with the entry at index of the table.
  #line(i, entry, index, height) {
    let line = this.#pool[i];
    if (!line) {
      const cells = this.columns.map((c) => el("div", { role: "cell", class: c.end ? "end" : "" }));
      const mark = el("span", { class: "mark" });
      line = { cells, mark, text: cells.map(() => document.createTextNode("")), node: el("div", { role: "row", class: "line" }, cells) };
      cells.forEach((cell, k) => cell.append(k > 0 ? line.text[k] : el("span", { class: "name" }, line.text[k])));
      cells[0].append(mark);
      this.#pool[i] = line;
      this.body.append(line.node);
    }
    setAttr(line.node, "aria-rowindex", String(index + 2));
    line.node.style.transform = `translateY(${index * height}px)`;
    this.columns.forEach((c, k) => {
      const text = c.text(entry.row);
      if (line.text[k].data !== text) line.text[k].data = text;
    });
    const mark = entry.removed ? "removed" : entry.added ? "added" : "";
    if ((line.node.dataset.mark ?? "") !== mark) {
      line.node.dataset.mark = mark;
      setText(line.mark, mark && this.marks[mark]);
    }
  }

  #describe(n) {
    const all = this.rows.count();
    setText(this.count, this.search.value ? t("rowsOf", { count: number(n), all: number(all) }) : t("rows", { n: all, count: number(all) }));
    this.note.hidden = n > 0;
    setText(this.note, n > 0 ? "" : this.search.value ? t("emptySearch") : this.empty);
  }
}
