// Commands as people type them, converted to API words.
//
//   /ip address print where interface=ether1     syntax of the terminal
//   /ip/address/print ?interface=ether1          syntax of the API
//
// Both become ["/ip/address/print", "?interface=ether1"].

// split divides a line at spaces that are not inside quotes.
export function split(line) {
  const words = [];
  for (const m of line.matchAll(/(?:[^\s"]|"(?:[^"\\]|\\.)*"?)+/g)) {
    words.push(m[0].replace(/"((?:[^"\\]|\\.)*)"?/g, (_, inner) => inner.replace(/\\(.)/g, "$1")));
  }
  return words;
}

// Commands that end the path; a later word without a value is a flag.
const verbs = new Set((
  "print listen add set remove get getall find enable disable move comment export monitor monitor-traffic " +
  "ping torch traceroute bandwidth-test reset reset-counters reset-counters-all reboot shutdown run fetch flush " +
  "cancel make-static release renew scan unset upgrade check-for-updates install sniff test dns-resolve resolve"
).split(" "));

// words converts a line to the words of an API sentence. The path ends at the
// command, or before the first word with a value.
export function words(line) {
  const list = split(line.trim());
  const path = [];
  while (list.length > 0 && !/^[=?]/.test(list[0]) && !list[0].includes("=")) {
    const part = list.shift();
    path.push(...part.split("/").filter(Boolean));
    if (verbs.has(path.at(-1))) break;
  }
  if (path.length === 0) return [];
  const args = [];
  let where = false;
  for (const word of list) {
    if (word === "where") where = true;
    else if (/^[=?.]/.test(word)) args.push(word);
    else if (where) args.push("?" + word);
    else args.push("=" + (word.includes("=") ? word : word + "="));
  }
  return ["/" + path.join("/"), ...args];
}
