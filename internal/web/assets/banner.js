// Says when the live data are interrupted, since when, and when they are back.
import { el, icon } from "./dom.js";
import { lastData } from "./feed.js";
import { moment } from "./format.js";
import { t } from "./i18n.js";

const banner = document.querySelector("#banner");
const toastPlace = document.querySelector("#toast");
const settle = 1500; // a "reset" belongs to the return before it

let state = "none";
let reset = false;
let timer = 0;

// stateOfStream takes the states of the stream, "reset", and "none" for nobody
// signed in. The page is marked, so that what is old looks old.
export function stateOfStream(name) {
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
    }, settle);
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

// toast says something for a while, without taking the focus.
export function toast(text) {
  clearTimeout(toastTimer);
  toastPlace.replaceChildren(el("p", { class: "toast" }, icon("up"), el("span", { text })));
  toastTimer = setTimeout(() => toastPlace.replaceChildren(), 8000);
}
