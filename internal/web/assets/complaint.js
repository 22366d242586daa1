// What went wrong, in the words of the server, and what to do about it.
import { el, icon } from "./dom.js";
import { has, t } from "./i18n.js";

export function complain(place, failure) {
  const code = failure.code ?? "internal";
  const key = "error." + code;
  place.replaceChildren(el("div", { class: "complaint", data: { code } }, icon("warn"),
    el("div", {},
      el("p", { class: "what", text: code === "offline" ? t(key) : failure.message }),
      code !== "offline" && has(key) && el("p", { text: t(key) }))));
}
