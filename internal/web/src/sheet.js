// A sheet with one row: its fields, each to be copied, and what can be done with it. It
// comes from below on a phone, from the side on a desktop.
import { toast } from "./banner.js";
import { el, icon, setText } from "./dom.js";
import { t } from "./i18n.js";

// openSheet shows a sheet; closed() is called when it was closed. It returns {node, body,
// show, close}: show(title, about, facts) fills its head and its fields, [label, text]
// pairs; body is for what stands between them.
export function openSheet(closed = () => {}) {
  const title = el("h2", { id: "sheet-title", tabindex: "-1", autofocus: true });
  const about = el("p", { class: "muted" });
  const body = el("div", { class: "sheetbody" });
  const list = el("dl", { class: "facts" });
  const node = el("dialog", { class: "sheet", "aria-labelledby": "sheet-title", on: { close: end, click: (event) => event.target === node && node.close() } },
    el("div", { class: "sheetinside" },
      el("div", { class: "sheethead" }, el("div", {}, title, about),
        el("button", { class: "quiet square", type: "button", "aria-label": t("close"), on: { click: () => node.close() } }, icon("close"))),
      body, list));
  const facts = new Map(); // by label

  function end() {
    node.remove();
    closed();
  }

  function show(name, line, pairs) {
    setText(title, name);
    setText(about, line);
    const wanted = pairs.filter(([, text]) => text !== "" && text !== undefined);
    for (const [label, text] of wanted) {
      if (!facts.has(label)) facts.set(label, factOf(label));
      setText(facts.get(label).text, text);
    }
    const labels = new Set(wanted.map(([label]) => label));
    for (const [label, fact] of facts) fact.node.hidden = !labels.has(label);
    for (const [i, [label]] of wanted.entries()) {
      if (list.children[i] !== facts.get(label).node) list.insertBefore(facts.get(label).node, list.children[i] ?? null);
    }
  }

  document.body.append(node);
  node.showModal();
  return { node, body, show, close: () => node.close() };
}

// factOf is a field whose text is copied by its button.
function factOf(label) {
  const text = el("span", {});
  const copy = el("button", { class: "quiet square", type: "button", "aria-label": t("copyOf", { name: label }), on: { click: () => copyText(text.textContent) } }, icon("copy"));
  return { text, node: el("div", { class: "fact" }, el("dt", { class: "muted small", text: label }), el("dd", {}, text, copy)) };
}

// copyText puts a text on the clipboard. Pages without TLS have no clipboard; there the
// text is selected by hand.
export async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
    toast(t("copied", { text: text.length > 40 ? text.slice(0, 39) + "…" : text }));
  } catch {
    toast(t("notCopied"));
  }
}

// acts is a row of buttons: [icon, label, act, class] each.
export function acts(list) {
  return el("div", { class: "acts" }, list.filter(Boolean).map(([name, label, act, kind = ""]) =>
    el("button", { type: "button", class: kind, on: { click: (event) => act(event.currentTarget) } }, icon(name), el("span", { text: label }))));
}
