// The users and hosts that a search over all routers finds, in the last tables that the
// server has read; no router is asked.
import { drawItems, el, icon, setText } from "./dom.js";
import { failureBox } from "./failure.js";
import { moment, number } from "./format.js";
import { t } from "./i18n.js";
import { href } from "./route.js";
import { get } from "./session.js";
import { Stream } from "./stream.js";

const least = 2; // characters from which users are searched
const pause = 250; // milliseconds without a key before the server is asked
const shown = 30;

const tabs = { ppp: "users", hotspot: "users", dhcp: "dhcp" };

// The tables that a search knows, and how long they are read where nobody has opened them.
const tables = ["ppp_active", "hotspot_active", "dhcp_leases"];
const readTime = 12_000; // milliseconds

export class People {
  #timer = 0;
  #words = "";
  #reading = null; // the stream that has the tables read

  constructor() {
    this.note = el("p", { class: "muted small", role: "status" });
    this.list = el("ul", { class: "people" });
    this.read = el("button", { class: "small", type: "button", hidden: true, on: { click: () => this.#read() } }, icon("retry"), el("span", {}));
    this.node = el("section", { class: "found", hidden: true, "aria-label": t("people") }, el("h2", { text: t("people") }), this.list, this.note, this.read);
  }

  // find shows who matches the words; none for too few of them.
  find(words) {
    clearTimeout(this.#timer);
    this.#words = words.trim();
    this.node.hidden = this.#words.length < least;
    if (this.node.hidden) return this.list.replaceChildren();
    setText(this.note, t("searching"));
    this.#timer = setTimeout(() => this.#ask(this.#words), pause);
  }

  close() {
    clearTimeout(this.#timer);
    this.#words = "";
    this.#reading?.close();
  }

  async #ask(words) {
    try {
      const { results, more, not_read: unread, silent } = await get("search?" + new URLSearchParams({ q: words, limit: shown }));
      if (words !== this.#words) return; // more was typed meanwhile
      const found = results.filter((r) => r.kind in tabs);
      const state = this.#reading ? t("reading") : found.length === 0 ? t("nobody") : more ? t("peopleOf", { count: number(found.length) }) : "";
      setText(this.note, [state, silent.length > 0 && t("silentInstances", { names: silent.join(", ") })].filter(Boolean).join(" "));
      this.read.hidden = unread.length === 0 || this.#reading !== null;
      setText(this.read.lastChild, t("readTables", { n: unread.length, count: number(unread.length) }));
      drawItems(this.list, found, personOf);
    } catch (failure) {
      if (words === this.#words) this.list.replaceChildren(el("li", {}, failureBox(failure)));
    }
  }

  // #read has the tables of all routers read, for the search alone, and searches again.
  #read() {
    this.#reading = new Stream({ routers: "*", topics: tables, mode: "delta" }, { state() {}, event() {}, named() {} });
    this.read.hidden = true;
    const again = setInterval(() => this.#ask(this.#words), 3000);
    setTimeout(() => {
      clearInterval(again);
      this.#reading.close();
      this.#reading = null;
      this.#ask(this.#words);
    }, readTime);
    this.#ask(this.#words);
  }
}

function personOf(r) {
  const tab = tabs[r.kind];
  const name = r.name || r["host-name"] || r.mac || r.address || "?";
  const row = (tab === "users" ? r.kind : "") + r[".id"];
  return el("li", { data: { kind: r.kind } },
    el("a", { href: href({ id: r.router_id, tab, q: r.mac || name, row }) }, icon(tab === "users" ? "users" : "log"),
      el("span", { class: "title", text: name }), el("span", { class: "value muted small", text: r.router_id }),
      el("span", { class: "more muted small", text: [r.kind === "dhcp" ? t("dhcp") : r.kind === "ppp" ? "PPP" : "Hotspot", r.address, r.mac, r.comment].filter(Boolean).join(" · ") }),
      r.stale && el("span", { class: "value2 muted small", text: t("readAt", { time: moment(Date.parse(r.at) / 1000) }) })));
}
