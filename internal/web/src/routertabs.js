// The tabs of a router. A tab is an object:
//   key, label, node
//   topics, volatile   what its stream has to have; asked(tab) is called when that changes
//   count()            the number next to its label, as text
//   update()           shows what has come; refresh() what changes with time
//   find(q), show(row) search it, and open the sheet of a row by its key
//   event(e), reset(e) take an event of the stream, and that some were lost (optional)
//   close()
import { historyOf, logList, recall, record, sessionList } from "./activity.js";
import { interfaceTable, leaseTable, radioTable, userTable } from "./columns.js";
import { el } from "./dom.js";
import { Grid } from "./grid.js";
import { number } from "./format.js";
import { t } from "./i18n.js";
import { radioRows, radios } from "./radio.js";
import { note } from "./route.js";
import { interfaceSheet, leaseSheet, radioSheet, userSheet } from "./rowsheets.js";
import * as store from "./store.js";
import { terminalView } from "./terminal.js";
import { Users } from "./users.js";

export function routerTabs(id) {
  const users = new Users(id);
  return [
    tableTab(id, {
      key: "users", label: t("usersShort"), topics: ["ppp_active", "hotspot_active", "top_users"], volatile: ["top_users"], table: userTable(), sort: "down",
      rows: () => users.rows(), inSight: (rows, q) => users.want(rows, q), count: (r) => store.usersOf(r), sheet: userSheet, empty: t("emptyTable"), marks: { added: t("userAdded"), removed: t("userRemoved") },
    }),
    tableTab(id, {
      key: "interfaces", label: t("interfaces"), topics: ["static_interfaces"], table: interfaceTable(), sort: "name",
      more: { label: t("sessionInterfaces"), topics: ["interfaces"], volatile: ["interfaces"] },
      rows: () => store.table(id, store.has(id, "interfaces") ? "interfaces" : "static_interfaces"), sheet: interfaceSheet, empty: t("noData"), marks: { added: t("rowAdded"), removed: t("rowRemoved") },
    }),
    tableTab(id, {
      key: "dhcp", label: t("dhcp"), topics: ["dhcp_leases"], table: leaseTable(), sort: "name",
      rows: () => store.table(id, "dhcp_leases"), sheet: leaseSheet, empty: t("noLeases"), marks: { added: t("rowAdded"), removed: t("rowRemoved") },
    }),
    tableTab(id, {
      key: "wireless", label: t("wireless"), topics: radios, volatile: radios, table: radioTable(), sort: "signal",
      rows: () => radioRows(id), sheet: radioSheet, empty: t("noRadio"), marks: { added: t("rowAdded"), removed: t("rowRemoved") },
    }),
    listTab(id, "sessions", t("events"), sessionList()),
    listTab(id, "log", t("log"), logList()),
    terminalTab(id),
  ];
}

// tableTab is a table of which a row opens as a sheet; more are topics that are asked for
// by a box to tick.
function tableTab(id, { key, label, topics, volatile = [], more, table, sort, rows, inSight, count, sheet, empty, marks }) {
  let open = null; // the sheet, and the key of its row
  let shown = false; // the rows of more are there
  let wanted = ""; // key of a row that has not come yet
  const grid = new Grid({ label, ...table, sort, empty, marks, open: (row, row_) => show(row_), searched: (q) => note({ q: q.trim() }) });

  function show(row) {
    const found = rows().get(row);
    wanted = found ? "" : row;
    if (!found || open?.row === row) return;
    open?.sheet.close();
    const opened = { row, sheet: sheet(id, found, closed) };
    open = opened;
    note({ row });
    function closed() {
      if (open !== opened) return;
      open = null;
      note({ row: "" });
    }
  }

  const tab = {
    key, label, topics, volatile, node: grid.node, show, asked() {},
    count: () => (count ? number(count(store.routers.get(id))) : topics.some((topic) => store.has(id, topic)) ? number(rows().size) : ""),
    update() {
      if (!topics.some((topic) => store.has(id, topic))) return; // nothing has come yet
      const further = Boolean(more?.topics.some((topic) => store.has(id, topic)));
      if (further !== shown) grid.restart();
      shown = further;
      const all = rows();
      grid.update(all);
      if (wanted) show(wanted);
      open?.sheet.update(all.get(open.row));
    },
    refresh() {
      grid.refresh();
      inSight?.(grid.inSight(), grid.search.value.trim());
      open?.sheet.update(rows().get(open.row));
    },
    find: (q) => grid.find(q),
    close() {
      open?.sheet.close();
      grid.close();
    },
  };
  if (more) {
    const box = el("input", { type: "checkbox", on: { change: () => {
      [tab.topics, tab.volatile] = box.checked ? [[...topics, ...more.topics], [...volatile, ...more.volatile]] : [topics, volatile];
      tab.asked(tab);
    } } });
    grid.add(el("label", { class: "check small more" }, box, el("span", { text: more.label })));
  }
  return tab;
}

// listTab is a list of events, the newest first.
function listTab(id, key, label, list) {
  const history = historyOf(id)[key];
  list.addAll(history);
  return {
    key, label, topics: [], volatile: [], node: list.node,
    count: () => "", update() {}, refresh() {}, show() {}, close() {},
    find: (q) => list.find(q),
    event(e) {
      if (e.topic !== key) return;
      if (e.type === "lines") {
        recall(history, e.lines);
        list.replace(history);
        return;
      }
      record(history, e);
      list.add(e);
    },
    reset: (e) => e.topic === key && list.add({ ...e, gap: true }),
  };
}

function terminalTab(id) {
  const terminal = terminalView(id);
  return { key: "terminal", label: t("terminal"), topics: [], volatile: [], node: terminal.node, count: () => "", update() {}, refresh() {}, find() {}, show() {}, close: () => terminal.close() };
}
