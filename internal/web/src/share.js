// The sheet that gives somebody else a key of its own: an invitation as a link and as a QR
// code, and the keys that were given so, to be taken back.
import { toast } from "./banner.js";
import { field, plain } from "./dialog.js";
import { el, icon, svg } from "./dom.js";
import { showFailure } from "./failure.js";
import { moment } from "./format.js";
import { t } from "./i18n.js";
import { qrOf } from "./qr.js";
import { del, get, may, post, principal } from "./session.js";
import { acts, copyText, openSheet } from "./sheet.js";
import * as store from "./store.js";

const day = 86400;

// How long a key lasts: seconds by name. The others last as long as the own one.
const lives = { day, week: 7 * day, month: 30 * day };

// setShare shows the button of the frame to those who may share.
export function setShare(button) {
  button.hidden = !principal() || !may("connect");
  button.replaceChildren(icon("share"), el("span", { text: t("share") }));
}

// openShare shares a router, or all of the own key.
export function openShare(id = "") {
  const sheet = openSheet();
  const role = select([["viewer", t("role.viewer")], ["operator", t("role.operator")], ["admin", t("role.admin")]]);
  const routers = select([["", namesOf(principal().routers)], ...[...store.routers.keys()].sort().map((router) => [router, router])]);
  routers.value = id;
  const life = select([["day", t("life.day")], ["week", t("life.week")], ["month", t("life.month")], ["", principal().expires ? t("life.own") : t("life.ever")]]);
  life.value = "week";
  const name = el("input", { ...plain, required: true, maxlength: "64", pattern: "[A-Za-z0-9._\\-]+", value: newName() });
  const error = el("div", { role: "alert" });
  const button = el("button", { class: "primary", type: "submit", text: t("createLink") });
  const given = el("div", { class: "given" });
  const form = el("form", { class: "share", on: { submit } },
    field("s-role", t("shareRole"), role), field("s-routers", t("shareRouters"), routers),
    el("div", { class: "pair" }, field("s-life", t("shareFor"), life), field("s-name", t("shareName"), name, t("shareNameHint"))), error, button);
  const place = el("div", {}, form);
  sheet.body.append(place, given);
  sheet.show(t("shareTitle"), t("shareLead"), []);
  showGiven(given);

  async function submit(event) {
    event.preventDefault();
    error.replaceChildren();
    button.disabled = true;
    try {
      const made = await post("invitations", { name: name.value.trim(), role: role.value, routers: patterns(routers.value), ...expiry(life.value) });
      place.replaceChildren(linkOf(made));
      place.querySelector("button")?.focus();
      showGiven(given);
    } catch (failure) {
      showFailure(error, failure);
      error.scrollIntoView({ block: "nearest" });
    }
    button.disabled = false;
  }
}

const select = (options) => el("select", {}, options.map(([value, text]) => el("option", { value, text })));

const namesOf = (list) => (list.includes("*") ? t("allRouters") : list.join(", "));

// patterns of routers have no blanks; a star stands for them.
const patterns = (id) => (id ? [id.replace(/\s/gu, "*")] : principal().routers);

// expiry is that of the key; none later than that of the own one.
function expiry(life) {
  if (!life) return {};
  const end = Math.floor(Date.now() / 1000) + lives[life];
  return { expires: new Date(Math.min(end, principal().expires ?? end) * 1000).toISOString() };
}

// newName is a name that nobody has to type. It has no letters that look alike.
function newName() {
  const letters = "abcdefghjkmnpqrstuvwxyz23456789";
  return "guest-" + [...crypto.getRandomValues(new Uint8Array(6))].map((n) => letters[n % letters.length]).join("");
}

// linkOf shows an invitation that was made.
function linkOf(made) {
  const link = new URL(made.link.slice(1), document.baseURI).href; // below the path of the page
  const share = () => navigator.share({ url: link, title: "Mikronec" }).catch(() => {});
  return el("div", { class: "sharelink" },
    el("p", { text: t("linkReady") }), qrNode(link), el("p", { class: "link", text: link }),
    el("p", { class: "muted small", text: t("linkOnce", { time: moment(made.valid_until) }) }),
    acts([["copy", t("copyLink"), () => copyText(link), "primary"], navigator.share && ["share", t("sendLink"), share]]));
}

// qrNode draws a code with its quiet zone, dark on light in every theme.
function qrNode(text) {
  const grid = qrOf(text);
  if (!grid) return null;
  const path = grid.flatMap((row, y) => row.map((dark, x) => dark && `M${x} ${y}h1v1h-1z`)).filter(Boolean).join("");
  const size = grid.length + 8;
  return svg("svg", { class: "qr", viewBox: `-4 -4 ${size} ${size}`, role: "img", "aria-label": t("qrCode"), "shape-rendering": "crispEdges" },
    svg("rect", { x: -4, y: -4, width: size, height: size, fill: "#fff" }), svg("path", { d: path, fill: "#000" }));
}

// showGiven lists the keys and invitations of the API.
async function showGiven(place) {
  try {
    const [keys, invitations] = await Promise.all([get("keys"), get("invitations")]);
    const list = [...keys.filter((k) => k.source === "api").map((k) => givenOf("keys", k)), ...invitations.map((i) => givenOf("invitations", i))];
    place.replaceChildren(...(list.length > 0 ? [el("h3", { text: t("sharedKeys") }), el("ul", {}, list)] : []));
  } catch (failure) {
    showFailure(place, failure);
  }

  function givenOf(kind, { name, role, routers, expires, valid_until: until }) {
    const about = [t("role." + role), namesOf(routers), until ? t("notOpened") : expires && t("validUntil", { time: moment(expires) })].filter(Boolean).join(" · ");
    const take = el("button", { class: "danger", type: "button", text: t("takeBack"), "aria-label": t("takeBackOf", { name }), on: { click: () => takeBack(kind, name, take) } });
    return el("li", { data: { name } }, el("div", {}, el("p", { text: name }), el("p", { class: "muted small", text: about })), take);
  }

  async function takeBack(kind, name, button) {
    button.disabled = true;
    try {
      await del(`${kind}/${encodeURIComponent(name)}`);
      toast(t("takenBack", { name }));
      await showGiven(place);
    } catch (failure) {
      showFailure(place, failure);
    }
  }
}
