// The bell in the frame: how many alerts fire, and a sheet with them, with what was told
// before, and with the receivers.
import * as alerts from "./alerts.js";
import { toast } from "./banner.js";
import { drawItems, el, icon, setAttr, setText } from "./dom.js";
import { failureBox, showFailure } from "./failure.js";
import { duration, moment, number } from "./format.js";
import { t } from "./i18n.js";
import { menu } from "./menu.js";
import { href } from "./route.js";
import { get, may, mayTest, post } from "./session.js";
import { openSheet } from "./sheet.js";

const historyLength = 50;
const testLimit = 20_000; // milliseconds; the server waits for 15 s

// bell returns the button of the frame. It follows the alerts until the page is closed.
export function bell() {
  const count = el("span", { class: "count" });
  const button = el("button", { id: "bell", class: "quiet square", type: "button", on: { click: () => openAlerts() } }, icon("bell"), count);
  const show = () => {
    const n = alerts.list().length;
    setText(count, n > 0 ? number(n) : "");
    setAttr(button, "aria-label", t("alertsFiring", { n, count: number(n) }));
    button.title = button.getAttribute("aria-label");
    button.dataset.severity = alerts.worst(alerts.list());
  };
  alerts.onAlerts(show);
  show();
  return { node: button, show };
}

// openAlerts shows the alerts, those of one router first if it is named.
export function openAlerts(first = "") {
  const error = el("div", { role: "alert" });
  const firing = el("ul", { class: "alerts", id: "alerts-firing" });
  const told = el("ul", { class: "alerts", id: "alerts-told" });
  const receivers = el("ul", { class: "alerts", id: "alerts-receivers" });
  const results = new Map(); // of the tests of receivers, by name
  const stop = alerts.onAlerts(() => { drawFiring(); load(); });
  const s = openSheet(stop);
  const part = (title, list) => el("section", { class: "part" }, el("h3", { text: title }), list);
  s.body.append(error, firing, part(t("alertReceivers"), receivers), part(t("alertsTold"), told));
  s.show(t("alerts"), "", []);

  function drawFiring() {
    const list = [...alerts.list()].sort((a, b) => (first && Number(b.router_id === first) - Number(a.router_id === first)) || alerts.urgency(a, b));
    drawItems(firing, list, (a) => alertItem(a, error, s.close), () => el("li", { class: "muted none" }, icon("up"), el("span", { text: t("noAlerts") })));
  }

  async function load() {
    try {
      const [before, all] = await Promise.all([get("alerts/history?limit=" + historyLength), get("alerts/receivers")]);
      drawItems(told, before, (a) => toldItem(a, s.close), () => el("li", { class: "muted", text: t("nothingTold") }));
      drawItems(receivers, all, (r) => receiverItem(r, resultOf(r.name)), () => el("li", { class: "muted", text: t("noReceivers") }));
    } catch (failure) {
      showFailure(error, failure);
    }
  }

  function resultOf(name) {
    if (!results.has(name)) results.set(name, el("div", { role: "status" }));
    return results.get(name);
  }

  drawFiring();
  load();
  alerts.ask();
}

// where is the router of an alert as a link, or what else it is about.
function where(a, close) {
  if (!a.router_id) return el("strong", { text: ["Mikronec", a.instance].filter(Boolean).join(" ") });
  return el("a", { href: href({ id: a.router_id }), text: a.router_id, on: { click: close } });
}

const seconds = (text) => Date.parse(text) / 1000;

function alertItem(a, error, close) {
  const quiet = alerts.silenced(a);
  const notes = [
    t("since", { time: moment(seconds(a.started)) }), quiet && t("silencedUntil", { time: moment(seconds(a.silenced_until)) }),
    a.unknown && t("alertUnknown"), a.clearing && t("alertClearing"), a.untold && !quiet && t("alertUntold"),
  ].filter(Boolean).join(" · ");
  return el("li", { class: "alert", data: { severity: quiet ? "silenced" : a.severity, alert: a.alert } }, icon(quiet ? "quiet" : "bell"),
    el("div", { class: "words" }, el("p", {}, where(a, close), " ", el("span", { text: alerts.textOf(a) })),
      el("p", { class: "muted small", text: notes }), a.reason && el("p", { class: "muted small reason", lang: "en", text: a.reason })),
    may("run") && (quiet ? silenceButton(a, "0s", t("unsilence"), error) : silenceMenu(a, error)));
}

function silenceMenu(a, error) {
  const button = el("button", { type: "button", class: "silence", text: t("silence") });
  return menu(button, t("silence"), [["1h", 3600], ["8h", 8 * 3600], ["24h", 86400]].map(([time, length]) =>
    el("button", { type: "button", class: "quiet", text: t("silenceFor", { time: duration(length) }), on: { click: () => silence(a, time, button, error) } })));
}

const silenceButton = (a, time, text, error) => el("button", { type: "button", class: "silence", text, on: { click: (event) => silence(a, time, event.currentTarget, error) } });

async function silence(a, time, button, error) {
  button.disabled = true;
  error.replaceChildren();
  try {
    await post(`alerts/${encodeURIComponent(a.alert)}/silence`, { for: time });
    await alerts.ask();
  } catch (failure) {
    showFailure(error, failure);
  }
  button.disabled = false;
}

function toldItem(a, close) {
  const over = a.status === "resolved";
  return el("li", { class: "alert", data: { severity: over ? "over" : a.severity } }, icon(over ? "up" : "bell"),
    el("div", { class: "words" }, el("p", {}, where(a, close), " ", el("span", { text: over ? t("alertOver", { what: alerts.textOf(a) }) : alerts.textOf(a) })),
      el("p", { class: "muted small", text: moment(seconds(a.at)) })));
}

function receiverItem(r, result) {
  const state = r.state === "ok" ? t("receiver.ok") : r.state === "failing" ? t("receiver.failing") : t("receiver.gone");
  const notes = [r.kind, state, r.queued > 0 && t("receiverWaits", { n: r.queued, count: number(r.queued) })].filter(Boolean).join(" · ");
  return el("li", { class: "alert receiver", data: { severity: r.state === "ok" ? "over" : "critical", name: r.name } }, icon(r.state === "ok" ? "up" : "warn"),
    el("div", { class: "words" }, el("p", {}, el("strong", { text: r.name })), el("p", { class: "muted small", text: notes }),
      r.last_error && el("p", { class: "muted small reason", lang: "en", text: r.last_error }), result),
    mayTest() && el("button", { type: "button", class: "test", text: t("sendTest"), on: { click: (event) => test(r.name, event.currentTarget, result) } }));
}

async function test(name, button, result) {
  button.disabled = true;
  result.replaceChildren(el("p", { class: "muted small", text: t("testing") }));
  try {
    await post(`alerts/receivers/${encodeURIComponent(name)}/test`, undefined, { limit: testLimit });
    result.replaceChildren(el("p", { class: "small ok", text: t("tested") }));
    toast(t("testedAt", { name }));
  } catch (failure) {
    result.replaceChildren(failureBox(failure));
  }
  button.disabled = false;
}

// alertLine is what fires at a router, for its head: a button that opens the alerts.
export function alertLine(id) {
  const node = el("button", { class: "quiet alertline", type: "button", hidden: true, on: { click: () => openAlerts(id) } }, icon("bell"), el("span", {}));
  return {
    node,
    update() {
      const list = alerts.of(id);
      node.hidden = list.length === 0;
      node.dataset.severity = alerts.worst(list) || "silenced";
      setText(node.lastChild, [alerts.textOf(list[0] ?? { source: "cpu" }), list.length > 1 && t("andMore", { n: list.length - 1, count: number(list.length - 1) })].filter(Boolean).join(" · "));
    },
  };
}
