// A button that opens a small menu of controls next to it.
import { el } from "./dom.js";

// opens lets a button show and hide a node. A choice in it, a click elsewhere and Escape
// hide it again.
export function opens(button, node) {
  const show = (open) => {
    button.setAttribute("aria-expanded", String(open));
    node.classList.toggle("open", open);
    for (const [event, listen] of [["pointerdown", outside], ["keydown", escape]]) {
      if (open) document.addEventListener(event, listen);
      else document.removeEventListener(event, listen);
    }
  };
  const outside = (event) => {
    if (!button.contains(event.target) && !node.contains(event.target)) show(false);
  };
  const escape = (event) => {
    if (event.key !== "Escape") return;
    show(false);
    button.focus();
  };
  button.addEventListener("click", () => show(button.getAttribute("aria-expanded") !== "true"));
  node.addEventListener("click", (event) => event.target.closest("button, a") && show(false));
  return () => show(false);
}

// menu is a button with a menu of items, which are nodes.
export function menu(button, items) {
  const list = el("div", { class: "menulist" }, items);
  button.setAttribute("aria-expanded", "false");
  const close = opens(button, list);
  return { node: el("div", { class: "more" }, button, list), close };
}
