// One router: who it is, its graphs, its tables, what happens there, and a
// console. It has a stream of its own for what the fleet's does not carry.
import { about, identity } from "./card.js";
import { hotspotColumns, interfaceColumns, pppColumns } from "./columns.js";
import { openDisconnect } from "./connect.js";
import { consoleView } from "./console.js";
import { tables } from "./delta.js";
import { el, icon, setIcon, setText } from "./dom.js";
import { wantInfo } from "./feed.js";
import { duration, moment, number, since } from "./format.js";
import { Grid } from "./grid.js";
import { logList, note, recall, sessionList } from "./happenings.js";
import { t } from "./i18n.js";
import { Panels } from "./panels.js";
import { may } from "./session.js";
import * as store from "./store.js";
import { Stream } from "./stream.js";
import { tabs } from "./tabs.js";
import { onTheme } from "./theme.js";
import { ThinnedSource } from "./thinned.js";

const query = [["topics", "interfaces,sessions,log"], ["mode", "delta"], ["volatile", "interfaces"]];

let draw = () => {};
onTheme(() => draw());

export function routerView(main, id) {
  document.title = id + " · Mikronec";
  let end = () => {};
  // The list may not be here yet, and the router may come and go meanwhile.
  function look() {
    const there = store.routers.has(id);
    if (there === (main.dataset.router === id)) return;
    end();
    main.replaceChildren();
    main.dataset.router = there ? id : "";
    end = there ? open(main, id) : missing(main, id);
  }
  const stop = store.onChange((ids, listChanged) => listChanged && look());
  end = missing(main, id);
  look();
  return () => {
    stop();
    end();
    delete main.dataset.router;
  };
}

function backLink() {
  return el("a", { class: "back", href: "#/" }, icon("back"), t("back"));
}

function missing(main, id) {
  main.append(backLink(), el("div", { class: "empty", role: "status" }, el("h1", { text: t("unknownRouter", { id }) }), el("p", { class: "muted", text: t("unknownRouterHint") })));
  return () => {};
}

function open(main, id) {
  const head = headOf(id);
  const panels = new Panels(id);
  const grids = {
    ppp_active: new Grid({ label: t("ppp"), columns: pppColumns(), empty: t("emptyTable") }),
    hotspot_active: new Grid({ label: t("hotspot"), columns: hotspotColumns(), empty: t("emptyTable") }),
    interfaces: new Grid({ label: t("interfaces"), columns: interfaceColumns(), empty: t("noData") }),
  };
  const memory = recall(id);
  const [sessions, log] = [sessionList(), logList()];
  sessions.show(memory.sessions);
  log.show(memory.log);
  const console_ = consoleView(id);
  let shown = "";
  const list = [
    ["ppp_active", "ppp", grids.ppp_active.node], ["hotspot_active", "hotspot", grids.hotspot_active.node], ["interfaces", "interfaces", grids.interfaces.node],
    ["sessions", "events", sessions.node], ["log", "log", log.node], ["console", "console", console_.node],
  ].map(([key, label, node]) => ({ key, label: t(label), node }));
  const users = (topic) => store.table(id, topic).size;
  const bar = tabs(t("tables"), list, users("hotspot_active") > users("ppp_active") ? "hotspot_active" : "ppp_active", (key) => {
    shown = key;
    fill(key);
  });
  main.append(head.node, panels.node, bar.node);

  // fill brings a table up to date; those that are not open are left alone.
  function fill(key) {
    const rows = tables[id + "/" + key];
    if (rows && grids[key] && key === shown) grids[key].update(rows);
  }

  function update(ids) {
    if (!ids.has(id) || !store.routers.has(id)) return;
    head.update();
    for (const topic of ["ppp_active", "hotspot_active", "interfaces"]) bar.count(topic, number(users(topic)));
    fill(shown);
  }

  const stream = new Stream("sse/" + encodeURIComponent(id), query, {
    state: () => {},
    event(e) {
      if (e.topic === "sessions" || e.topic === "log") {
        note(memory[e.topic], e);
        (e.topic === "log" ? log : sessions).add(e);
      } else if (e.topic === "interfaces") {
        store.take(e);
        panels.interfaces(store.table(id, "interfaces"), e.ts);
      }
    },
    named(name, e) {
      if (name !== "reset" || !e.lost || !memory[e.topic]) return;
      (e.topic === "log" ? log : sessions).add(e);
    },
  }, (address) => new ThinnedSource(address));
  const stop = store.onChange(update);
  draw = () => panels.draw();
  const tick = setInterval(() => {
    panels.draw();
    stream.check();
    grids[shown]?.refresh();
  }, 1000);
  update(new Set([id]));
  draw();
  return () => {
    stop();
    clearInterval(tick);
    stream.close();
    console_.close();
    for (const grid of Object.values(grids)) grid.close();
    delete tables[id + "/interfaces"];
    draw = () => {};
  };
}

// headOf is who the router is and how it fares.
function headOf(id) {
  const name = el("h1", { text: id });
  const state = el("span", { class: "state" }, icon("connecting"), el("span", {}));
  const when = el("span", { class: "muted small" });
  const line = el("p", { class: "muted" });
  const trouble = el("div", { role: "status" });
  const disconnect = may("connect") && el("button", { class: "danger", type: "button", text: t("disconnect"), on: { click: () => openDisconnect(id) } });
  const node = el("div", { class: "routerhead" }, el("div", { class: "row" }, backLink(), disconnect),
    el("div", { class: "titled" }, name, state, when), line, trouble);

  function update() {
    const r = store.routers.get(id);
    wantInfo(id);
    node.dataset.state = r.state;
    setIcon(state, r.state);
    setText(state.lastChild, t("state." + r.state));
    const up = r.hardware?.["uptime-seconds"];
    setText(when, r.state === "up" && up ? t("upFor", { time: duration(up) }) : r.since ? since(r.since) : "");
    setText(line, [identity(r), about(r), r.host].filter(Boolean).join(" · "));
    troubles(r, trouble);
  }
  return { node, update };
}

function troubles(r, place) {
  const old = Object.values(r.errors).find(Boolean);
  const text = r.error ? `${r.error} (${since(r.since)})` + (r.next_attempt ? ", " + t("nextAttempt", { time: moment(r.next_attempt) }) : "") : old ? t("oldRows", { error: old }) : "";
  if (place.dataset.text === text) return;
  place.dataset.text = text;
  const key = "error." + r.code;
  place.replaceChildren(...(text ? [el("div", { class: "complaint" }, icon("warn"), el("div", {}, el("p", { class: "what", text }), r.code && t(key) !== key && el("p", { text: t(key) })))] : []));
}
