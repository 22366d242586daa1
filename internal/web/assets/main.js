// The frame of the page: sign-in, choice of the view, language and theme. A view is a
// function that fills the main element and returns a function that ends it.
import { showBanner, showStreamState } from "./banner.js";
import { icon } from "./dom.js";
import * as feed from "./feed.js";
import { fleetView } from "./fleet.js";
import { currentLanguage, onLanguage, setLanguage, t, translate } from "./i18n.js";
import { showPrincipal } from "./principal.js";
import { routerView } from "./router.js";
import { Failure, refreshPrincipal, savedKey, signedIn, signIn, signOut } from "./session.js";
import { signInView } from "./signin.js";
import * as store from "./store.js";
import { onTheme, startTheme, switchTheme, theme } from "./theme.js";

const main = document.querySelector("#main");
const language = document.querySelector("#language");
const themeButton = document.querySelector("#theme");
const out = document.querySelector("#signout");
let end = () => {};

// show shows the view that the fragment of the URL names.
function show() {
  end();
  main.replaceChildren();
  showPrincipal();
  const router = /^#\/router\/(.+)$/.exec(location.hash);
  if (!signedIn()) end = signInView(main, enter);
  else if (router) end = routerView(main, decodeURIComponent(router[1]));
  else end = fleetView(main);
}

async function enter(key, keep) {
  await signIn(key, keep);
  feed.start(streamState);
  show();
}

function streamState(name, failure) {
  if (name === "refused") return leave(failure.code === "unauthorized" ? new Failure("key_ended", "", 401) : failure);
  showStreamState(name, failure);
  if (name === "resumed") checkRole();
}

// checkRole redraws the view if the rights of the key have changed. When they do, the
// server ends the streams of the key, so the time to check is their return.
async function checkRole() {
  try {
    if (await refreshPrincipal()) show();
  } catch {
    // the stream reports the same error
  }
}

// leave signs out and removes all data that the key has loaded.
function leave(failure) {
  feed.stop();
  signOut();
  store.clear();
  showStreamState("none");
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
    event.preventDefault(); // the fragment of the URL names a view
    main.focus();
  });
  addEventListener("hashchange", () => {
    if (/^#key=/.test(location.hash)) return begin();
    show();
    if (signedIn()) main.focus({ preventScroll: true }); // else the form has the focus
    scrollTo(0, 0);
  });
  label();
  begin();
}

// begin signs in with a saved key, or shows the form.
async function begin() {
  const key = savedKey();
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
