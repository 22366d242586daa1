// The graph of the traffic of one interface, for its sheet. It begins with the last day, where
// the server has kept it.
import { now } from "./clock.js";
import { trafficOf } from "./figures.js";
import { GraphPanel } from "./graphpanel.js";
import { past } from "./history.js";
import { Series } from "./series.js";
import { onTheme } from "./theme.js";

// It is closed with its sheet.
export class InterfaceGraph {
  #rates = { rx: new Series(), tx: new Series() };
  #row = null;

  constructor(id, row) {
    this.panel = new GraphPanel(id, { span: row.dynamic ? "minutes" : "day" });
    this.node = this.panel.node;
    this.figure = trafficOf(() => row.name, () => this.#rates, (series) => series.last());
    if (!row.dynamic) this.#fill(id);
    this.panel.show(this.figure);
    this.close = onTheme(() => this.panel.draw());
  }

  async #fill(id) {
    try {
      const steps = await past(id, this.figure.names(), { seconds: 600, step: 60 });
      for (const [i, name] of this.figure.names().entries()) {
        if (steps.has(name)) Object.values(this.#rates)[i].fill(steps.get(name));
      }
    } catch {
      // the lines begin with the sheet
    }
  }

  // update takes the present row.
  update(row) {
    if (row !== this.#row) {
      this.#row = row;
      for (const side of ["rx", "tx"]) this.#rates[side].add(now(), row[side + "-bits-per-second"]);
    }
    this.panel.draw();
  }
}
