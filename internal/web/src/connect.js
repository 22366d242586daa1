// The dialogs that add a router and remove it.
import { toast } from "./banner.js";
import { dialog, field, plain } from "./dialog.js";
import { el } from "./dom.js";
import { refresh } from "./feed.js";
import { t } from "./i18n.js";
import { limits, post } from "./session.js";

export function openConnect() {
  const id = el("input", { ...plain, required: true });
  const host = el("input", { ...plain, required: true });
  const user = el("input", { ...plain, required: true });
  const pass = el("input", { type: "password", autocomplete: "off" });
  const tls = security();
  dialog({
    title: t("connectRouter"), lead: t("connectLead"), action: t("connect"), busy: t("connectingRouter"),
    fields: [
      field("c-id", t("routerId"), id, t("routerIdHint")), field("c-host", t("host"), host, t("hostHint")),
      el("div", { class: "pair" }, field("c-user", t("user"), user), field("c-pass", t("password"), pass)), tls.nodes,
    ],
    anyway: { when: ({ code }) => code === "router_unreachable" || code === "timeout", action: t("addAnyway"), note: t("addAnywayHint") },
    async send(anyway) {
      const body = { router_id: id.value.trim(), host: host.value.trim(), user: user.value, pass: pass.value };
      if (tls.value()) body.tls = tls.value();
      if (anyway) body.wait = false;
      await post("connect", body, { limit: limits.router });
      await refresh();
      toast(t(anyway ? "added" : "connected", { id: body.router_id }));
    },
  });
}

// security is the control for the kind of the connection with that of its fingerprint;
// value() is the tls of a request, undefined for the plain API.
export function security() {
  const kind = el("select", { on: { change: () => { pin.hidden = kind.value !== "pin"; } } },
    [["", t("tlsOff")], ["verify", t("tlsVerify")], ["pin", t("tlsPin")], ["insecure", t("tlsInsecure")]].map(([value, text]) => el("option", { value, text })));
  const fingerprint = el("input", { ...plain });
  const pin = field("c-fingerprint", t("fingerprint"), fingerprint, t("fingerprintHint"));
  pin.hidden = true;
  return {
    nodes: [field("c-tls", t("security"), kind), pin], kind,
    value() {
      if (!kind.value) return undefined;
      const typed = kind.value === "pin" && fingerprint.value.trim();
      return { mode: kind.value, ...(typed && { fingerprint: typed }) };
    },
  };
}

export function openDisconnect(id) {
  dialog({
    title: t("disconnectTitle", { id }), lead: t("disconnectLead"), action: t("disconnect"), busy: t("disconnect"), danger: true, fields: [],
    async send() {
      await post("disconnect", { router_id: id });
      location.hash = "#/";
      await refresh();
      toast(t("disconnected", { id }));
    },
  });
}
