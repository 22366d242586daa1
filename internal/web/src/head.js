// The head of a router: name, state, model, what can be done with it, and its error if it
// has one, with what helps.
import { alertLine } from "./bell.js";
import { toast } from "./banner.js";
import { about, identity } from "./card.js";
import { openDisconnect } from "./connect.js";
import { openDoctor } from "./doctor.js";
import { el, icon, setIcon, setText } from "./dom.js";
import { openEdit } from "./edit.js";
import { failureBox, headline, pollError } from "./failure.js";
import { refresh } from "./feed.js";
import { bytes, duration, moment, since } from "./format.js";
import { t } from "./i18n.js";
import { menu } from "./menu.js";
import { openReboot, restartNote } from "./restart.js";
import { limits, may, mayChange, post, routerPath } from "./session.js";
import { openShare } from "./share.js";
import * as store from "./store.js";

const item = (name, label, act, kind = "quiet") => el("button", { class: kind, type: "button", on: { click: act } }, icon(name), el("span", { text: label }));

export function headOf(id) {
  const name = el("h1", { text: id });
  const state = el("span", { class: "state" }, icon("connecting"), el("span", {}));
  const when = el("span", { class: "muted small" });
  const line = el("p", { class: "muted small about" });
  const restart = el("p", { role: "status" });
  const error = el("div", { role: "status" });
  const alarm = alertLine(id);
  const node = el("div", { class: "routerhead" },
    el("div", { class: "row" }, el("a", { class: "back", href: "#/", "aria-label": t("back") }, icon("back"), el("span", { text: t("back") })), name, el("span", { class: "spacer" }), actsOf(id)),
    el("div", { class: "row line" }, state, when, line), alarm.node, restart, error);

  function update() {
    const r = store.routers.get(id);
    if (!r) return;
    alarm.update();
    setText(restart, restartNote(id));
    node.dataset.state = r.state;
    setIcon(state, r.state);
    setText(state.lastChild, t("state." + r.state));
    const up = r.hardware?.["uptime-seconds"];
    setText(when, r.state === "up" && up ? t("upFor", { time: duration(up) }) : r.since ? since(r.since) : "");
    const cost = Object.values(r.bytes_per_minute ?? {}).reduce((sum, n) => sum + n, 0);
    setText(line, [identity(r), about(r), r.host, r.instance && t("ownedBy", { name: r.instance }), cost > 0 && t("lineUse", { amount: bytes(cost) })].filter(Boolean).join(" · "));
    line.title = Object.entries(r.bytes_per_minute ?? {}).map(([topic, n]) => `${topic}: ${bytes(n)}`).join("\n");
    showError(error, r);
  }
  return { node, update };
}

// actsOf is the buttons of a router; what the key may not do is not there.
function actsOf(id) {
  const items = [
    may("run") && item("doctor", t("doctor"), () => openDoctor(id)),
    mayChange() && item("power", t("reboot"), () => openReboot(id), "quiet reboot"),
    may("connect") && item("share", t("share"), () => openShare(id)),
    may("connect") && item("trash", t("disconnect"), () => openDisconnect(id), "quiet danger"),
  ].filter(Boolean);
  const more = el("button", { class: "square moreacts", type: "button", "aria-label": t("moreActs") }, icon("more"));
  return [
    may("connect") && item("edit", t("edit"), () => openEdit(id), "edit"),
    items.length > 0 && menu(more, t("moreActs"), items),
  ];
}

// showError shows why the router is away, with what helps, or that a topic could not be
// polled.
function showError(place, r) {
  const old = Object.values(r.errors).find((error) => error && !error.startsWith("no such command"));
  const state = JSON.stringify([r.code, r.error, r.next_attempt, old]);
  if (place.dataset.state === state) return;
  place.dataset.state = state;
  const next = r.next_attempt && t("nextAttempt", { time: moment(r.next_attempt) });
  if (r.error) place.replaceChildren(failureBox({ code: r.code, message: r.error }, next), helpOf(r));
  else if (old) place.replaceChildren(el("div", { class: "failure" }, icon("warn"), el("p", { class: "what", text: t("oldRows", { error: pollError(old) }) })));
  else place.replaceChildren();
}

function helpOf({ router_id: id, code }) {
  const password = code === "login_failed" && may("connect");
  return el("div", { class: "acts" },
    mayChange() && item("retry", t("retry"), (event) => retry(id, event.currentTarget), password ? "retry" : "primary retry"),
    password && item("edit", t("changePassword"), () => openEdit(id), "primary"),
    may("run") && item("doctor", t("doctor"), () => openDoctor(id), ""));
}

// retry has the server connect at once and says how that went.
async function retry(id, button) {
  button.disabled = true;
  toast(t("retrying", { id }));
  try {
    await post(routerPath(id, "retry"), undefined, { limit: limits.router });
    toast(t("connected", { id }));
  } catch (failure) {
    toast(t("retryFailed", { why: headline(failure.code) }));
  }
  button.disabled = false;
  refresh();
}
