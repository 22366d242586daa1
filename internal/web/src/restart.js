// Commands that restart a router or turn it off: they are asked about first, and then the
// page says when the router is back.
import { toast } from "./banner.js";
import { dialog, field, plain } from "./dialog.js";
import { el } from "./dom.js";
import { clock, duration } from "./format.js";
import { t } from "./i18n.js";
import { limits, post, routerPath } from "./session.js";
import * as store from "./store.js";

// The commands. After "off" ones the router does not come back by itself.
const kinds = {
  "/system/reboot": "reboot", "/system/shutdown": "off", "/system/reset-configuration": "reset",
  "/system/package/update/install": "reboot", "/system/package/apply-changes": "reboot", "/system/package/downgrade": "reboot",
  "/system/package/upgrade": "reboot", "/system/upgrade/upgrade-package": "reboot", "/system/upgrade/upgrade-package-source": "reboot",
  "/system/backup/load": "reset",
};
const patience = 5 * 60_000; // milliseconds in which a router should be back
const slack = 20_000; // milliseconds in which its session should have ended

// Restarts under way, by router_id: {kind, at (of performance.now), began (Unix seconds),
// logins (before), down (it was seen to be away), late}.
const restarts = new Map();

const kindOf = (args) => kinds[args[0].toLowerCase()];

// restarting reports whether a command has to be asked about.
export const restarting = (args) => kindOf(args) !== undefined;

// openReboot asks for the identity of the router and reboots it; the server compares the
// name with that of the router.
export function openReboot(id) {
  const identity = store.routers.get(id)?.identity ?? id;
  ask("reboot", id, identity, [], () => post(routerPath(id, "reboot"), { confirm: identity }, { limit: limits.command }));
}

// openRestart asks for the name of the router and sends the command; sent(note) is
// called when it was sent.
export function openRestart(id, args, sent = () => {}) {
  const command = el("p", { class: "code small", text: args.join("  ") });
  ask(kindOf(args), id, id, [command], () => post("run", { router_id: id, args }, { limit: limits.command }), sent);
}

// ask shows the dialog of a restart, which wants the name typed.
function ask(kind, id, wanted, fields, send, sent = () => {}) {
  const name = el("input", { ...plain, required: true, autofocus: true, on: { input: check } });
  function check() {
    name.setCustomValidity(name.value.trim() === wanted ? "" : t("restartName", { id: wanted }));
  }
  check();
  const title = { reboot: t("restart.reboot", { id }), off: t("restart.off", { id }), reset: t("restart.reset", { id }) }[kind];
  const lead = { reboot: t("restartLead.reboot"), off: t("restartLead.off"), reset: t("restartLead.reset") }[kind];
  const action = { reboot: t("reboot"), off: t("restartAction.off"), reset: t("restartAction.reset") }[kind];
  dialog({
    title, lead, action, busy: action, danger: true,
    fields: [...fields, field("r-name", t("restartName", { id: wanted }), name)],
    async send() {
      const before = store.routers.get(id)?.logins;
      await send();
      watch(id, kind, before);
      sent(restartNote(id));
    },
  });
}

// watch follows the router until it is back, or for patience.
function watch(id, kind, logins) {
  const restart = { kind, logins, at: performance.now(), began: Date.now() / 1000, down: false, late: false };
  restarts.set(id, restart);
  const stop = store.onChange(check);
  const timer = setInterval(check, 1000);
  function end() {
    stop();
    clearInterval(timer);
  }
  function check() {
    const r = store.routers.get(id);
    if (restarts.get(id) !== restart || !r) return end();
    restart.down ||= r.state !== "up" || r.logins > logins;
    const took = performance.now() - restart.at;
    restart.late = took > (restart.down ? patience : slack) && kind !== "off";
    if (restart.down && r.state === "up") {
      end();
      restarts.delete(id);
      toast(t("restartBack", { id, time: duration(took / 1000) }));
    } else if (took > patience && !restart.down) end();
    store.touch(id);
  }
}

// restartNote says how far the restart of a router is; empty without one.
export function restartNote(id) {
  const restart = restarts.get(id);
  if (!restart) return "";
  const time = clock(restart.began);
  if (restart.kind === "off") return restart.down ? t("restartOff", { time }) : t("restartWaits", { time });
  if (!restart.late) return t("restartWaits", { time });
  return restart.down ? t("restartLate", { time }) : t("restartStill", { time });
}
