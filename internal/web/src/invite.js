// Signing in by the link of an invitation, whose token stands in the fragment.
import { el } from "./dom.js";
import { showFailure } from "./failure.js";
import { t } from "./i18n.js";
import { Failure, post } from "./session.js";

// invitation returns the token of the link that was opened, "" for none. It leaves neither
// the address bar nor the history with it.
export function invitation() {
  const link = /^#invite=([\w-]+)$/.exec(location.hash);
  if (link) history.replaceState(null, "", location.pathname + location.search);
  return link?.[1] ?? "";
}

// inviteView offers to exchange a token for a key, with which it calls enter(key, keep), as
// of signIn; skip() goes on without it. Nothing is exchanged before a tap: the link may
// have been opened by a program that looks what is there.
export function inviteView(main, token, enter, skip) {
  document.title = t("inviteTitle") + " · Mikronec";
  const error = el("div", { role: "alert" });
  const keep = el("button", { class: "primary", type: "button", text: t("inviteKeep"), on: { click: () => accept("device") } });
  const once = el("button", { type: "button", text: t("inviteTab"), on: { click: () => accept("tab") } });
  const later = el("button", { class: "quiet", type: "button", text: t("notNow"), on: { click: skip } });
  let key = ""; // the token gives it once

  async function accept(place) {
    error.replaceChildren();
    keep.disabled = once.disabled = true;
    try {
      key ||= await exchange(token);
      await enter(key, place);
    } catch (failure) {
      keep.disabled = once.disabled = false;
      showFailure(error, failure);
    }
  }
  main.append(el("div", { class: "panel signin invite" },
    el("h1", { text: t("inviteTitle") }), el("p", { class: "muted", text: t("inviteLead") }), error, keep, once, later));
  keep.focus();
  return { end() {} };
}

async function exchange(token) {
  try {
    return (await post("invitations/exchange", { token })).key;
  } catch (failure) {
    throw failure.code === "unauthorized" ? new Failure("invitation_over", "", failure.status, failure.requestId) : failure;
  }
}
