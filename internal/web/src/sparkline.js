// The line of the last ten minutes on a card. It is SVG: a canvas would be a
// compositing layer of its own, and a screen full of cards would have a hundred.
import { svg } from "./dom.js";

const width = 100, height = 28; // of the drawing, which CSS stretches to its place

const rounded = (n) => Math.round(n * 10) / 10;

export class Sparkline {
  constructor(tone) {
    this.area = svg("path", { class: "area" });
    this.line = svg("path", { class: "line" });
    this.node = svg("svg", { class: "spark " + tone, viewBox: `0 0 ${width} ${height}`, preserveAspectRatio: "none", "aria-hidden": "true" },
      this.area, this.line);
  }

  // show draws a series up to now. The scale ends at top, or at the largest value
  // where top is 0.
  show(series, now, top = 0) {
    const window = series.window(now);
    const from = now - window;
    const scale = top || Math.max(series.max(from) * 1.25, 1);
    let line = "", area = "", before = -Infinity, first = 0, last = 0;
    const close = () => {
      if (area) area += `L${last} ${height}L${first} ${height}Z`;
    };
    series.each(from, (at, value) => {
      const broken = before === -Infinity || series.broken(before, at);
      if (broken) close();
      const x = rounded(((at - from) / window) * width);
      const point = `${broken ? "M" : "L"}${x} ${rounded(height - 1.5 - (Math.min(value, scale) / scale) * (height - 3))}`;
      line += point;
      area += point;
      if (broken) first = x;
      [before, last] = [at, x];
    });
    close();
    this.line.setAttribute("d", line);
    this.area.setAttribute("d", area);
  }
}
