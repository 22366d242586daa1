// Commands as people type them, converted to API words.
//
//   /ip address print where interface=ether1     syntax of the terminal
//   /ip/address/print ?interface=ether1          syntax of the API
//
// Both become ["/ip/address/print", "?interface=ether1"]. Words that begin with = or ?
// are those of the API and are sent as they are.
import { t } from "./i18n.js";
import { queries } from "./queries.js";
import { Scanner } from "./scanner.js";

// Cannot is thrown for what the API cannot do. Its message says so in the language of
// the page, with the way that works.
export class Cannot extends Error {}

// Reasons: "script", "variable", "find", "regex", "compare", "rownumber", "quote", "where".
function cannot(reason) {
  throw new Cannot(t("cannot." + reason));
}

// Commands that end the path; a later word without a value is a flag or an item.
const verbs = new Set((
  "print listen add set remove get getall find enable disable move comment export monitor monitor-traffic " +
  "ping torch traceroute bandwidth-test reset reset-counters reset-counters-all reboot shutdown run fetch flush " +
  "cancel make-static release renew scan unset upgrade check-for-updates install sniff test dns-resolve resolve " +
  "reset-configuration apply-changes downgrade request-logout login logout send save load create sign import " +
  "check-installation power-cycle blink wol flood-ping mac-scan ip-scan profile quick beep uptime"
).split(" "));

// Commands that a menu has; "upgrade" in /system upgrade print is a menu.
const common = new Set(["print", "listen", "add", "set", "remove", "get", "getall", "find", "enable", "disable", "export"]);

// The argument that a terminal takes without its name, by command, and the second one.
// Other commands that work on items take their ids or names.
const unnamed = {
  ping: "address", "flood-ping": "address", traceroute: "address", "bandwidth-test": "address", "monitor-traffic": "interface", torch: "interface",
  scan: "numbers", monitor: "numbers", resolve: "domain-name", fetch: "url", quick: "interface",
};
const second = { move: "destination", get: "value-name", unset: "value-name" };
const onItems = new Set(("set remove get enable disable move comment unset reset-counters make-static release renew run " +
  "cancel request-logout sign power-cycle blink").split(" "));
const flags = new Set("once detail stats follow follow-only terse brief count-only without-paging as-value value-list".split(" "));

// words converts a line to the words of an API sentence; none for an empty line or a
// comment. It throws Cannot for what has no such words.
export function words(line) {
  const scan = new Scanner(line.trim().replace(/^\[[^\]]*@[^\]]*\]\s*(?:<SAFE>\s*)?(\/[^>]*)?>\s*/, (_, menu) => (menu ? menu + " " : "")), cannot);
  if (scan.at(/^#/)) return [];
  const { path, verb } = pathOf(scan);
  if (path.length === 0) return [];
  if (verb === "find") cannot("find");
  const args = [];
  while (!scan.end()) {
    if (scan.at(/^[=?]/)) args.push(scan.verbatim());
    else if (scan.take(/^where(?=\s|\(|$)/)) args.push(...queries(scan, cannot));
    else addArgument(args, scan, verb);
  }
  return ["/" + path.join("/"), ...args];
}

// pathOf reads the path. It ends at the command, or before the first word that cannot
// be part of a path.
function pathOf(scan) {
  const path = [];
  let verb = "";
  while (!scan.end() && scan.at(/^\/?[a-z0-9][a-z0-9/-]*(?=\s|$)|^\/(?=\s|$)/i)) {
    if (verb && !common.has(scan.peek())) break;
    path.push(...scan.verbatim().split("/").filter(Boolean));
    if (path.at(-1) === "pr") path[path.length - 1] = "print";
    verb = verbs.has(path.at(-1)) ? path.at(-1) : "";
    if (common.has(verb)) break;
  }
  if (path.length === 0 && !scan.end()) cannot(scan.at(/^[:;${}[(]/) ? "script" : "where");
  return { path, verb };
}

// addArgument reads name=value, a flag or an item.
function addArgument(args, scan, verb) {
  if (scan.at(/^\[/)) cannot("find");
  if (scan.at(/^[:;{}(]/)) cannot("script");
  const name = scan.take(/^\.?[a-z0-9][\w.-]*(?==|~|!=)/i);
  if (name === null) return args.push(...unnamedWord(args, verb, scan.value()));
  if (!scan.take(/^=/)) cannot(scan.at(/^~/) ? "regex" : "where");
  if (scan.at(/^\[/)) cannot("find");
  if (scan.at(/^[({]/)) cannot("script");
  const value = scan.value();
  if (name === "numbers" && rowNumbers.test(value)) cannot("rownumber");
  args.push(`=${verb === "print" && name === "proplist" ? ".proplist" : name}=${value}`);
}

const rowNumbers = /^\d+(,\d+)*$/;

// unnamedWord is the argument for a word without a name: a flag, the argument that the
// command takes so, or an item.
function unnamedWord(args, verb, word) {
  const has = (...names) => names.some((name) => args.some((a) => a.startsWith(`=${name}=`)));
  if (flags.has(word)) return [`=${word}=`];
  if (unnamed[verb]) return has(unnamed[verb]) ? [`=${word}=`] : [`=${unnamed[verb]}=${word}`];
  if (!onItems.has(verb)) return [`=${word}=`];
  if (has(".id", "numbers")) return [second[verb] && !has(second[verb]) ? `=${second[verb]}=${word}` : `=${word}=`];
  if (rowNumbers.test(word)) cannot("rownumber");
  return [(word.includes(",") && verb !== "remove" ? "=numbers=" : "=.id=") + word];
}
