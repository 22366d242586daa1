// A table of thousands of rows of which only those in sight are in the page. It
// is searched and sorted, and marks rows that came or went.
import { el, setAttr, setText } from "./dom.js";
import { collator, number } from "./format.js";
import { t } from "./i18n.js";
import { Rows } from "./rows.js";

const spare = 6; // rows beyond either edge, so that scrolling finds them there

// Columns are {key, label, width, text(row), order(row), end}: text is what is
// shown and searched, order what it is sorted by (text without), end aligns
// figures at the end.
export class Grid {
  #pool = [];
  #sort = null;
  #queued = 0;

  constructor({ label, columns, empty, marks = true, sort = columns[0].key, search = true }) {
    this.columns = columns;
    this.empty = empty;
    this.rows = new Rows(columns, marks);
    this.body = el("div", { class: "body", role: "rowgroup" });
    this.heads = columns.map((c) => this.#head(c));
    this.scroller = el("div", { class: "scroll live", tabindex: "0", role: "table", "aria-label": label, "aria-colcount": columns.length, on: { scroll: () => this.#queue() } },
      el("div", { class: "head", role: "rowgroup" }, el("div", { role: "row", class: "line" }, this.heads)), this.body);
    this.scroller.style.setProperty("--columns", columns.map((c) => c.width ?? "minmax(112px, 1fr)").join(" "));
    this.scroller.style.setProperty("--least", columns.reduce((sum, c) => sum + (parseInt(/\d+/.exec(c.width ?? "112"), 10)), 0) + "px");
    this.note = el("p", { class: "muted nothing", hidden: true });
    this.count = el("span", { class: "muted small" });
    this.search = el("input", { type: "search", "aria-label": t("searchRows"), placeholder: t("searchRows"), on: { input: () => this.#searched() } });
    this.node = el("div", { class: "grid" }, el("div", { class: "gridbar" }, search && this.search, this.count), this.scroller, this.note);
    this.#resized = new ResizeObserver(() => this.#queue());
    this.#resized.observe(this.scroller);
    this.#sortBy(columns.find((c) => c.key === sort), false);
  }

  #resized;

  close() {
    this.#resized.disconnect();
    cancelAnimationFrame(this.#queued);
  }

  // update takes the rows as they are now: a Map from id to row.
  update(map) {
    this.rows.update(map);
    this.#queue();
  }

  // refresh shows again what changes without new rows: durations, marks.
  refresh() {
    this.rows.forget();
    this.#queue();
  }

  #head(column) {
    const button = el("button", { type: "button", text: column.label, on: { click: () => this.#sortBy(column) } });
    return el("div", { role: "columnheader", class: column.end ? "end" : "", data: { key: column.key } }, button);
  }

  #sortBy(column, turn = true) {
    const same = turn && this.#sort?.column === column;
    this.#sort = { column, down: same ? !this.#sort.down : Boolean(column.end) && turn };
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
    const first = Math.max(0, Math.floor(this.scroller.scrollTop / height) - spare);
    const last = Math.min(list.length, Math.ceil((this.scroller.scrollTop + this.scroller.clientHeight) / height) + spare);
    for (let i = first; i < last; i++) this.#line(i - first, list[i], i, height);
    for (const line of this.#pool.splice(Math.max(0, last - first))) line.node.remove();
    this.#describe(list.length);
  }

  // #line fills the line at a place of the pool.
  #line(place, entry, index, height) {
    let line = this.#pool[place];
    if (!line) {
      const cells = this.columns.map((c) => el("div", { role: "cell", class: c.end ? "end" : "" }));
      const mark = el("span", { class: "mark" });
      line = { cells, mark, text: cells.map(() => document.createTextNode("")), node: el("div", { role: "row", class: "line" }, cells) };
      cells.forEach((cell, k) => cell.append(line.text[k]));
      cells[0].append(mark);
      this.#pool[place] = line;
      this.body.append(line.node);
    }
    setAttr(line.node, "aria-rowindex", String(index + 2));
    line.node.style.transform = `translateY(${index * height}px)`;
    this.columns.forEach((c, k) => {
      const text = c.text(entry.row);
      if (line.text[k].data !== text) line.text[k].data = text;
    });
    const mark = entry.gone ? "went" : entry.came ? "came" : "";
    if ((line.node.dataset.mark ?? "") !== mark) {
      line.node.dataset.mark = mark;
      setText(line.mark, mark && t(mark));
    }
  }

  #describe(n) {
    const all = this.rows.count();
    setText(this.count, this.search.value ? t("rowsOf", { count: number(n), all: number(all) }) : t("rows", { n: all, count: number(all) }));
    this.note.hidden = n > 0;
    setText(this.note, n > 0 ? "" : this.search.value ? t("emptySearch") : this.empty);
  }
}
