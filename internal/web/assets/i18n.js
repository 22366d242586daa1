// The words of the page, in the language of the browser or the one chosen.
import { en } from "./en.js";
import { id } from "./id.js";
import { remembered, remember } from "./settings.js";

const words = { en, id };
const listeners = new Set();

let language = first();

function first() {
  const chosen = remembered("language");
  if (words[chosen]) return chosen;
  for (const wanted of navigator.languages ?? [navigator.language]) {
    const base = wanted.slice(0, 2).toLowerCase();
    if (words[base]) return base;
    if (base === "in") return "id"; // what old Android calls Indonesian
  }
  return "en";
}

// locale is for Intl: the region of the browser where the language is its own.
export function locale() {
  return navigator.languages?.find((l) => l.slice(0, 2).toLowerCase() === language) ?? { en: "en", id: "id-ID" }[language];
}

export const currentLanguage = () => language;

export function setLanguage(code) {
  language = words[code] ? code : "en";
  remember("language", language);
  for (const listen of listeners) listen();
}

export function onLanguage(listen) {
  listeners.add(listen);
}

// t is the text of a key, with {names} replaced. A text with "one" and "other"
// is chosen by n.
export function t(key, values = {}) {
  let text = words[language][key] ?? en[key] ?? key;
  if (typeof text === "object") text = text[new Intl.PluralRules(locale()).select(values.n)] ?? text.other;
  return text.replace(/\{(\w+)\}/g, (all, name) => values[name] ?? all);
}

export const has = (key) => key in en;

// translate fills the fixed parts of the page: data-t is the text of an element,
// data-t-NAME that of its attribute NAME.
export function translate(root = document) {
  document.documentElement.lang = language;
  for (const node of root.querySelectorAll("[data-t]")) node.textContent = t(node.dataset.t);
  for (const name of ["aria-label", "placeholder", "title"]) {
    for (const node of root.querySelectorAll(`[data-t-${name}]`)) node.setAttribute(name, t(node.getAttribute(`data-t-${name}`)));
  }
}
