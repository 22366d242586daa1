// Tabs, as a keyboard and a screen reader expect them.
import { el } from "./dom.js";

// tabs makes a row of tabs. Each is {key, label, node, open()}; shown(key) is
// told which one is open. Arrow keys go from one to the next.
export function tabs(label, list, first, shown) {
  const count = new Map();
  const buttons = list.map(({ key, label: text }) => {
    const number = el("span", { class: "count" });
    count.set(key, number);
    return el("button", {
      type: "button", role: "tab", id: "tab-" + key, "aria-controls": "panel-" + key, data: { key },
      on: { click: () => open(key), keydown },
    }, el("span", { text }), number);
  });
  const panels = list.map(({ key, node }) => el("div", { role: "tabpanel", id: "panel-" + key, "aria-labelledby": "tab-" + key }, node));

  function open(key) {
    for (const [i, button] of buttons.entries()) {
      const mine = list[i].key === key;
      button.setAttribute("aria-selected", String(mine));
      button.tabIndex = mine ? 0 : -1;
      panels[i].hidden = !mine;
    }
    shown(key);
  }

  function keydown(event) {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    const place = buttons.indexOf(event.currentTarget);
    const next = { Home: 0, End: buttons.length - 1 }[event.key] ?? (step && (place + step + buttons.length) % buttons.length);
    if (next === undefined) return;
    event.preventDefault();
    open(list[next].key);
    buttons[next].focus();
  }

  const node = el("div", { class: "tabs" }, el("div", { class: "tablist", role: "tablist", "aria-label": label }, buttons), panels);
  open(first);
  return { node, open, count: (key, text) => { const c = count.get(key); if (c.textContent !== text) c.textContent = text; } };
}
