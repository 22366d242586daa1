// Dark or light: as the system says, until somebody chooses.
import { remembered, remember } from "./settings.js";

const dark = matchMedia("(prefers-color-scheme: dark)");
const listeners = new Set();
let colours = null;

export function theme() {
  return document.documentElement.dataset.theme;
}

function show(name) {
  document.documentElement.dataset.theme = name;
  colours = null;
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

export function onTheme(listen) {
  listeners.add(listen);
}

// colour is a custom property of the style, for what is drawn on a canvas.
export function colour(name) {
  if (!colours) {
    const style = getComputedStyle(document.documentElement);
    colours = (property) => style.getPropertyValue(property).trim();
    const known = new Map();
    const read = colours;
    colours = (property) => {
      if (!known.has(property)) known.set(property, read(property));
      return known.get(property);
    };
  }
  return colours("--" + name);
}
