// One router.
import { el } from "./dom.js";
import { t } from "./i18n.js";

export function routerView(main, id) {
  main.append(el("h1", { text: id }), el("a", { href: "#/", text: t("back") }));
  return () => {};
}
