// All routers, those with trouble first: a card for each, one line on a phone. One box
// searches routers and users.
import * as alerts from "./alerts.js";
import { Card } from "./card.js";
import { openConnect } from "./connect.js";
import { el, icon, setText } from "./dom.js";
import { collator, number } from "./format.js";
import { t } from "./i18n.js";
import { People } from "./people.js";
import { note, routeOf } from "./route.js";
import { may } from "./session.js";
import { remember, remembered } from "./settings.js";
import * as store from "./store.js";
import { VirtualList } from "./virtual.js";

const states = ["up", "down", "login_failed", "connecting"];
const severity = { down: 0, login_failed: 0, connecting: 1, up: 3 };

// trouble sorts routers: those that are away, those at which an alert fires, the others.
const trouble = (r) => (r.state === "up" && alerts.worst(alerts.of(r.router_id)) ? 2 : severity[r.state]);

const byName = (a, b) => collator().compare(a.router_id, b.router_id);
const largest = (value) => (a, b) => (value(b) || 0) - (value(a) || 0) || byName(a, b);
const orders = {
  state: (a, b) => trouble(a) - trouble(b) || byName(a, b),
  name: byName,
  cpu: largest((r) => r.cpu.last()),
  users: largest((r) => r.users),
  traffic: largest((r) => store.present(r, r.traffic.last())),
};
const orderLabels = () => [["state", t("sortState")], ["name", t("sortName")], ["cpu", t("sortCpu")], ["users", t("sortUsers")], ["traffic", t("sortTraffic")]];

// What is kept while a router is shown.
const kept = { state: "", scroll: 0 };
const order = () => (orders[remembered("order")] ? remembered("order") : "state");

const reorderInterval = 5000; // milliseconds; cards that move more often cannot be read

export function fleetView(main) {
  document.title = t("fleet") + " · Mikronec";
  let words = routeOf().q;
  const list = el("ul", { class: "cards", "aria-label": t("fleet") });
  const cards = new VirtualList({ node: list, make: (id) => new Card(id), shown: (card) => card.update() });
  const empty = el("div", { class: "empty", hidden: true });
  const people = new People();
  const count = el("p", { class: "hidden", role: "status" });
  const total = el("span", { class: "muted total" });
  const chips = chipRow(() => arrange());
  const search = el("input", { id: "search", type: "search", value: words, placeholder: t("searchHint"), autocomplete: "off", autocapitalize: "none", spellcheck: "false", on: { input: searched } });
  const select = el("select", { id: "order", "aria-label": t("sort"), on: { change: () => { remember("order", select.value); arrange(); } } },
    orderLabels().map(([value, text]) => el("option", { value, text })));
  select.value = order();

  main.append(
    el("div", { class: "titled" },
      el("h1", { text: t("fleet") }), total, el("span", { class: "spacer" }),
      may("connect") && el("button", { class: "primary add", type: "button", on: { click: openConnect } }, icon("plus"), el("span", { text: t("connectRouter") }))),
    el("div", { class: "tools" }, el("div", { class: "searchbox" }, icon("search"), el("label", { class: "hidden", for: "search", text: t("search") }), search), el("div", { class: "filters" }, select, chips.node)),
    count, people.node, empty, list);

  function searched() {
    words = search.value;
    note({ q: words.trim() });
    people.find(words);
    arrange();
  }

  function matches(r) {
    if (kept.state && r.state !== kept.state) return false;
    if (!words) return true;
    const text = [r.router_id, r.host, r.comment, r.identity, r.hardware?.["board-name"], r.hardware?.version].join(" ").toLowerCase();
    return words.toLowerCase().split(/\s+/).every((word) => text.includes(word));
  }

  // arrange shows the routers that match, in order.
  let known = new Set();
  function arrange() {
    for (const id of known) if (!store.routers.has(id)) cards.drop(id);
    known = new Set(store.routers.keys());
    const found = [...store.routers.values()].filter(matches).sort(orders[order()]);
    list.hidden = found.length === 0;
    cards.show(found.map((r) => r.router_id));
    chips.update();
    setText(count, store.hasList() ? t("shown", { n: found.length, count: number(found.length) }) : "");
    showEmpty(found.length);
  }

  // showEmpty says why no card is shown.
  function showEmpty(shown) {
    empty.hidden = shown > 0 || words.trim().length > 1; // who is found is said above
    if (empty.hidden) return empty.replaceChildren();
    if (!store.hasList()) {
      empty.replaceChildren(el("p", { class: "muted", text: t("loadingRouters") }));
    } else if (store.routers.size === 0) {
      empty.replaceChildren(el("h2", { text: t("noRouters") }), el("p", { class: "muted", text: t("noRoutersHint") }));
    } else {
      empty.replaceChildren(el("h2", { text: t("noMatch") }), el("button", { type: "button", text: t("clearFilters"), on: { click: reset } }));
    }
  }

  function reset() {
    [search.value, kept.state] = ["", ""];
    searched();
    search.focus();
  }

  let arranged = 0;
  function changed(ids, listChanged) {
    for (const id of ids) cards.inPage(id)?.update();
    const users = [...store.routers.values()].map(store.usersOf).filter(Number.isFinite);
    const sum = users.length > 0 ? users.reduce((all, n) => all + n, 0) : NaN;
    setText(total, store.routers.size > 0 ? t("usersOnline", { n: sum, count: number(sum) }) : "");
    // Identity and model arrive after the list and may match the search.
    const moving = (words || ["cpu", "users", "traffic"].includes(order())) && !list.contains(document.activeElement);
    if (listChanged || (moving && Date.now() - arranged > reorderInterval)) {
      arranged = Date.now();
      arrange();
    }
  }

  changed(store.routers.keys(), true);
  people.find(words);
  scrollTo(0, kept.scroll);
  const stop = store.onChange(changed);
  return {
    // follow takes another search, which Back brings.
    follow(route) {
      if (route.view !== "fleet") return false;
      if (route.q !== words.trim()) {
        search.value = words = route.q;
        people.find(words);
        arrange();
      }
      return true;
    },
    end() {
      kept.scroll = scrollY;
      stop();
      people.close();
      cards.close();
    },
  };
}

// chipRow is the filter by state, with the number of routers in each.
function chipRow(arrange) {
  const chips = ["", ...states].map((state) => {
    const count = el("span", { class: "count" });
    const chip = el("button", { class: "chip", type: "button", data: { state: state || "all" }, on: { click: () => { kept.state = state; arrange(); } } },
      state && icon(state), el("span", { text: state ? t("state." + state) : t("all") }), count);
    return { state, chip, count };
  });
  return {
    node: el("div", { class: "chips", role: "group", "aria-label": t("filterState") }, chips.map((c) => c.chip)),
    update() {
      for (const { state, chip, count } of chips) {
        let n = 0;
        for (const r of store.routers.values()) n += !state || r.state === state;
        setText(count, number(n));
        chip.setAttribute("aria-pressed", String(kept.state === state));
        chip.hidden = n === 0 && state !== "" && state !== "up" && kept.state !== state;
      }
    },
  };
}
