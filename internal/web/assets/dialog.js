// Dialogs with a form.
import { el } from "./dom.js";
import { showFailure } from "./failure.js";
import { t } from "./i18n.js";

// dialog shows a form, which closes when send() succeeds and shows its Failure
// otherwise. busy is the label of the button meanwhile.
export function dialog({ title, lead, fields, action, busy, danger, send }) {
  const error = el("div", { role: "alert" });
  const button = el("button", { class: danger ? "danger" : "primary", type: "submit", text: action });
  const node = el("dialog", { "aria-labelledby": "dialog-title", on: { close: () => node.remove() } },
    el("form", { on: { submit } },
      el("h2", { id: "dialog-title", text: title }), el("p", { class: "muted", text: lead }),
      fields, error,
      el("div", { class: "buttons" },
        el("button", { type: "button", text: t("cancel"), on: { click: () => node.close() } }), button)));

  async function submit(event) {
    event.preventDefault();
    error.replaceChildren();
    button.disabled = true;
    button.textContent = busy;
    try {
      await send();
      node.close();
    } catch (failure) {
      showFailure(error, failure);
      error.scrollIntoView({ block: "nearest" });
    }
    button.disabled = false;
    button.textContent = action;
  }
  document.body.append(node);
  node.showModal();
  return node;
}

// field is a control with its label and, if there is one, its hint.
export function field(id, label, control, hint) {
  control.id = id;
  if (hint) control.setAttribute("aria-describedby", id + "-hint");
  return el("div", { class: "field" }, el("label", { for: id, text: label }), control,
    hint && el("p", { id: id + "-hint", class: "hint muted", text: hint }));
}

export const plain = { autocomplete: "off", autocapitalize: "none", spellcheck: "false" };
