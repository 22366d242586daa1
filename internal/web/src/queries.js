// The conditions after "where", as query words of the API. They are a program for a
// stack: each condition puts its result there, ?#! negates the last one, ?#& and ?#|
// join the last two. A row is sent if no result on the stack is false, so conditions
// that must all be met need no ?#&.

// Properties that are true or false and present on every row. Of others, the name alone
// asks whether the property is there.
const flags = new Set(("active blocked bound complete dead default disabled dynamic expired inactive invalid " +
  "published radius running slave static").split(" "));

const negative = "?#!";

// queries reads conditions up to the end of the line.
export function queries(scan, cannot) {
  const out = [];
  while (!scan.end()) {
    if (scan.at(/^=/)) out.push(scan.verbatim()); // an attribute of the API
    else out.push(...either(scan, cannot, true));
  }
  if (out.length === 0) cannot("where");
  return out;
}

const andWord = /^(?:&&|and(?=[\s(]|$))/i;
const orWord = /^(?:\|\||or(?=[\s(]|$))/i;

// either reads conditions joined by "or". It returns their words: one result on the
// stack, or at the top several that must all be met.
function either(scan, cannot, top = false) {
  let list = both(scan, cannot);
  while (!scan.end() && scan.take(orWord)) list = [[...join(list), ...join(both(scan, cannot)), "?#|"]];
  return top ? list.flat() : join(list);
}

// both reads conditions that must all be met: joined by "and", or side by side. It
// returns the words of each.
function both(scan, cannot) {
  const list = [condition(scan, cannot)];
  while (!scan.end() && !scan.at(/^[)=]/) && !scan.at(orWord)) {
    scan.take(andWord);
    list.push(condition(scan, cannot));
  }
  return list;
}

// join makes one condition of several that must all be met.
const join = (list) => list.flatMap((words, i) => (i === 0 ? words : [...words, "?#&"]));

// condition reads one condition.
function condition(scan, cannot) {
  if (scan.end()) cannot("where");
  if (scan.at(/^\?/)) return [scan.verbatim()];
  if (scan.take(/^(?:!|not(?=[\s(]|$))/i)) return not(condition(scan, cannot));
  if (scan.take(/^\(/)) {
    const inside = either(scan, cannot);
    if (scan.end() || !scan.take(/^\)/)) cannot("where");
    return inside;
  }
  const name = scan.take(/^"?\.?[a-z0-9][\w.-]*"?/i)?.replaceAll('"', "");
  if (!name) cannot(scan.at(/^\[/) ? "find" : scan.at(/^[$]/) ? "variable" : scan.at(/^[:;{]/) ? "script" : "where");
  return compare(name, scan, cannot);
}

// compare reads the operator and the value after a name.
function compare(name, scan, cannot) {
  if (scan.at(/^\s*(?:~|!~)/)) cannot("regex");
  if (scan.at(/^\s+in\s|^->/)) cannot("compare");
  const operator = scan.take(/^(?:!=|<=|>=|=|<|>)|^\s+(?:!=|<=|>=|=|<|>)\s+/)?.trim();
  if (!operator) {
    if (scan.at(/^[^\s)&|]/)) cannot("where");
    return [flags.has(name) ? `?${name}=true` : `?${name}`];
  }
  if (scan.at(/^\[/)) cannot("find");
  if (scan.at(/^[({]/)) cannot("script");
  const value = scan.value(/^(?:[\s)]|&&|\|\|)/);
  switch (operator) {
    case "=": return [`?${name}=${value}`];
    case "!=": return not([`?${name}=${value}`]);
    case "<=": return [`?>${name}=${value}`, negative, `?${name}`, "?#&"];
    case ">=": return [`?<${name}=${value}`, negative, `?${name}`, "?#&"];
    default: return [`?${operator}${name}=${value}`];
  }
}

// not negates one condition.
function not(words) {
  if (words.length === 1 && /^\?[^=<>#-][^=]*$/.test(words[0])) return ["?-" + words[0].slice(1)];
  return words.at(-1) === negative ? words.slice(0, -1) : [...words, negative];
}
