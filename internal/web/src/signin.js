// The form that asks for an API key.
import { el } from "./dom.js";
import { showFailure } from "./failure.js";
import { t } from "./i18n.js";

// signInView asks for a key until enter(key, keep) accepts one; keep is as in signIn. An event "failure"
// at main shows a Failure in the form.
export function signInView(main, enter) {
  document.title = t("signInTitle") + " · Mikronec";
  const key = el("input", {
    id: "key", type: "password", autocomplete: "current-password", required: true, spellcheck: "false",
    autocapitalize: "none", "aria-describedby": "signin-error",
  });
  const keep = el("select", { id: "keep" }, [["", t("keepNot")], ["tab", t("keepTab")], ["device", t("keepDevice")]].map(([value, text]) => el("option", { value, text })));
  const show = el("input", { id: "show-key", type: "checkbox", on: { change: () => { key.type = show.checked ? "text" : "password"; } } });
  const error = el("div", { id: "signin-error", role: "alert" });
  const button = el("button", { class: "primary", type: "submit", text: t("signIn") });
  const form = el("form", { class: "panel signin", on: { submit } },
    el("h1", { text: t("signInTitle") }),
    el("p", { class: "muted", text: t("signInLead") }),
    el("label", { for: "key", text: t("apiKey") }), key,
    el("p", { class: "check" }, show, el("label", { for: "show-key", text: t("showKey") })),
    el("label", { for: "keep", text: t("keepKey") }), keep,
    error, button);

  async function submit(event) {
    event.preventDefault();
    error.replaceChildren();
    button.disabled = true;
    button.textContent = t("signingIn");
    try {
      await enter(key.value.trim(), keep.value);
    } catch (failure) {
      button.disabled = false;
      button.textContent = t("signIn");
      showFailure(error, failure);
      key.focus();
    }
  }
  const failed = (event) => showFailure(error, event.detail);
  main.addEventListener("failure", failed);
  main.append(form);
  key.focus();
  return { end: () => main.removeEventListener("failure", failed) };
}
