// The frame of the page: sign-in, choice of the view, language and theme. A view is a
// function that fills the main element and returns {end, follow}: end() ends it, and
// follow(route) takes another route of the same view, or returns false.
import { bell } from "./bell.js";
import { showBanner, showStreamState } from "./banner.js";
import { icon } from "./dom.js";
import * as feed from "./feed.js";
import { fleetView } from "./fleet.js";
import { currentLanguage, onLanguage, setLanguage, t, translate } from "./i18n.js";
import { invitation, inviteView } from "./invite.js";
import { opens } from "./menu.js";
import { showPrincipal } from "./principal.js";
import { routeOf } from "./route.js";
import { routerView } from "./router.js";
import { script } from "./scripts.js";
import { Failure, refreshPrincipal, savedKey, signedIn, signIn, signOut } from "./session.js";
import { openShare, setShare } from "./share.js";
import { signInView } from "./signin.js";
import * as store from "./store.js";
import { forgetTyped } from "./typed.js";
import { onTheme, startTheme, switchTheme, theme } from "./theme.js";

const main = document.querySelector("#main");
const language = document.querySelector("#language");
const themeButton = document.querySelector("#theme");
const share = document.querySelector("#share");
const out = document.querySelector("#signout");
const alarms = bell();
let view = null;
let invited = ""; // token of an invitation that was opened

// show shows the view that the fragment of the URL names.
function show() {
  view?.end();
  document.querySelector("dialog")?.close();
  main.replaceChildren();
  showPrincipal();
  alarms.node.hidden = !signedIn();
  alarms.show();
  setShare(share);
  const route = routeOf();
  if (invited) view = inviteView(main, invited, enter, begin);
  else if (!signedIn()) view = signInView(main, enter);
  else view = route.view === "router" ? routerView(main, route) : fleetView(main);
}

async function enter(key, keep) {
  if (signedIn()) forget();
  await signIn(key, keep);
  invited = "";
  feed.start(streamState);
  show();
}

function streamState(name, failure) {
  if (name === "refused") return leave(failure.code === "unauthorized" ? new Failure("key_ended", "", 401) : failure);
  if (name === "served") return showPrincipal();
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

// forget signs out and removes all data that the key has loaded.
function forget() {
  feed.stop();
  signOut();
  forgetTyped();
  store.clear();
  showStreamState("none");
}

function leave(failure) {
  forget();
  show();
  if (failure instanceof Failure) main.dispatchEvent(new CustomEvent("failure", { detail: failure }));
}

function label() {
  translate();
  language.value = currentLanguage();
  const text = (key) => Object.assign(document.createElement("span"), { textContent: key });
  out.replaceChildren(icon("out"), text(t("signOut")));
  setShare(share);
  themeButton.replaceChildren(icon(theme() === "dark" ? "sun" : "moon"), text(t("switchTheme")));
}

function start() {
  startTheme();
  onTheme(label);
  themeButton.addEventListener("click", switchTheme);
  document.querySelector("#signals").append(alarms.node);
  const button = document.querySelector("#menu");
  button.append(icon("menu"));
  opens(button, document.querySelector("#settings"));
  language.addEventListener("change", () => setLanguage(language.value));
  onLanguage(() => {
    label();
    showBanner();
    show();
  });
  share.addEventListener("click", () => openShare());
  out.addEventListener("click", () => leave());
  document.querySelector(".skip").addEventListener("click", (event) => {
    event.preventDefault(); // the fragment of the URL names a view
    main.focus();
  });
  history.scrollRestoration = "manual"; // views restore it when their data is there
  addEventListener("hashchange", follow);
  // Pages without TLS have no service worker, and no need of it.
  navigator.serviceWorker?.register(script("offline"), { scope: "./" }).catch(() => {});
  label();
  begin();
}

// follow shows what the fragment of the URL names now.
function follow() {
  if (/^#(key|invite)=/.test(location.hash)) return begin();
  if (view?.follow?.(routeOf())) return;
  show();
  if (signedIn()) main.focus({ preventScroll: true }); // else the form has the focus
  if (routeOf().view !== "fleet") scrollTo(0, 0);
}

// begin shows the invitation of the link, signs in with a saved key, or shows the form.
async function begin() {
  invited = invitation();
  if (invited) return show();
  if (signedIn() && !/^#key=/.test(location.hash)) return show(); // an invitation was not taken
  const { key, keep, refused } = savedKey();
  try {
    if (key && !refused) return await enter(key, keep);
  } catch (failure) {
    show();
    main.dispatchEvent(new CustomEvent("failure", { detail: failure }));
    return;
  }
  show();
  if (refused) main.dispatchEvent(new CustomEvent("failure", { detail: new Failure("key_in_link") }));
}

start();
