// One line of a table: a cell for each column, or the brief form of a phone.
import { el, setAttr, setText } from "./dom.js";

const briefClasses = ["title", "value", "more", "value2"];

export class Line {
  // brief is the function of Grid, or null; with opens, the name is a button.
  constructor(columns, brief, opens) {
    this.texts = brief ?? ((row) => columns.map((c) => c.text(row)));
    const classes = brief ? briefClasses : columns.map((c) => (c.end ? "end" : ""));
    this.text = classes.map(() => document.createTextNode(""));
    this.mark = el("span", { class: "mark" });
    const name = el(opens ? "button" : "span", { class: "name", type: opens && "button" }, this.text[0]);
    this.node = el("div", { role: "row", class: "line" }, classes.map((c, i) => el("div", { role: "cell", class: c }, i > 0 ? this.text[i] : [name, this.mark])));
  }

  // show fills the line with the entry at index of the table.
  show(entry, index, height, marks) {
    this.entry = entry;
    setAttr(this.node, "aria-rowindex", String(index + 2));
    this.node.style.transform = `translateY(${index * height}px)`;
    for (const [i, text] of this.texts(entry.row).entries()) {
      if (this.text[i].data !== text) this.text[i].data = text;
    }
    const mark = entry.removed ? "removed" : entry.added ? "added" : "";
    if ((this.node.dataset.mark ?? "") === mark) return;
    this.node.dataset.mark = mark;
    setText(this.mark, mark && marks[mark]);
  }
}
