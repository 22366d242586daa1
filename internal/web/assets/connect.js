// The dialogs that connect and disconnect a router.
import { toast } from "./banner.js";
import { complain } from "./complaint.js";
import { el } from "./dom.js";
import { refresh } from "./feed.js";
import { t } from "./i18n.js";
import { post } from "./session.js";

// dialog shows a form; send(values) is tried until it succeeds.
function dialog({ title, lead, fields, action, busy, danger, send }) {
  const error = el("div", { role: "alert" });
  const button = el("button", { class: danger ? "danger" : "primary", type: "submit", text: action });
  const node = el("dialog", { "aria-labelledby": "dialog-title", on: { close: () => node.remove() } },
    el("form", { on: { submit } },
      el("h2", { id: "dialog-title", text: title }), el("p", { class: "muted", text: lead }),
      fields, error,
      el("div", { class: "buttons" },
        el("button", { type: "button", text: t("cancel"), on: { click: () => node.close() } }), button)));

  async function submit(event) {
    event.preventDefault();
    error.replaceChildren();
    button.disabled = true;
    button.textContent = busy;
    try {
      await send();
      node.close();
    } catch (failure) {
      complain(error, failure);
      error.scrollIntoView({ block: "nearest" });
    }
    button.disabled = false;
    button.textContent = action;
  }
  document.body.append(node);
  node.showModal();
  return node;
}

// field is a label, a control and a hint that the control is described by.
function field(id, control, hint) {
  control.id = id;
  if (hint) control.setAttribute("aria-describedby", id + "-hint");
  return el("div", { class: "field" }, el("label", { for: id, text: t(control.dataset.label) }), control,
    hint && el("p", { id: id + "-hint", class: "hint muted", text: t(hint) }));
}

const plain = { autocomplete: "off", autocapitalize: "none", spellcheck: "false" };

export function openConnect() {
  const id = el("input", { ...plain, required: true, data: { label: "routerId" } });
  const host = el("input", { ...plain, required: true, data: { label: "host" } });
  const user = el("input", { ...plain, required: true, data: { label: "user" } });
  const pass = el("input", { type: "password", autocomplete: "off", data: { label: "password" } });
  const tls = el("select", { data: { label: "security" }, on: { change: () => { pin.hidden = tls.value !== "pin"; } } },
    [["", "tlsOff"], ["verify", "tlsVerify"], ["pin", "tlsPin"], ["insecure", "tlsInsecure"]].map(([value, key]) => el("option", { value, text: t(key) })));
  const fingerprint = el("input", { ...plain, data: { label: "fingerprint" } });
  const pin = field("c-fingerprint", fingerprint, "fingerprintHint");
  pin.hidden = true;
  dialog({
    title: t("connectRouter"), lead: t("connectLead"), action: t("connect"), busy: t("connectingRouter"),
    fields: [
      field("c-id", id, "routerIdHint"), field("c-host", host, "hostHint"),
      el("div", { class: "pair" }, field("c-user", user), field("c-pass", pass)), field("c-tls", tls), pin,
    ],
    async send() {
      const body = { router_id: id.value.trim(), host: host.value.trim(), user: user.value, pass: pass.value };
      if (tls.value) body.tls = { mode: tls.value };
      if (tls.value === "pin" && fingerprint.value.trim()) body.tls.fingerprint = fingerprint.value.trim();
      await post("connect", body);
      await refresh();
      toast(t("connected", { id: body.router_id }));
    },
  });
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
