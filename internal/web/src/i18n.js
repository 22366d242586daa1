// The strings of the page, in the language that the user chose or that of the
// browser.
import { en } from "./en.js";
import { id } from "./id.js";
import { remembered, remember } from "./settings.js";

const languages = { en, id };
const listeners = new Set();

let language = initial();

function initial() {
  const chosen = remembered("language");
  if (languages[chosen]) return chosen;
  for (const wanted of navigator.languages ?? [navigator.language]) {
    const base = wanted.slice(0, 2).toLowerCase();
    if (languages[base]) return base;
    if (base === "in") return "id"; // the code of Indonesian on old Android
  }
  return "en";
}

// locale is the one for Intl: with the region of the browser if the browser has
// the language of the page.
export function locale() {
  return navigator.languages?.find((l) => l.slice(0, 2).toLowerCase() === language) ?? { en: "en", id: "id-ID" }[language];
}

export const currentLanguage = () => language;

export function setLanguage(code) {
  language = languages[code] ? code : "en";
  remember("language", language);
  for (const listen of listeners) listen();
}

export function onLanguage(listen) {
  listeners.add(listen);
}

// t is the string of a key with {name} replaced by values.name. values.n chooses
// between the plural forms of a string that has them. Callers write keys as
// literals, or as a literal prefix that ends with a dot: a test finds them there.
export function t(key, values = {}) {
  let text = languages[language][key] ?? en[key] ?? key;
  if (typeof text === "object") text = text[new Intl.PluralRules(locale()).select(values.n)] ?? text.other;
  return text.replace(/\{(\w+)\}/g, (all, name) => values[name] ?? all);
}

export const has = (key) => key in en;

// translate fills the static parts of the page: data-t holds the key of an
// element's text, data-t-NAME that of its attribute NAME.
export function translate(root = document) {
  document.documentElement.lang = language;
  for (const node of root.querySelectorAll("[data-t]")) node.textContent = t(node.dataset.t);
  for (const name of ["aria-label", "placeholder", "title"]) {
    for (const node of root.querySelectorAll(`[data-t-${name}]`)) node.setAttribute(name, t(node.getAttribute(`data-t-${name}`)));
  }
}
