// An error as the page shows it: what happened, what to do and, if it helps, the
// message of the router or the server as a quotation. Messages are English, so
// they are never the headline.
import { el, icon } from "./dom.js";
import { has, t } from "./i18n.js";

// The codes whose message tells more than the headline: a field, a rule, a
// fingerprint or a cause. The message of an unknown code is shown, too.
const quoted = new Set([
  "command_denied", "address_refused", "invalid_request", "router_refused", "login_failed", "certificate_refused",
  "router_unreachable", "timeout",
]);

// Frequent causes, by what the message contains. The first match counts.
const causes = [
  [/connection refused/, () => t("cause.refused")],
  [/no such host/, () => t("cause.host")],
  [/(login|tls): .*(sent nothing|closed the connection|connection reset)/, () => t("cause.closed")],
  [/it speaks TLS|not speak TLS/, () => t("cause.tls")],
  [/none of our cipher suites/, () => t("cause.certificate")],
  [/dial: .*(i\/o timeout|no answer)/, () => t("cause.silent")],
  [/invalid user name or password|cannot log in/, () => t("cause.login")],
  [/not enough permissions/, () => t("cause.policy")],
  [/no such command/, () => t("cause.command")],
];

const known = (code) => has("what." + code);

// headline says what happened, in one sentence.
export const headline = (code) => (known(code) ? t("what." + code) : t("unknownError"));

export const causeOf = (message) => causes.find(([pattern]) => pattern.test(message))?.[1]() ?? "";

// quotation is the message of the router or the server, with its cause before it.
function quotation({ code, message }) {
  if (!message || (known(code) && !quoted.has(code))) return null;
  const label = code === "router_refused" ? t("routerMessage") : t("serverMessage");
  const cause = causeOf(message);
  return el("p", { class: "small" }, cause && cause + " ", label + " ", el("q", { lang: "en", text: message }));
}

// failureBox shows a Failure, or an object with its code and message. notes are
// further lines.
export function failureBox(failure, ...notes) {
  const { code, requestId } = failure;
  return el("div", { class: "failure", data: { code: code ?? "" } }, icon("warn"), el("div", {},
    el("p", { class: "what", text: headline(code) }),
    known(code) && el("p", { text: t("error." + code) }),
    notes.filter(Boolean).map((text) => el("p", { text })),
    quotation(failure),
    code === "internal" && requestId && el("p", { class: "small", text: t("requestId", { id: requestId }) })));
}

export function showFailure(place, failure, ...notes) {
  place.replaceChildren(failureBox(failure, ...notes));
}
