// Tabs that work with keyboard and screen reader (the ARIA tabs pattern).
import { el, setText } from "./dom.js";

// tabs creates a row of tabs from a list of {key, label, node}. chosen(key) is called for
// a tab that the user chooses; open(key) shows it. Arrow keys, Home and End move between
// tabs.
export function tabs(label, list, chosen) {
  const counts = new Map();
  const buttons = list.map(({ key, label: text }) => {
    const number = el("span", { class: "count" });
    counts.set(key, number);
    return el("button", {
      type: "button", role: "tab", id: "tab-" + key, "aria-controls": "panel-" + key, data: { key },
      on: { click: () => chosen(key), keydown },
    }, el("span", { text }), number);
  });
  const panels = list.map(({ key, node }) => el("div", { role: "tabpanel", id: "panel-" + key, "aria-labelledby": "tab-" + key }, node));
  const strip = el("div", { class: "tablist", role: "tablist", "aria-label": label }, buttons);

  function open(key) {
    for (const [i, button] of buttons.entries()) {
      const mine = list[i].key === key;
      button.setAttribute("aria-selected", String(mine));
      button.tabIndex = mine ? 0 : -1;
      panels[i].hidden = !mine;
      if (mine) strip.scrollLeft = button.offsetLeft - (strip.clientWidth - button.offsetWidth) / 2;
    }
  }

  function keydown(event) {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    const place = buttons.indexOf(event.currentTarget);
    const next = { Home: 0, End: buttons.length - 1 }[event.key] ?? (step && (place + step + buttons.length) % buttons.length);
    if (next === undefined) return;
    event.preventDefault();
    buttons[next].focus();
    chosen(list[next].key);
  }

  const node = el("div", { class: "tabs" }, strip, panels);
  return { node, open, setCount: (key, text) => setText(counts.get(key), text) };
}
