// Tells that the connection to the server is lost, the time of the last data, and
// that it is back.
import { el, icon } from "./dom.js";
import { adviceOf, headline } from "./failure.js";
import { lastData } from "./feed.js";
import { moment } from "./format.js";
import { has, t } from "./i18n.js";

const banner = document.querySelector("#banner");
const toastPlace = document.querySelector("#toast");
const resetTime = 1500; // milliseconds after a reconnect in which a "reset" belongs to it

let state = "none";
let why = null; // Failure of the loss that is shown, if it is known
let notice = null; // Failure of other requests while the stream goes on
let told = false; // a loss was shown, so its end is told
let reset = false;
let timer = 0;

// showStreamState takes the states of Stream, "reset", "notice" with a Failure or null,
// and "none" while nobody is signed in. CSS uses data-stream to mark old data. A stream that was reopened without
// a loss, for its age for instance, is not worth a word.
export function showStreamState(name, failure = null) {
  if (name === "reset") {
    reset = true;
    return;
  }
  if (name === "notice") {
    notice = failure;
    return showBanner();
  }
  if (name === "connecting" && state === "lost") return; // still lost
  if (name === "none") [notice, told] = [null, false];
  if (name === "lost") [why, told] = [failure, true];
  if (name === "resumed" && told) {
    clearTimeout(timer);
    [reset, told] = [false, false];
    timer = setTimeout(() => {
      if (state === "resumed") toast(t(reset ? "resumedReset" : "resumed"));
    }, resetTime);
  }
  state = name;
  document.body.dataset.stream = name;
  showBanner();
}

export function showBanner() {
  const failure = state === "lost" ? why : notice;
  if (state !== "lost" && !notice) return banner.replaceChildren();
  const text = state === "lost" ? lossText() : `${headline(notice.code)} ${adviceOf(notice.code)}`;
  if (banner.querySelector("span")?.textContent === text) return; // said already, also to screen readers
  const reload = failure?.code === "proxy_login" && el("button", { type: "button", text: t("reload"), on: { click: () => location.reload() } });
  banner.replaceChildren(el("div", { class: "banner" }, icon("warn"), el("span", { text }), reload));
}

// lossText says what is wrong, with the time of the last data.
function lossText() {
  const last = lastData();
  const time = last && moment(last / 1000);
  const parts = [];
  if (why?.code === "no_answer") parts.push(last ? t("silent", { time }) : t("lostNever"));
  else if (why && why.code !== "offline" && has("what." + why.code)) parts.push(headline(why.code), adviceOf(why.code), last && t("lastData", { time }));
  else parts.push(last ? t("lost", { time }) : t("lostNever"));
  return parts.filter(Boolean).join(" ");
}

let toastTimer = 0;

// toast shows a message for eight seconds, without taking the focus.
export function toast(text) {
  clearTimeout(toastTimer);
  toastPlace.replaceChildren(el("p", { class: "toast" }, icon("up"), el("span", { text })));
  toastTimer = setTimeout(() => toastPlace.replaceChildren(), 8000);
}
