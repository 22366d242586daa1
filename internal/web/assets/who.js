// Whose key this is, and what its holder should know: that nothing may be
// changed here, or that the key is about to expire.
import { el, icon } from "./dom.js";
import { moment } from "./format.js";
import { t } from "./i18n.js";
import { holder } from "./session.js";

const notice = 3 * 86400; // seconds before the end of a key at which it is said

const who = document.querySelector("#who");
const out = document.querySelector("#signout");
const notes = document.querySelector("#notes");

// showHolder fills the frame for whoever is signed in, or empties it.
export function showHolder() {
  const key = holder();
  who.hidden = out.hidden = !key;
  notes.replaceChildren();
  if (!key) return;
  who.textContent = `${key.name} · ${key.role}`;
  const leave = t("signOutOf", { name: key.name });
  out.setAttribute("aria-label", leave);
  out.title = leave;
  const note = (text) => notes.append(el("p", {}, icon("warn"), el("span", { text })));
  if (key.read_only) note(t("readOnly"));
  if (key.expires && key.expires - Date.now() / 1000 < notice) note(t("keyExpires", { time: moment(key.expires) }));
}
