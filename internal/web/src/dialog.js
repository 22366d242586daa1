// Dialogs with a form.
import { el } from "./dom.js";
import { showFailure } from "./failure.js";
import { t } from "./i18n.js";

// dialog shows a form, which closes when send() succeeds and shows its Failure
// otherwise. busy is the label of the button meanwhile. After a failure that anyway.when
// accepts, a second button calls send(true); anyway.note says what that does.
export function dialog({ title, lead, fields, action, busy, danger, send, anyway }) {
  const error = el("div", { role: "alert" });
  const button = el("button", { class: danger ? "danger" : "primary", type: "submit", text: action });
  const second = anyway && el("button", { type: "button", text: anyway.action, hidden: true, on: { click: () => run(true) } });
  const node = el("dialog", { "aria-labelledby": "dialog-title", on: { close: () => node.remove() } },
    el("form", { on: { submit } },
      el("h2", { id: "dialog-title", text: title }), el("p", { class: "muted", text: lead }),
      fields, error,
      el("div", { class: "buttons" },
        el("button", { type: "button", text: t("cancel"), on: { click: () => node.close() } }), second, button)));

  function submit(event) {
    event.preventDefault();
    return run(false);
  }

  async function run(regardless) {
    error.replaceChildren();
    button.disabled = true;
    if (second) second.hidden = true;
    button.textContent = busy;
    try {
      await send(regardless);
      node.close();
    } catch (failure) {
      const offered = Boolean(anyway?.when(failure));
      if (second) second.hidden = !offered;
      showFailure(error, failure, offered && anyway.note);
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
