// All routers: a card for each, search, order and filter.
import { Card } from "./card.js";
import { openConnect } from "./connect.js";
import { el, icon, setText } from "./dom.js";
import { collator, number } from "./format.js";
import { change } from "./frames.js";
import { t } from "./i18n.js";
import { may } from "./session.js";
import * as store from "./store.js";

const states = ["up", "down", "login_failed", "connecting"];
const trouble = { down: 0, login_failed: 0, connecting: 1, up: 2 };

const byName = (a, b) => collator().compare(a.router_id, b.router_id);
const orders = {
  name: ["sortName", byName],
  state: ["sortState", (a, b) => trouble[a.state] - trouble[b.state] || byName(a, b)],
  cpu: ["sortCpu", (a, b) => (b.cpu.last() || 0) - (a.cpu.last() || 0) || byName(a, b)],
  memory: ["sortMemory", (a, b) => (b.memory.last() || 0) - (a.memory.last() || 0) || byName(a, b)],
  users: ["sortUsers", (a, b) => b.users - a.users || byName(a, b)],
};

// What is searched for and how it is ordered outlives a visit to a router.
const wish = { text: "", order: "name", state: "" };

const reorderEvery = 5000; // by figures that move; cards that jump about cannot be read

export function fleetView(main) {
  document.title = t("fleet") + " · Mikronec";
  const cards = new Map();
  const grid = el("ul", { class: "cards", "aria-label": t("fleet") });
  const empty = el("div", { class: "empty", hidden: true });
  const count = el("p", { class: "hidden", role: "status" });
  const total = el("span", { class: "muted" });
  const chips = chipRow(() => arrange());
  const seen = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) {
      const card = cards.get(target.dataset.id);
      if (card) change(card, () => card.show(isIntersecting));
    }
  }, { rootMargin: "200px" });

  main.append(
    el("div", { class: "titled" },
      el("h1", { text: t("fleet") }), total, el("span", { class: "spacer" }),
      may("connect") && el("button", { class: "primary", type: "button", on: { click: openConnect } }, icon("plus"), t("connectRouter"))),
    el("div", { class: "tools" }, search(), order(), chips.node),
    count, empty, grid);

  function search() {
    const input = el("input", { id: "search", type: "search", value: wish.text, placeholder: t("searchHint"), on: { input: () => { wish.text = input.value; arrange(); } } });
    return el("div", { class: "field" }, el("label", { for: "search", text: t("search") }), input);
  }

  function order() {
    const select = el("select", { id: "order", on: { change: () => { wish.order = select.value; arrange(); } } },
      Object.entries(orders).map(([name, [key]]) => el("option", { value: name, text: t(key) })));
    select.value = wish.order;
    return el("div", { class: "field" }, el("label", { for: "order", text: t("sort") }), select);
  }

  function matches(r) {
    if (wish.state && r.state !== wish.state) return false;
    const text = [r.router_id, r.host, r.info?.identity, r.info?.model, r.hardware?.["board-name"], r.hardware?.version].join(" ").toLowerCase();
    return wish.text.toLowerCase().split(/\s+/).every((word) => text.includes(word));
  }

  // arrange puts the cards of those who match in their order. Only cards that
  // stand elsewhere are moved, so that the focus stays where it is.
  function arrange() {
    for (const [id, card] of cards) {
      if (store.routers.has(id)) continue;
      seen.unobserve(card.node);
      card.node.remove();
      cards.delete(id);
    }
    const list = [...store.routers.values()].filter(matches).sort(orders[wish.order][1]);
    const wanted = new Set(list.map((r) => r.router_id));
    for (const [id, card] of cards) {
      if (!wanted.has(id)) card.node.remove();
    }
    let place = grid.firstChild;
    for (const r of list) {
      let card = cards.get(r.router_id);
      if (!card) {
        card = new Card(r.router_id);
        cards.set(r.router_id, card);
        seen.observe(card.node);
      }
      if (card.node === place) place = place.nextSibling;
      else grid.insertBefore(card.node, place);
    }
    chips.update();
    setText(count, t("shown", { n: list.length, count: number(list.length) }));
    explain(list.length);
  }

  function explain(shown) {
    empty.hidden = shown > 0;
    if (shown > 0) return empty.replaceChildren();
    if (store.routers.size === 0) {
      empty.replaceChildren(el("h2", { text: t("noRouters") }), el("p", { class: "muted", text: t("noRoutersHint") }));
    } else {
      empty.replaceChildren(el("h2", { text: t("noMatch") }), el("button", { type: "button", text: t("clearFilters"), on: { click: reset } }));
    }
  }

  function reset() {
    [wish.text, wish.state] = ["", ""];
    main.querySelector("#search").value = "";
    arrange();
    main.querySelector("#search").focus();
  }

  let arranged = 0;
  function changed(ids, listChanged) {
    for (const id of ids) cards.get(id)?.update();
    let users = 0;
    for (const r of store.routers.values()) users += r.users;
    setText(total, t("usersOnline", { n: users, count: number(users) }));
    // Who a router is comes late, and may be what is searched for.
    const moving = (wish.text || ["cpu", "memory", "users"].includes(wish.order)) && !grid.contains(document.activeElement);
    if (listChanged || (moving && Date.now() - arranged > reorderEvery)) {
      arranged = Date.now();
      arrange();
    }
  }

  changed(store.routers.keys(), true);
  const stop = store.onChange(changed);
  return () => {
    stop();
    seen.disconnect();
  };
}

// chipRow is the filter by state, with how many there are of each.
function chipRow(arrange) {
  const chips = ["", ...states].map((state) => {
    const number_ = el("span", { class: "count" });
    const chip = el("button", { class: "chip", type: "button", data: { state: state || "all" }, on: { click: () => { wish.state = state; arrange(); } } },
      state && icon(state), el("span", { text: state ? t("state." + state) : t("all") }), number_);
    return { state, chip, number_ };
  });
  return {
    node: el("div", { class: "chips", role: "group", "aria-label": t("filterState") }, chips.map((c) => c.chip)),
    update() {
      for (const { state, chip, number_ } of chips) {
        let n = 0;
        for (const r of store.routers.values()) n += !state || r.state === state;
        setText(number_, number(n));
        chip.setAttribute("aria-pressed", String(wish.state === state));
        chip.hidden = n === 0 && state !== "" && state !== "up" && wish.state !== state;
      }
    },
  };
}
