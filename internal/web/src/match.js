// Search in rows: every word has to be somewhere in a row, in any case. A MAC address is
// found in any notation: 02:00:5E, 02-00-5e, 0200.5e, 02005e.

const address = /\b[0-9a-f]{2}(?:[:-][0-9a-f]{2}){5}\b/gi;
const separators = /[:.-]/g;

// textOf is what a row is searched in: all of its text, and its MAC addresses without
// separators.
export function textOf(row) {
  const text = Object.values(row).filter((value) => typeof value === "string").join("\n").toLowerCase();
  const macs = text.match(address);
  return macs ? text + "\n" + macs.join("\n").replace(separators, "") : text;
}

// matcher returns a function that reports whether a text of textOf has all words of a search.
export function matcher(search) {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean).map((word) => {
    const bare = word.replace(separators, "");
    return [word, /^[0-9a-f]{4,12}$/.test(bare) ? bare : word];
  });
  if (words.length === 0) return null;
  return (text) => words.every(([word, bare]) => text.includes(word) || text.includes(bare));
}
