// One router: its state, graphs, tables, activity and a terminal. A stream of its own
// carries the topics that the stream of all routers does not have.
import { logList, historyOf, record, sessionList } from "./activity.js";
import { about, identity } from "./card.js";
import { hotspotColumns, interfaceColumns, pppColumns } from "./columns.js";
import { openDisconnect } from "./connect.js";
import { el, icon, setIcon, setText } from "./dom.js";
import { failureBox, pollError } from "./failure.js";
import { requestInfo } from "./feed.js";
import { bytes, duration, moment, number, since } from "./format.js";
import { Grid } from "./grid.js";
import { t } from "./i18n.js";
import { Panels } from "./panels.js";
import { openRestart, restartNote } from "./restart.js";
import { may, principal } from "./session.js";
import * as store from "./store.js";
import { Stream } from "./stream.js";
import { tabs } from "./tabs.js";
import { terminalView } from "./terminal.js";
import { onTheme } from "./theme.js";
import { workerTransport } from "./worker-transport.js";

const users = ["ppp_active", "hotspot_active"];

// queryFor is the query of the stream. The bytes of hotspot users change with every
// poll, for all of them, so they are asked for only while their table is shown.
function queryFor(id, tab) {
  const extra = tab === "hotspot_active" ? ["hotspot_active"] : [];
  return { routers: id, topics: ["interfaces", "sessions", "log", ...users], mode: "delta", volatile: ["interfaces", ...extra] };
}

let draw = () => {};
onTheme(() => draw());

export function routerView(main, id) {
  document.title = id + " · Mikronec";
  let end = () => {};
  // The list may not have been loaded yet, and the router may be added or removed
  // while the view is open.
  function refresh() {
    const known = store.routers.has(id);
    if (known === (main.dataset.router === id)) return;
    end();
    main.replaceChildren();
    main.dataset.router = known ? id : "";
    end = known ? open(main, id) : missing(main, id);
  }
  const stop = store.onChange((ids, listChanged) => listChanged && refresh());
  end = missing(main, id);
  refresh();
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
  const userMarks = { added: t("userAdded"), removed: t("userRemoved") };
  const grids = {
    ppp_active: new Grid({ label: t("ppp"), columns: pppColumns(), empty: t("emptyTable"), marks: userMarks }),
    hotspot_active: new Grid({ label: t("hotspot"), columns: hotspotColumns(), empty: t("emptyTable"), marks: userMarks }),
    interfaces: new Grid({ label: t("interfaces"), columns: interfaceColumns(), empty: t("noData"), marks: { added: t("rowAdded"), removed: t("rowRemoved") } }),
  };
  const history = historyOf(id);
  const lists = { sessions: sessionList(), log: logList() };
  lists.sessions.addAll(history.sessions);
  lists.log.addAll(history.log);
  const terminal = terminalView(id);
  let shown = "", stream = null;
  const list = [
    { key: "ppp_active", label: t("ppp"), node: grids.ppp_active.node },
    { key: "hotspot_active", label: t("hotspot"), node: grids.hotspot_active.node },
    { key: "interfaces", label: t("interfaces"), node: grids.interfaces.node },
    { key: "sessions", label: t("events"), node: lists.sessions.node },
    { key: "log", label: t("log"), node: lists.log.node },
    { key: "terminal", label: t("terminal"), node: terminal.node },
  ];
  const known = store.routers.get(id);
  const bar = tabs(t("tables"), list, store.usersIn(known, "hotspot_active") > store.usersIn(known, "ppp_active") ? "hotspot_active" : "ppp_active", (key) => {
    const changed = (shown === "hotspot_active") !== (key === "hotspot_active");
    shown = key;
    fill(key);
    if (changed) stream?.ask(queryFor(id, key));
  });
  main.append(head.node, panels.node, bar.node);

  // fill updates the table of a tab if that is the open one.
  function fill(key) {
    const rows = store.tables.get(id, key);
    if (rows && grids[key] && key === shown) grids[key].update(rows);
  }

  function update(ids) {
    const r = store.routers.get(id);
    if (!ids.has(id) || !r) return;
    head.update();
    for (const topic of ["ppp_active", "hotspot_active", "interfaces"]) bar.setCount(topic, number(store.present(r, store.usersIn(r, topic))));
    for (const node of [bar.node, panels.node]) node.classList.toggle("old", r.state !== "up");
    fill(shown);
  }

  stream = new Stream(queryFor(id, shown), {
    state: () => {},
    event(e, at) {
      if (lists[e.topic]) {
        record(history[e.topic], e);
        lists[e.topic].add(e);
      } else if (e.topic) {
        store.receive(e, at);
        if (e.topic === "interfaces") panels.addRates(store.table(id, "interfaces"), at);
      }
    },
    named(name, e) {
      if (name === "reset" && lists[e.topic]) lists[e.topic].add({ ...e, gap: true });
    },
  }, workerTransport);
  const stop = store.onChange(update);
  draw = () => panels.draw();
  const tick = setInterval(() => {
    panels.draw();
    stream.check();
    head.update();
    grids[shown]?.refresh();
  }, 1000);
  update(new Set([id]));
  draw();
  return () => {
    stop();
    clearInterval(tick);
    stream.close();
    terminal.close();
    for (const grid of Object.values(grids)) grid.close();
    for (const topic of ["interfaces", ...users]) store.tables.delete(id, topic);
    draw = () => {};
  };
}

// headOf is the name, state and model of the router, and its error if it has one.
function headOf(id) {
  const name = el("h1", { text: id });
  const state = el("span", { class: "state" }, icon("connecting"), el("span", {}));
  const when = el("span", { class: "muted small" });
  const line = el("p", { class: "muted" });
  const restart = el("p", { role: "status" });
  const error = el("div", { role: "status" });
  const reboot = may("run") && !principal()?.read_only && el("button", { class: "reboot", type: "button", text: t("reboot"), on: { click: () => openRestart(id, ["/system/reboot"]) } });
  const disconnect = may("connect") && el("button", { class: "danger", type: "button", text: t("disconnect"), on: { click: () => openDisconnect(id) } });
  const node = el("div", { class: "routerhead" }, el("div", { class: "row" }, backLink(), el("span", { class: "spacer" }), reboot, disconnect),
    el("div", { class: "titled" }, name, state, when), line, restart, error);

  function update() {
    const r = store.routers.get(id);
    if (!r) return;
    requestInfo(id);
    setText(restart, restartNote(id));
    node.dataset.state = r.state;
    setIcon(state, r.state);
    setText(state.lastChild, t("state." + r.state));
    const up = r.hardware?.["uptime-seconds"];
    setText(when, r.state === "up" && up ? t("upFor", { time: duration(up) }) : r.since ? since(r.since) : "");
    const cost = Object.values(r.bytes_per_minute ?? {}).reduce((sum, n) => sum + n, 0);
    setText(line, [identity(r), about(r), r.host, cost > 0 && t("lineUse", { amount: bytes(cost) })].filter(Boolean).join(" · "));
    line.title = Object.entries(r.bytes_per_minute ?? {}).map(([topic, n]) => `${topic}: ${bytes(n)}`).join("\n");
    showError(error, r);
  }
  return { node, update };
}

// showError shows why the router is away, or that a topic could not be polled.
function showError(place, r) {
  const old = Object.values(r.errors).find((error) => error && !error.startsWith("no such command"));
  const state = JSON.stringify([r.code, r.error, r.next_attempt, old]);
  if (place.dataset.state === state) return;
  place.dataset.state = state;
  const next = r.next_attempt && t("nextAttempt", { time: moment(r.next_attempt) });
  if (r.error) place.replaceChildren(failureBox({ code: r.code, message: r.error }, next));
  else if (old) place.replaceChildren(el("div", { class: "failure" }, icon("warn"), el("p", { class: "what", text: t("oldRows", { error: pollError(old) }) })));
  else place.replaceChildren();
}
