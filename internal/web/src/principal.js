// The key that is signed in, shown in the frame, and what its user should know:
// that this server is read-only, or that the key expires soon.
import { el, icon } from "./dom.js";
import { moment } from "./format.js";
import { t } from "./i18n.js";
import { servedBy } from "./serving.js";
import { principal } from "./session.js";

const warnBefore = 3 * 86400; // seconds before a key expires

const who = document.querySelector("#who");
const out = document.querySelector("#signout");
const notes = document.querySelector("#notes");

// showPrincipal fills the frame for the key that is signed in, or clears it.
export function showPrincipal() {
  const key = principal();
  who.hidden = out.hidden = !key;
  notes.replaceChildren();
  if (!key) return;
  who.textContent = [key.name, key.role, servedBy() && t("servedBy", { name: servedBy() })].filter(Boolean).join(" · ");
  const label = t("signOutOf", { name: key.name });
  out.setAttribute("aria-label", label);
  out.title = label;
  const note = (text) => notes.append(el("p", {}, icon("warn"), el("span", { text })));
  if (key.read_only) note(t("readOnly"));
  if (key.expires && key.expires - Date.now() / 1000 < warnBefore) note(t("keyExpires", { time: moment(key.expires) }));
}
