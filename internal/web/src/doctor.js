// The sheet of the doctor: what hinders a router from being watched, with the commands that
// help, to be copied.
import { el, icon } from "./dom.js";
import { showFailure } from "./failure.js";
import { t } from "./i18n.js";
import { get, limits, routerPath } from "./session.js";
import { copyText, openSheet } from "./sheet.js";

export async function openDoctor(id) {
  const s = openSheet();
  s.show(t("doctorOf", { id }), t("doctorLead"), []);
  s.body.append(el("p", { class: "muted", role: "status", text: t("examining") }));
  try {
    const { findings } = await get(routerPath(id, "doctor"), { limit: limits.command });
    const order = { failed: 0, note: 1, ok: 2 };
    findings.sort((a, b) => order[a.state] - order[b.state]);
    s.body.replaceChildren(el("ul", { class: "findings" }, findings.map(findingOf)));
  } catch (failure) {
    showFailure(s.body, failure);
  }
}

// findingOf is one finding, in the words of the server.
function findingOf({ state, check, text, advice, commands }) {
  return el("li", { lang: "en", data: { state } }, icon(state === "ok" ? "up" : "warn"), el("div", {}, el("p", {}, el("span", { class: "muted", text: check + " " }), text),
    advice.map((line) => el("p", { class: "muted small", text: line })),
    commands.map((command) => el("p", { class: "command" }, el("code", { text: command }),
      el("button", { class: "quiet square", type: "button", "aria-label": t("copyOf", { name: command }), on: { click: () => copyText(command) } }, icon("copy"))))));
}
