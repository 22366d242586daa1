// Lines over time on a canvas. Colours come from the style, so that they follow
// the theme.
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
    if (before === -Infinity || series.broken(before, at)) {
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

// graph draws lines with a scale of values and one of time, from from to until. lines are
// {series, tone}; top is the end of the scale, 0 to fit the values; format writes the values
// of the scale, ticks are {at, text} below the graph; at is the time under the pointer, or
// null.
export function graph(canvas, lines, { from, until, top = 0, format, ticks = [], at = null }) {
  const p = prepare(canvas);
  if (!p) return;
  const { context, width, height } = p;
  const scale = top || roundUp(Math.max(...lines.map((l) => l.series.max(from)), 1) * 1.1);
  const floor = height - 20;
  const x = (time) => ((time - from) / (until - from)) * width;
  const y = (v) => floor - (Math.min(v, scale) / scale) * (floor - 16);
  context.font = "11px system-ui, sans-serif";
  context.textBaseline = "bottom";
  context.lineWidth = 1;
  context.strokeStyle = colour("grid");
  context.fillStyle = colour("muted");
  for (const share of [0, 0.5, 1]) {
    stroke(context, 0, Math.round(y(share * scale)) + 0.5, width, Math.round(y(share * scale)) + 0.5);
  }
  for (const tick of ticks) {
    const place = Math.round(x(tick.at)) + 0.5;
    stroke(context, place, 16, place, floor);
    const half = context.measureText(tick.text).width / 2;
    context.fillText(tick.text, Math.min(Math.max(place - half, 0), width - 2 * half), height - 2);
  }
  for (const { series, tone } of lines) line(context, series, from, x, y, colour(tone), lines.length === 1, floor);
  for (const share of [0.5, 1]) legible(context, format(share * scale), y(share * scale) - 1);
  if (at === null) return;
  context.strokeStyle = colour("muted");
  context.lineWidth = 1;
  stroke(context, x(at), 0, x(at), floor);
  for (const { series, tone } of lines) {
    const value = nearest(series, at, (until - from) / width);
    if (Number.isFinite(value)) dot(context, x(at), y(value), colour(tone));
  }
}

function stroke(context, x1, y1, x2, y2) {
  context.beginPath();
  context.moveTo(x1, y1);
  context.lineTo(x2, y2);
  context.stroke();
}

// legible writes a value of the scale so that a line behind it does not hide it.
function legible(context, text, y) {
  context.lineWidth = 4;
  context.strokeStyle = colour("surface");
  context.strokeText(text, 0, y);
  context.fillStyle = colour("muted");
  context.fillText(text, 0, y);
}

function dot(context, x, y, fill) {
  context.fillStyle = fill;
  context.beginPath();
  context.arc(x, y, 3.5, 0, 2 * Math.PI);
  context.fill();
}

// roundUp rounds up to 1, 2 or 5 times a power of ten.
function roundUp(value) {
  const power = 10 ** Math.floor(Math.log10(value));
  for (const step of [1, 2, 5, 10]) {
    if (value <= step * power) return step * power;
  }
  return value;
}

// timeAt is the time at a share of the width of a graph of so many seconds until a time.
export const timeAt = (until, seconds, share) => until - seconds * (1 - share);

// nearest is the value of the point closest to a time, NaN where nothing is known there;
// pixel is the width of a pixel in seconds.
export function nearest(series, at, pixel) {
  let best = Infinity, value = NaN, nearby = NaN;
  series.each(-Infinity, (time, v) => {
    if (Math.abs(time - at) < best) [best, value, nearby] = [Math.abs(time - at), v, time];
  });
  const [first, second] = nearby < at ? [nearby, at] : [at, nearby];
  return best <= pixel || !series.broken(first, second) ? value : NaN;
}
