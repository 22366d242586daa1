// An error as the page shows it: what happened, what to do and, if it helps, a cause or
// a quotation. Headline, advice and cause are in the language of the page. Quoted are
// the words of the router, and those of the server where they name a field, a rule or an
// address; never those of the libraries that server and browser are made of.
import { el, icon } from "./dom.js";
import { has, t } from "./i18n.js";

// The codes of the server whose message names what is wrong. The message of an unknown
// code is shown, too.
const named = new Set(["command_denied", "address_refused", "invalid_request"]);

// Words of Go, its libraries, the operating system and the browser.
const foreignWords = new RegExp([
  "\\b(dial|read|write|lookup) (tcp|udp|unix)", "dial: ", "\\blookup \\S", "\\bEOF\\b", "context (deadline|canceled)", "i/o timeout", "broken pipe",
  "connection (refused|reset)", "connect: ", "no route to host", "network is unreachable", "no such host", "closed network", "net/http", "http: ", "tls: ", "x509: ",
  "json: ", "strconv", "invalid character", "goroutine", "syscall", "JSON", "Failed to fetch", "NetworkError", "Unexpected (token|end)",
].join("|"));

// Frequent causes, by what the message contains. The first match counts.
const causes = [
  [/connection refused/, () => t("cause.refused")],
  [/no such host/, () => t("cause.host")],
  [/no route to host|network is unreachable/, () => t("cause.route")],
  [/(login|tls): .*(sent nothing|closed the connection|connection reset)/, () => t("cause.closed")],
  [/it speaks TLS|not speak TLS/, () => t("cause.tls")],
  [/none of our cipher suites/, () => t("cause.certificate")],
  [/dial: .*(i\/o timeout|no answer)/, () => t("cause.silent")],
  [/radius timeout/, () => t("cause.radius")],
  [/invalid user name or password|cannot log in/, () => t("cause.login")],
  [/not enough permissions/, () => t("cause.policy")],
  [/no such command/, () => t("cause.command")],
];

const known = (code) => has("what." + code);

// headline says what happened, in one sentence.
export const headline = (code) => (known(code) ? t("what." + code) : t("unknownError"));

export const causeOf = (message) => causes.find(([pattern]) => pattern.test(message))?.[1]() ?? "";

// quotation is the last line: the cause, and the words of the router or the server.
function quotation({ code, message }) {
  if (!message) return null;
  const cause = causeOf(message);
  if (code === "certificate_refused") {
    const fingerprint = /fingerprint ([0-9a-f]{64})/i.exec(message)?.[1];
    return fingerprint && el("p", { class: "small" }, t("fingerprint") + ": ", el("code", { text: fingerprint }));
  }
  if (code === "proxy_refused") return el("p", { class: "small", text: message });
  const label = code === "router_refused" ? t("routerMessage") : (!known(code) || named.has(code)) && !foreignWords.test(message) && t("serverMessage");
  if (!label) return cause && el("p", { class: "small", text: cause });
  return el("p", { class: "small" }, cause && cause + " ", label + " ", el("q", { lang: "en", text: message }));
}

// failureBox shows a Failure, or an object with its code and message. notes are
// further lines.
export function failureBox(failure, ...notes) {
  const { code, requestId } = failure;
  return el("div", { class: "failure", data: { code: code ?? "" } }, icon("warn"), el("div", {},
    el("p", { class: "what", text: headline(code) }),
    known(code) && el("p", { text: adviceOf(code) }),
    notes.filter(Boolean).map((text) => el("p", { text })),
    quotation(failure) || null,
    code === "internal" && requestId && el("p", { class: "small", text: t("requestId", { id: requestId }) })));
}

export const adviceOf = (code) => t("error." + code, { origin: location.origin });

export function showFailure(place, failure, ...notes) {
  place.replaceChildren(failureBox(failure, ...notes));
}

// pollError says why a table could not be read: the words of the router if it refused,
// else what happened, in the language of the page.
export function pollError(message) {
  const cause = causeOf(message);
  if (cause) return cause;
  if (/no answer|deadline|i\/o timeout|timed out/.test(message)) return t("what.timeout");
  if (/^(dial|tls|login|read|write|probe): |session|next attempt/.test(message) || foreignWords.test(message)) return t("what.router_unreachable");
  return message;
}
