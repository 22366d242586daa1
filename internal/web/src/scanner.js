// A line of the terminal, read from left to right, with the quotes and escapes of
// RouterOS: "a b", \" \\ \n \r \t \_ (a space) \$ \? and \C3 (a byte).

const escapes = { n: "\n", r: "\r", t: "\t", a: "\x07", b: "\b", f: "\f", v: "\v", _: " " };

export class Scanner {
  // cannot(reason) throws; see command.js.
  constructor(text, cannot) {
    this.rest = text;
    this.cannot = cannot;
  }

  // end skips spaces and reports whether nothing is left.
  end() {
    this.rest = this.rest.trimStart();
    return this.rest === "";
  }

  at(pattern) {
    return pattern.test(this.rest);
  }

  // take reads what matches the pattern, or returns null.
  take(pattern) {
    const m = pattern.exec(this.rest);
    if (m) this.rest = this.rest.slice(m[0].length);
    return m && m[0];
  }

  // peek is the next word, without quotes.
  peek() {
    return /^\S*/.exec(this.rest)[0];
  }

  // verbatim reads an API word up to the next space; it may be quoted in part.
  verbatim() {
    return this.#read(/^\s/, false);
  }

  // value reads a value of the terminal, up to a space or a character of ends.
  // Scripts and variables are refused.
  value(ends = /^\s/) {
    return this.#read(ends, true);
  }

  #read(ends, terminal) {
    let text = "";
    while (this.rest !== "" && !ends.test(this.rest)) {
      const c = this.rest[0];
      this.rest = this.rest.slice(1);
      if (c === '"') text += this.#quoted(terminal);
      else if (terminal && c === "\\") text += this.#escape();
      else {
        if (terminal && c === ";") this.cannot("script");
        if (terminal && c === "$") this.cannot("variable");
        text += c;
      }
    }
    return text;
  }

  // #quoted reads to the closing quote.
  #quoted(terminal) {
    let text = "";
    for (;;) {
      if (this.rest === "") this.cannot("quote");
      const c = this.rest[0];
      this.rest = this.rest.slice(1);
      if (c === '"') return text;
      if (terminal && c === "$" && /^[\w("[]/.test(this.rest)) this.cannot("variable");
      text += c === "\\" ? this.#escape() : c;
    }
  }

  // #escape reads what follows a backslash. Bytes are text in UTF-8, or else Latin-1.
  #escape() {
    const hex = /^[0-9A-F]{2}(?:\\[0-9A-F]{2})*/.exec(this.rest)?.[0];
    if (hex) {
      this.rest = this.rest.slice(hex.length);
      const bytes = Uint8Array.from(hex.split("\\"), (pair) => parseInt(pair, 16));
      try {
        return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
      } catch {
        return String.fromCharCode(...bytes);
      }
    }
    const c = this.rest.slice(0, 1);
    this.rest = this.rest.slice(1);
    return escapes[c] ?? c;
  }
}
