// The sheets of rows: a user, an interface, a lease. Each returns {update(row), close};
// update(undefined) says that the row is gone.
import { toast } from "./banner.js";
import { leaseAddress, leaseName } from "./columns.js";
import { dialog } from "./dialog.js";
import { el } from "./dom.js";
import { showFailure } from "./failure.js";
import { bytes, rate } from "./format.js";
import { t } from "./i18n.js";
import { signalText } from "./radio.js";
import { href } from "./route.js";
import { limits, mayChange, post, routerPath } from "./session.js";
import { InterfaceGraph } from "./interfacegraph.js";
import { acts, openSheet } from "./sheet.js";
import { Tool } from "./tool.js";
import { uptimeOf } from "./users.js";

// rowSheet opens a sheet. facts(row) is its fields, title(row) and about(row) its head;
// buttons(current, say) are those of acts, where current() is the present row and say
// shows a failure; graph is {node, update(row)} above the fields, if there is one.
function rowSheet(id, first, closed, { title, about, facts, buttons, graph }) {
  let row = first;
  const tool = new Tool(id);
  const s = openSheet(() => { tool.close(); graph?.close(); closed(); });
  const error = el("div", { role: "alert" });
  const gone = el("p", { class: "muted", role: "status" });
  s.body.append(acts(buttons({ current: () => row, say: (failure) => showFailure(error, failure), tool, close: s.close })), gone, error, tool.node, ...(graph ? [graph.node] : []));
  const update = (next) => {
    row = next ?? row;
    gone.textContent = next ? "" : t("rowGone");
    s.show(title(row), about(row), [...facts(row), ...rest(row)]);
    graph?.update(row);
  };
  update(first);
  return { update, close: s.close };
}

// explained are the fields that the page shows under names of its own.
const explained = new Set(["uptime-seconds", "uptime", "name", "user", "address", "mac-address", "caller-id", "comment", "bytes-in", "bytes-out", "rx-bits-per-second", "tx-bits-per-second"]);

// rest is the other fields, as the router names them.
function rest(row) {
  return Object.entries(row.source ?? row).filter(([name, value]) => !explained.has(name) && typeof value !== "object")
    .map(([name, value]) => [name, String(value)]);
}

export function userSheet(id, first, closed) {
  return rowSheet(id, first, closed, {
    title: (u) => u.name,
    about: (u) => [u.login || u.service, uptimeOf(u)].filter(Boolean).join(" · "),
    facts: (u) => [[t("downNow"), rate(u.down)], [t("upNow"), rate(u.up)], [t("downloaded"), bytes(u.downloaded)], [t("uploaded"), bytes(u.uploaded)],
      [t("limit"), u.limit], [t("address"), u.address], [t("macOrCaller"), u.mac], [t("comment"), u.comment]],
    buttons: ({ current, say, tool, close }) => [
      mayChange() && ["close", t("kick"), (button) => kick(id, current(), button, say, close), "danger"],
      ...tools(id, tool, () => current().address, () => ifaceOf(current())),
      ["log", t("logOf"), () => { location.hash = href({ id, tab: "log", q: current().name }); }],
      mayChange() && ["block", t("kickAndDisable"), () => askDisable(id, current(), close), "danger"],
    ],
  });
}

// ifaceOf is the interface of a user, for Torch; that of the hotspot is not in the row.
const ifaceOf = (u) => (u.service === "ppp" ? `<${u.login || "pppoe"}-${u.name}>` : "");

const bodyOf = (u) => ({ service: u.service, ".id": u[".id"], name: u.name });

async function kick(id, user, button, say, close) {
  button.disabled = true;
  try {
    await post(routerPath(id, "users/disconnect"), bodyOf(user), { limit: limits.router });
    close();
    toast(t("kicked", { name: user.name }));
  } catch (failure) {
    say(failure);
  }
  button.disabled = false;
}

function askDisable(id, user, close) {
  dialog({
    title: t("disableTitle", { name: user.name }), lead: t("disableLead"), action: t("disable"), busy: t("disable"), danger: true, fields: [],
    async send() {
      await post(routerPath(id, "users/disable"), bodyOf(user), { limit: limits.router });
      close();
      toast(t("disabledUser", { name: user.name }));
    },
  });
}

// tools are Ping and Torch, for keys that may run commands.
function tools(id, tool, address, iface) {
  return [
    mayChange() && address() && ["ping", t("ping"), () => tool.ping(address())],
    mayChange() && iface() && ["torch", t("torch"), () => tool.torch(iface())],
  ];
}

export function interfaceSheet(id, first, closed) {
  return rowSheet(id, first, closed, {
    graph: new InterfaceGraph(id, first),
    title: (row) => row.name,
    about: (row) => [row.type, row.comment].filter(Boolean).join(" · "),
    facts: (row) => [[t("rx"), rate(row["rx-bits-per-second"])], [t("tx"), rate(row["tx-bits-per-second"])], [t("mac"), row["mac-address"]], [t("comment"), row.comment]],
    buttons: ({ current, tool }) => [
      ...tools(id, tool, () => "", () => current().name),
      ["log", t("logOf"), () => { location.hash = href({ id, tab: "log", q: current().name }); }],
    ],
  });
}

export function radioSheet(id, first, closed) {
  return rowSheet(id, first, closed, {
    title: (row) => row.name,
    about: (row) => [row.driver, row.ssid, row.interface, uptimeOf(row)].filter(Boolean).join(" · "),
    facts: (row) => [[t("signal"), signalText(row)], [t("txRate"), row.txRate], [t("rxRate"), row.rxRate], [t("address"), row.address], [t("mac"), row.mac], [t("comment"), row.comment]],
    buttons: ({ current, tool }) => [
      ...tools(id, tool, () => current().address, () => ""),
      ["log", t("logOf"), () => { location.hash = href({ id, tab: "log", q: current().mac }); }],
    ],
  });
}

export function leaseSheet(id, first, closed) {
  return rowSheet(id, first, closed, {
    title: leaseName,
    about: (row) => [row.status, row.server].filter(Boolean).join(" · "),
    facts: (row) => [[t("address"), leaseAddress(row)], [t("mac"), row["mac-address"]], [t("comment"), row.comment]],
    buttons: ({ current, tool }) => [
      ...tools(id, tool, () => leaseAddress(current()), () => ""),
      ["log", t("logOf"), () => { location.hash = href({ id, tab: "log", q: current()["mac-address"] }); }],
    ],
  });
}
