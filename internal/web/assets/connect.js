// The dialogs that add and disconnect a router.
import { toast } from "./banner.js";
import { el } from "./dom.js";
import { showFailure } from "./failure.js";
import { refresh } from "./feed.js";
import { t } from "./i18n.js";
import { post } from "./session.js";

// dialog shows a form, which closes when send() succeeds and shows its Failure
// otherwise. busy is the label of the button meanwhile.
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
      showFailure(error, failure);
      error.scrollIntoView({ block: "nearest" });
    }
    button.disabled = false;
    button.textContent = action;
  }
  document.body.append(node);
  node.showModal();
  return node;
}

// field is a control with its label and, if there is one, its hint.
function field(id, label, control, hint) {
  control.id = id;
  if (hint) control.setAttribute("aria-describedby", id + "-hint");
  return el("div", { class: "field" }, el("label", { for: id, text: label }), control,
    hint && el("p", { id: id + "-hint", class: "hint muted", text: hint }));
}

const plain = { autocomplete: "off", autocapitalize: "none", spellcheck: "false" };

export function openConnect() {
  const id = el("input", { ...plain, required: true });
  const host = el("input", { ...plain, required: true });
  const user = el("input", { ...plain, required: true });
  const pass = el("input", { type: "password", autocomplete: "off" });
  const tls = el("select", { on: { change: () => { pin.hidden = tls.value !== "pin"; } } },
    [["", t("tlsOff")], ["verify", t("tlsVerify")], ["pin", t("tlsPin")], ["insecure", t("tlsInsecure")]].map(([value, text]) => el("option", { value, text })));
  const fingerprint = el("input", { ...plain });
  const pin = field("c-fingerprint", t("fingerprint"), fingerprint, t("fingerprintHint"));
  pin.hidden = true;
  dialog({
    title: t("connectRouter"), lead: t("connectLead"), action: t("connect"), busy: t("connectingRouter"),
    fields: [
      field("c-id", t("routerId"), id, t("routerIdHint")), field("c-host", t("host"), host, t("hostHint")),
      el("div", { class: "pair" }, field("c-user", t("user"), user), field("c-pass", t("password"), pass)), field("c-tls", t("security"), tls), pin,
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
