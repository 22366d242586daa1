// All routers: a card for each, with search, order and filter.
import { Card } from "./card.js";
import { openConnect } from "./connect.js";
import { el, icon, setText } from "./dom.js";
import { collator, number } from "./format.js";
import { inFrame } from "./frames.js";
import { t } from "./i18n.js";
import { may } from "./session.js";
import * as store from "./store.js";

const states = ["up", "down", "login_failed", "connecting"];
const severity = { down: 0, login_failed: 0, connecting: 1, up: 2 };

const byName = (a, b) => collator().compare(a.router_id, b.router_id);
const orders = {
  name: byName,
  state: (a, b) => severity[a.state] - severity[b.state] || byName(a, b),
  cpu: (a, b) => (b.cpu.last() || 0) - (a.cpu.last() || 0) || byName(a, b),
  memory: (a, b) => (b.memory.last() || 0) - (a.memory.last() || 0) || byName(a, b),
  users: (a, b) => (b.users || 0) - (a.users || 0) || byName(a, b),
};
const orderLabels = () => [["name", t("sortName")], ["state", t("sortState")], ["cpu", t("sortCpu")], ["memory", t("sortMemory")], ["users", t("sortUsers")]];

// The search, order and filter are kept while a router is shown.
const filter = { text: "", order: "name", state: "" };

const reorderInterval = 5000; // milliseconds; cards that move more often cannot be read

export function fleetView(main) {
  document.title = t("fleet") + " · Mikronec";
  const cards = new Map();
  const grid = el("ul", { class: "cards", "aria-label": t("fleet") });
  const empty = el("div", { class: "empty", hidden: true });
  const count = el("p", { class: "hidden", role: "status" });
  const total = el("span", { class: "muted" });
  const chips = chipRow(() => arrange());
  const observer = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) {
      const card = cards.get(target.dataset.id);
      if (card) inFrame(card, () => card.setInView(isIntersecting));
    }
  }, { rootMargin: "200px" });

  main.append(
    el("div", { class: "titled" },
      el("h1", { text: t("fleet") }), total, el("span", { class: "spacer" }),
      may("connect") && el("button", { class: "primary", type: "button", on: { click: openConnect } }, icon("plus"), t("connectRouter"))),
    el("div", { class: "tools" }, search(), order(), chips.node),
    count, empty, grid);

  function search() {
    const input = el("input", { id: "search", type: "search", value: filter.text, placeholder: t("searchHint"), on: { input: () => { filter.text = input.value; arrange(); } } });
    return el("div", { class: "field" }, el("label", { for: "search", text: t("search") }), input);
  }

  function order() {
    const select = el("select", { id: "order", on: { change: () => { filter.order = select.value; arrange(); } } },
      orderLabels().map(([value, text]) => el("option", { value, text })));
    select.value = filter.order;
    return el("div", { class: "field" }, el("label", { for: "order", text: t("sort") }), select);
  }

  function matches(r) {
    if (filter.state && r.state !== filter.state) return false;
    const text = [r.router_id, r.host, r.info?.identity, r.info?.model, r.hardware?.["board-name"], r.hardware?.version].join(" ").toLowerCase();
    return filter.text.toLowerCase().split(/\s+/).every((word) => text.includes(word));
  }

  // arrange shows the cards of matching routers in order. Only cards out of place are
  // moved, so that the focus is not lost.
  function arrange() {
    for (const [id, card] of cards) {
      if (store.routers.has(id)) continue;
      observer.unobserve(card.node);
      card.node.remove();
      cards.delete(id);
    }
    const list = [...store.routers.values()].filter(matches).sort(orders[filter.order]);
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
        observer.observe(card.node);
      }
      if (card.node === place) place = place.nextSibling;
      else grid.insertBefore(card.node, place);
    }
    chips.update();
    setText(count, t("shown", { n: list.length, count: number(list.length) }));
    showEmpty(list.length);
  }

  // showEmpty says why no card is shown.
  function showEmpty(shown) {
    empty.hidden = shown > 0;
    if (shown > 0) return empty.replaceChildren();
    if (store.routers.size === 0) {
      empty.replaceChildren(el("h2", { text: t("noRouters") }), el("p", { class: "muted", text: t("noRoutersHint") }));
    } else {
      empty.replaceChildren(el("h2", { text: t("noMatch") }), el("button", { type: "button", text: t("clearFilters"), on: { click: reset } }));
    }
  }

  function reset() {
    [filter.text, filter.state] = ["", ""];
    main.querySelector("#search").value = "";
    arrange();
    main.querySelector("#search").focus();
  }

  let arranged = 0;
  function changed(ids, listChanged) {
    for (const id of ids) cards.get(id)?.update();
    const known = [...store.routers.values()].map(store.usersOf).filter(Number.isFinite);
    const users = known.length > 0 ? known.reduce((sum, n) => sum + n, 0) : NaN;
    setText(total, store.routers.size > 0 ? t("usersOnline", { n: users, count: number(users) }) : "");
    // Identity and model arrive after the list and may match the search.
    const moving = (filter.text || ["cpu", "memory", "users"].includes(filter.order)) && !grid.contains(document.activeElement);
    if (listChanged || (moving && Date.now() - arranged > reorderInterval)) {
      arranged = Date.now();
      arrange();
    }
  }

  changed(store.routers.keys(), true);
  const stop = store.onChange(changed);
  return () => {
    stop();
    observer.disconnect();
  };
}

// chipRow is the filter by state, with the number of routers in each.
function chipRow(arrange) {
  const chips = ["", ...states].map((state) => {
    const count = el("span", { class: "count" });
    const chip = el("button", { class: "chip", type: "button", data: { state: state || "all" }, on: { click: () => { filter.state = state; arrange(); } } },
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
        chip.setAttribute("aria-pressed", String(filter.state === state));
        chip.hidden = n === 0 && state !== "" && state !== "up" && filter.state !== state;
      }
    },
  };
}
