// Tells that the connection to the server is lost, the time of the last data, and
// that it is back.
import { el, icon } from "./dom.js";
import { lastData } from "./feed.js";
import { moment } from "./format.js";
import { t } from "./i18n.js";

const banner = document.querySelector("#banner");
const toastPlace = document.querySelector("#toast");
const resetTime = 1500; // milliseconds after a reconnect in which a "reset" belongs to it

let state = "none";
let reset = false;
let timer = 0;

// showStreamState takes the states of Stream, "reset", and "none" while nobody is
// signed in. CSS uses data-stream to mark old data.
export function showStreamState(name) {
  if (name === "reset") {
    reset = true;
    return;
  }
  if (name === "connecting" && state === "lost") return; // still lost
  if (name === "resumed") {
    clearTimeout(timer);
    reset = false;
    timer = setTimeout(() => {
      if (state === "resumed") toast(t(reset ? "resumedReset" : "resumed"));
    }, resetTime);
  }
  state = name;
  document.body.dataset.stream = name;
  showBanner();
}

export function showBanner() {
  if (state === "lost") {
    const last = lastData();
    const text = last ? t("lost", { time: moment(last / 1000) }) : t("lostNever");
    banner.replaceChildren(el("p", { class: "banner bad" }, icon("warn"), el("span", { text })));
  } else {
    banner.replaceChildren();
  }
}

let toastTimer = 0;

// toast shows a message for eight seconds, without taking the focus.
export function toast(text) {
  clearTimeout(toastTimer);
  toastPlace.replaceChildren(el("p", { class: "toast" }, icon("up"), el("span", { text })));
  toastTimer = setTimeout(() => toastPlace.replaceChildren(), 8000);
}
