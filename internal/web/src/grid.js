// A table of thousands of rows of which only those in view are in the page. It can be
// searched and sorted, and marks rows that were added or removed. On a phone a row has two
// lines and the table scrolls with the page.
import { el, icon, setAttr, setText } from "./dom.js";
import { collator, number } from "./format.js";
import { t } from "./i18n.js";
import { Line } from "./line.js";
import { narrow } from "./narrow.js";
import { Rows } from "./rows.js";

const overscan = 6; // rows rendered beyond either edge, for scrolling

// Grid options: columns are {key, label, width, text(row), order(row), end}, where
// text is shown, order is the sort key (text if absent) and end aligns numbers at the end;
// brief(row) is the row on a phone: [name, value, more, value] (without it, a phone has the
// columns, too); empty is shown without rows; marks are the labels {added, removed} of
// marked rows, null for no marks; sort is the key of the first column to sort by;
// open(row, id) is called for a row that is chosen; searched(text) when the search changes.
export class Grid {
  #pool = []; // lines in the page
  #sort = null;
  #queued = 0;
  #brief = false;
  #filled = false; // rows have come, if only none
  #resized = new ResizeObserver(() => this.#queue());
  #scrolled = () => this.#brief && this.#queue();
  #reshaped = () => this.#reshape();

  constructor({ label, columns, brief = null, empty, marks = null, sort = columns[0].key, open = null, searched = () => {} }) {
    Object.assign(this, { columns, brief, empty, marks, open });
    this.rows = new Rows(columns, Boolean(marks));
    this.body = el("div", { class: "body", role: "rowgroup", on: { click: (event) => this.#chosen(event) } });
    this.heads = columns.map((c) => this.#head(c));
    this.headRow = el("div", { class: "head", role: "rowgroup" }, el("div", { role: "row", class: "line" }, this.heads));
    this.scroller = el("div", { class: "scroll live", role: "table", "aria-label": label, on: { scroll: () => this.#queue() } }, this.headRow, this.body);
    this.scroller.style.setProperty("--columns", columns.map((c) => c.width ?? "minmax(112px, 1fr)").join(" "));
    this.scroller.style.setProperty("--min-width", columns.reduce((sum, c) => sum + (parseInt(/\d+/.exec(c.width ?? "112"), 10)), 0) + "px");
    this.note = el("p", { class: "muted nothing", hidden: true });
    this.count = el("span", { class: "muted small rowcount", role: "status" });
    this.search = el("input", { type: "search", "aria-label": t("searchRows"), placeholder: t("searchRows"), autocomplete: "off", autocapitalize: "none", spellcheck: "false", on: { input: () => { this.find(this.search.value); searched(this.search.value); } } });
    this.sorter = el("select", { "aria-label": t("sort"), on: { change: () => this.#sortBy(columns.find((c) => c.key === this.sorter.value)) } },
      columns.map((c) => el("option", { value: c.key, text: c.label })));
    this.bar = el("div", { class: "gridbar" }, el("div", { class: "searchbox" }, icon("search"), this.search), this.sorter, this.count);
    this.node = el("div", { class: "grid" }, this.bar, this.scroller, this.note);
    this.#resized.observe(this.scroller);
    addEventListener("scroll", this.#scrolled, { passive: true });
    narrow.addEventListener("change", this.#reshaped);
    this.#sortBy(columns.find((c) => c.key === sort));
    this.#reshape();
  }

  // add puts a control next to the search.
  add(control) {
    this.bar.append(control);
  }

  close() {
    this.#resized.disconnect();
    removeEventListener("scroll", this.#scrolled);
    narrow.removeEventListener("change", this.#reshaped);
    cancelAnimationFrame(this.#queued);
  }

  // update takes the present rows, a Map from id to row.
  update(map) {
    this.#filled = true;
    this.rows.update(map);
    this.#queue();
  }

  // restart has the next rows be others, of which none is new.
  restart() {
    this.rows.restart();
  }

  // refresh redraws what changes without new rows: durations and marks.
  refresh() {
    this.rows.expire();
    this.#queue();
  }

  // inSight is the rows that are in the page.
  inSight() {
    return this.#pool.map((line) => line.entry?.row).filter(Boolean);
  }

  // find searches the rows.
  find(text) {
    if (this.search.value !== text) this.search.value = text;
    this.rows.search(text);
    this.scroller.scrollTop = 0;
    this.#queue();
  }

  // #reshape draws the rows as the screen has room for.
  #reshape() {
    this.#brief = Boolean(this.brief) && narrow.matches;
    this.node.classList.toggle("brief", this.#brief);
    this.headRow.hidden = this.#brief;
    this.sorter.hidden = !this.#brief; // else the heads of the columns sort
    setAttr(this.scroller, "aria-colcount", String(this.#brief ? 4 : this.columns.length));
    if (this.#brief) this.scroller.removeAttribute("tabindex");
    else setAttr(this.scroller, "tabindex", "0");
    for (const line of this.#pool.splice(0)) line.node.remove();
    this.#queue();
  }

  #head(column) {
    const button = el("button", { type: "button", text: column.label, on: { click: () => this.#sortBy(column) } });
    return el("div", { role: "columnheader", class: column.end ? "end" : "", data: { key: column.key } }, button);
  }

  // #sortBy sorts by a column; by the same one again, in reverse. Numbers begin with the
  // largest.
  #sortBy(column) {
    this.#sort = { column, down: this.#sort?.column === column ? !this.#sort.down : Boolean(column.end) };
    for (const head of this.heads) {
      const mine = head.dataset.key === column.key;
      setAttr(head, "aria-sort", mine ? (this.#sort.down ? "descending" : "ascending") : "none");
    }
    this.sorter.value = column.key;
    this.rows.sortBy(column, this.#sort.down, collator());
    this.#queue();
  }

  #chosen(event) {
    const line = this.#pool.find((l) => l.node.contains(event.target));
    if (!line || !this.open || getSelection().toString()) return; // a selection is for copying
    this.open(line.entry.row, line.entry.id);
  }

  #queue() {
    this.#queued ||= requestAnimationFrame(() => {
      this.#queued = 0;
      this.#draw();
    });
  }

  // #window is the part of the table in view, in pixels: {top, bottom}.
  #window() {
    if (!this.#brief) return { top: this.scroller.scrollTop, bottom: this.scroller.scrollTop + this.scroller.clientHeight };
    const { top } = this.body.getBoundingClientRect();
    return { top: -top, bottom: innerHeight - top };
  }

  #draw() {
    if (!this.node.checkVisibility()) return;
    const list = this.rows.shown();
    const height = parseFloat(getComputedStyle(this.scroller).getPropertyValue("--row"));
    this.body.style.height = list.length * height + "px";
    setAttr(this.scroller, "aria-rowcount", String(list.length + 1));
    const { top, bottom } = this.#window();
    const first = Math.min(Math.max(0, Math.floor(top / height) - overscan), list.length);
    const last = Math.max(first, Math.min(list.length, Math.ceil(bottom / height) + overscan));
    for (let i = first; i < last; i++) this.#line(i - first).show(list[i], i, height, this.marks);
    for (const line of this.#pool.splice(last - first)) line.node.remove();
    this.#describe(list.length);
  }

  #line(i) {
    if (!this.#pool[i]) {
      this.#pool[i] = new Line(this.columns, this.#brief ? this.brief : null, Boolean(this.open));
      this.body.append(this.#pool[i].node);
    }
    return this.#pool[i];
  }

  #describe(n) {
    const all = this.rows.count();
    this.note.hidden = n > 0 || !this.#filled;
    if (!this.#filled) return;
    setText(this.count, this.search.value ? t("rowsOf", { count: number(n), all: number(all) }) : t("rows", { n: all, count: number(all) }));
    setText(this.note, n > 0 ? "" : this.search.value ? t("emptySearch") : this.empty);
  }
}
