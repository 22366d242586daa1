// One router: its state, its figures, and its tabs. One stream carries what happens on the
// router for as long as the view is open, another the topics of the tab that is open.
import { el, icon } from "./dom.js";
import { Figures } from "./figures.js";
import { headOf } from "./head.js";
import { t } from "./i18n.js";
import { href } from "./route.js";
import { routerTabs } from "./routertabs.js";
import * as store from "./store.js";
import { Stream } from "./stream.js";
import { tabs } from "./tabs.js";
import { onTheme } from "./theme.js";

// always are the topics of every tab. Their stream outlives the tabs, so that no event is
// missed or told twice when another one opens.
const always = ["static_interfaces", "sessions", "log"];

let draw = () => {};
onTheme(() => draw());

export function routerView(main, route) {
  const { id } = route;
  document.title = id + " · Mikronec";
  let shown = null, at = route;
  // The list may not have been loaded yet, and the router may be added or removed
  // while the view is open.
  function refresh() {
    const known = store.routers.has(id);
    if (shown && known === shown.known) return;
    shown?.end();
    main.replaceChildren();
    main.dataset.router = known ? id : "";
    shown = { known, ...(known ? open(main, at) : missing(main, id)) };
  }
  const stop = store.onChange((ids, listChanged) => listChanged && refresh());
  refresh();
  return {
    follow(next) {
      if (next.view !== "router" || next.id !== id) return false;
      at = next;
      shown.follow?.(next);
      return true;
    },
    end() {
      stop();
      shown.end();
      delete main.dataset.router;
    },
  };
}

function missing(main, id) {
  main.append(el("a", { class: "back", href: "#/" }, icon("back"), t("back")),
    el("div", { class: "empty", role: "status" }, el("h1", { text: t("unknownRouter", { id }) }), el("p", { class: "muted", text: t("unknownRouterHint") })));
  return { end() {} };
}

function open(main, route) {
  const { id } = route;
  const head = headOf(id);
  const figures = new Figures(id);
  const list = routerTabs(id);
  const bar = tabs(t("tables"), list, (key) => { location.hash = href({ id, tab: key }); });
  for (const other of list) other.asked = () => other === tab && watch();
  const tabOf = (key) => list.find((tab) => tab.key === key) ?? list[0];
  const onDemand = new Set();
  let tab = tabOf(route.tab), stream = null;
  main.append(head.node, figures.node, bar.node);

  const lasting = streamOf(always, ["static_interfaces"]);

  function streamOf(topics, volatile) {
    return new Stream({ routers: id, topics, mode: "delta", volatile }, {
      state() {},
      event(e, at) {
        if (!e.topic) return;
        if (e.topic === "sessions" || e.topic === "log") return list.forEach((other) => other.event?.(e));
        store.receive(e, at);
        if (e.topic === "static_interfaces") figures.addRates(store.table(id, "static_interfaces"), at);
      },
      named(name, e) {
        if (name === "reset") for (const other of list) other.reset?.(e);
      },
    });
  }

  // watch opens a stream for the open tab. Tables that the tab does not have are removed:
  // they would be old.
  function watch() {
    stream?.close();
    const topics = tab.topics.filter((topic) => !always.includes(topic));
    for (const topic of topics) onDemand.add(topic);
    for (const topic of onDemand) if (!topics.includes(topic)) store.tables.delete(id, topic);
    stream = topics.length > 0 ? streamOf(topics, tab.volatile) : null;
  }

  function follow(next) {
    const left = tab;
    tab = tabOf(next.tab);
    bar.open(tab.key);
    if (tab !== left) {
      left.find("");
      watch();
    }
    tab.find(next.q);
    if (next.row) tab.show(next.row);
    tab.update();
  }

  function update(ids) {
    const r = store.routers.get(id);
    if (!ids.has(id) || !r) return;
    head.update();
    for (const other of list) bar.setCount(other.key, other.count());
    for (const node of [bar.node, figures.node]) node.classList.toggle("old", r.state !== "up");
    tab.update();
  }

  bar.open(tab.key);
  watch();
  const stop = store.onChange(update);
  draw = () => figures.draw();
  const tick = setInterval(() => {
    figures.draw();
    for (const open of [lasting, stream]) open?.check();
    head.update();
    tab.refresh();
  }, 1000);
  follow(route);
  update(new Set([id]));
  draw();
  return {
    follow,
    end() {
      stop();
      clearInterval(tick);
      for (const open of [lasting, stream]) open?.close();
      for (const other of list) other.close();
      for (const topic of [...always, ...onDemand]) store.tables.delete(id, topic);
      draw = () => {};
    },
  };
}
