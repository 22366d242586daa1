// Menus that a button opens.
import { el } from "./dom.js";

// opens lets a button show and hide a node of the frame. A choice in it, a click elsewhere
// and Escape hide it again.
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
  node.addEventListener("click", (event) => event.target.closest("button") && show(false));
}

// menu has a button open a menu of items, which are buttons: from below on a phone, next to
// the button on a desktop.
export function menu(button, label, items) {
  button.setAttribute("aria-haspopup", "dialog");
  button.addEventListener("click", () => {
    const list = el("dialog", { class: "menulist", "aria-label": label, on: { click: () => list.close(), close: () => list.remove() } }, items);
    const { right, bottom } = button.getBoundingClientRect();
    list.style.setProperty("--right", innerWidth - right + "px");
    list.style.setProperty("--top", bottom + 4 + "px");
    document.body.append(list);
    list.showModal();
  });
  return button;
}
