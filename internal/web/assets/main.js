// The frame of the page: who is signed in, which view is shown, language and
// theme. Views are functions that fill the main part and return how to end them.
import { showBanner, stateOfStream } from "./banner.js";
import { icon } from "./dom.js";
import * as feed from "./feed.js";
import { fleetView } from "./fleet.js";
import { currentLanguage, onLanguage, setLanguage, t, translate } from "./i18n.js";
import { routerView } from "./router.js";
import { dropTicket, Failure, renew, resume, signedIn, signIn, signOut } from "./session.js";
import { signInView } from "./signin.js";
import * as store from "./store.js";
import { onTheme, startTheme, switchTheme, theme } from "./theme.js";
import { showHolder } from "./who.js";

const main = document.querySelector("#main");
const language = document.querySelector("#language");
const themeButton = document.querySelector("#theme");
const out = document.querySelector("#signout");
let end = () => {};

// show fills the main part with the view that the address names.
function show() {
  end();
  main.replaceChildren();
  showHolder();
  const router = /^#\/router\/(.+)$/.exec(location.hash);
  if (!signedIn()) end = signInView(main, enter);
  else if (router) end = routerView(main, decodeURIComponent(router[1]));
  else end = fleetView(main);
}

async function enter(key, keep) {
  await signIn(key, keep);
  feed.start(stream);
  show();
}

function stream(name, failure) {
  stateOfStream(name);
  if (name === "resumed") renewed();
  if (name === "refused") leave(failure.status === 401 ? new Failure("key_ended", t("keyEnded"), 401) : failure);
}

// renewed shows the view anew where the key may do something else than before the
// stream was away: its role is changed by ending its streams.
async function renewed() {
  try {
    if (await renew()) show();
  } catch {
    // the stream says what is wrong
  }
}

// leave forgets the key and all that was seen with it.
function leave(failure) {
  feed.stop();
  signOut();
  store.clear();
  stateOfStream("none");
  show();
  if (failure instanceof Failure) main.dispatchEvent(new CustomEvent("failure", { detail: failure }));
}

function label() {
  translate();
  language.value = currentLanguage();
  out.replaceChildren(icon("out"), Object.assign(document.createElement("span"), { textContent: t("signOut") }));
}

function start() {
  startTheme();
  onTheme(() => themeButton.replaceChildren(icon(theme() === "dark" ? "sun" : "moon")));
  themeButton.replaceChildren(icon(theme() === "dark" ? "sun" : "moon"));
  themeButton.addEventListener("click", switchTheme);
  language.addEventListener("change", () => setLanguage(language.value));
  onLanguage(() => {
    label();
    showBanner();
    show();
  });
  out.addEventListener("click", () => leave());
  document.querySelector(".skip").addEventListener("click", (event) => {
    event.preventDefault(); // the fragment names a view
    main.focus();
  });
  addEventListener("hashchange", () => {
    if (/^#key=/.test(location.hash)) return begin();
    show();
    if (signedIn()) main.focus({ preventScroll: true }); // else the form has it
    scrollTo(0, 0);
  });
  addEventListener("pagehide", dropTicket);
  label();
  begin();
}

// begin signs in with what the tab kept or a link brought, or asks.
async function begin() {
  const key = resume();
  try {
    if (key) return await enter(key, true);
  } catch (failure) {
    show();
    main.dispatchEvent(new CustomEvent("failure", { detail: failure }));
    return;
  }
  show();
}

start();
