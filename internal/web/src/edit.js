// The dialog that changes a router: only what is changed is typed.
import { toast } from "./banner.js";
import { security } from "./connect.js";
import { dialog, field, plain } from "./dialog.js";
import { el } from "./dom.js";
import { refresh } from "./feed.js";
import { t } from "./i18n.js";
import { limits, patch, routerPath } from "./session.js";
import * as store from "./store.js";

export function openEdit(id) {
  const r = store.routers.get(id);
  if (!r) return;
  const before = { host: r.host ?? "", user: r.user ?? "", pass: "", comment: r.comment ?? "" };
  const input = {
    host: el("input", { ...plain, required: true, value: before.host }), user: el("input", { ...plain, required: true, value: before.user }),
    pass: el("input", { type: "password", autocomplete: "new-password", placeholder: t("unchanged"), autofocus: true }), comment: el("input", { ...plain, value: before.comment }),
  };
  const tls = security();
  tls.kind.prepend(el("option", { value: "same", text: t("unchanged") }), el("hr"));
  tls.kind.value = "same";
  const tlsOf = () => (tls.kind.value === "same" ? {} : { tls: tls.value() ?? null });
  const changes = () => ({ ...Object.fromEntries(Object.keys(before).filter((name) => valueOf(name) !== before[name]).map((name) => [name, valueOf(name)])), ...tlsOf() });
  const valueOf = (name) => (name === "pass" ? input.pass.value : input[name].value.trim());
  dialog({
    title: t("editTitle", { id }), lead: t("editLead"), action: t("save"), busy: t("connectingRouter"),
    fields: [
      field("e-pass", t("newPassword"), input.pass), el("div", { class: "pair" }, field("e-user", t("user"), input.user), field("e-host", t("host"), input.host)),
      tls.nodes, field("e-comment", t("comment"), input.comment),
    ],
    anyway: { when: ({ code }) => code === "router_unreachable" || code === "timeout", action: t("saveAnyway"), note: t("saveAnywayHint") },
    async send(anyway) {
      const body = changes();
      if (Object.keys(body).length === 0) return;
      if (anyway) body.wait = false;
      await patch(routerPath(id), body, { limit: limits.router });
      await refresh();
      toast(t("saved", { id }));
    },
  });
}
