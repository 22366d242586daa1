// Lines over time on a canvas. Colours come from the style, so that they follow
// the theme.
import { gap } from "./series.js";
import { colour } from "./theme.js";

// prepare resizes the canvas to its box and the resolution of the screen. It
// returns the context and the size in CSS pixels, or null if the canvas is not
// displayed.
function prepare(canvas) {
  const [width, height] = [canvas.clientWidth, canvas.clientHeight];
  if (!width || !height) return null;
  const ratio = Math.min(devicePixelRatio || 1, 2);
  const [w, h] = [Math.round(width * ratio), Math.round(height * ratio)];
  if (canvas.width !== w || canvas.height !== h) [canvas.width, canvas.height] = [w, h];
  const context = canvas.getContext("2d");
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  return { context, width, height };
}

// line draws a series; x and y convert time and value to pixels, floor is the y
// of zero.
function line(context, series, from, x, y, stroke, fill, floor) {
  let before = -Infinity, start = 0, lastX = 0, open = false;
  const close = () => {
    if (!open) return;
    context.strokeStyle = stroke;
    context.lineWidth = 1.5;
    context.lineJoin = "round";
    context.stroke();
    if (fill) {
      context.lineTo(lastX, floor);
      context.lineTo(start, floor);
      context.globalAlpha = 0.14;
      context.fillStyle = stroke;
      context.fill();
      context.globalAlpha = 1;
    }
    open = false;
  };
  series.each(from, (at, value) => {
    if (at - before > gap) {
      close();
      context.beginPath();
      start = x(at);
      context.moveTo(start, y(value));
      open = true;
    } else {
      context.lineTo(x(at), y(value));
    }
    [before, lastX] = [at, x(at)];
  });
  close();
}

// graph draws lines with a scale. lines are {series, tone}; top is the end of the
// scale, 0 to fit the values; format writes the values of the scale; at is the
// time under the pointer, or null.
export function graph(canvas, lines, now, { top = 0, format, at = null }) {
  const p = prepare(canvas);
  if (!p) return;
  const { context, width, height } = p;
  const window = windowOf(lines, now);
  const from = now - window;
  const scale = top || roundUp(Math.max(...lines.map((l) => l.series.max(from)), 1) * 1.1);
  const floor = height - 4;
  const x = (time) => ((time - from) / window) * width;
  const y = (v) => floor - (Math.min(v, scale) / scale) * (floor - 14);
  context.font = "11px system-ui, sans-serif";
  context.textBaseline = "bottom";
  for (const share of [0, 0.5, 1]) {
    const place = Math.round(y(share * scale)) + 0.5;
    context.strokeStyle = colour("grid");
    context.lineWidth = 1;
    context.beginPath();
    context.moveTo(0, place);
    context.lineTo(width, place);
    context.stroke();
    if (share > 0) {
      context.fillStyle = colour("muted");
      context.fillText(format(share * scale), 0, place - 1);
    }
  }
  for (const { series, tone } of lines) line(context, series, from, x, y, colour(tone), lines.length === 1, floor);
  if (at !== null) {
    context.strokeStyle = colour("muted");
    context.beginPath();
    context.moveTo(x(at), 0);
    context.lineTo(x(at), floor);
    context.stroke();
  }
}

// roundUp rounds up to 1, 2 or 5 times a power of ten.
function roundUp(value) {
  const power = 10 ** Math.floor(Math.log10(value));
  for (const step of [1, 2, 5, 10]) {
    if (value <= step * power) return step * power;
  }
  return value;
}

const windowOf = (lines, now) => Math.max(...lines.map((l) => l.series.window(now)));

// timeAt is the time at a share of the width of a graph.
export const timeAt = (lines, now, share) => now - windowOf(lines, now) * (1 - share);

// nearest is the value of the point closest to a time, NaN if none is near.
export function nearest(series, at) {
  let best = gap, value = NaN;
  series.each(at - gap, (time, v) => {
    if (Math.abs(time - at) < best) [best, value] = [Math.abs(time - at), v];
  });
  return value;
}
