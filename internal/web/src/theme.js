// Dark or light theme: that of the system until the user chooses.
import { remembered, remember } from "./settings.js";

const dark = matchMedia("(prefers-color-scheme: dark)");
const listeners = new Set();
let colours = new Map(); // custom properties of the theme, as they are read

export function theme() {
  return document.documentElement.dataset.theme;
}

function show(name) {
  document.documentElement.dataset.theme = name;
  colours = new Map();
  for (const listen of listeners) listen(name);
}

export function startTheme() {
  show(remembered("theme") ?? (dark.matches ? "dark" : "light"));
  dark.addEventListener("change", () => {
    if (!remembered("theme")) show(dark.matches ? "dark" : "light");
  });
}

export function switchTheme() {
  const next = theme() === "dark" ? "light" : "dark";
  remember("theme", next);
  show(next);
}

// onTheme calls listen() after a change, and returns a function that stops that.
export function onTheme(listen) {
  listeners.add(listen);
  return () => listeners.delete(listen);
}

// colour reads a custom property of the style, for drawing on a canvas.
export function colour(name) {
  if (!colours.has(name)) colours.set(name, getComputedStyle(document.documentElement).getPropertyValue("--" + name).trim());
  return colours.get(name);
}
