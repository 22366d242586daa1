// The console of a router: a command, its answer as a table, row by row, and a
// button that stops it.
import { words } from "./command.js";
import { complain } from "./complaint.js";
import { el, icon, setText } from "./dom.js";
import { number } from "./format.js";
import { Grid } from "./grid.js";
import { t } from "./i18n.js";
import { run } from "./run.js";
import { may } from "./session.js";

const most = 5000; // rows that are kept
const examples = ["/interface print", "/ip address print", "/system resource print", "/interface monitor-traffic interface=ether1", "/ping address=127.0.0.1"];
const arrivals = new WeakMap(); // which number a row is
const typed = []; // commands of this page, oldest first

export function consoleView(id) {
  if (!may("run")) return { node: el("p", { class: "muted nothing", text: t("mayNotRun") }), close() {} };
  let stop = null; // ends the command that runs
  let grid = null;
  let place = 0; // in typed, while arrow keys go through it
  const input = el("input", {
    id: "command", placeholder: t("commandHint"), autocomplete: "off", autocapitalize: "none", spellcheck: "false", class: "code",
    on: { input: preview, keydown: recall },
  });
  const button = el("button", { class: "primary", type: "submit" });
  const sent = el("p", { class: "muted small code" });
  const status = el("p", { role: "status", class: "small" });
  const error = el("div", { role: "alert" });
  const answer = el("div", { class: "answer" });
  const node = el("div", { class: "console" },
    el("form", { on: { submit } }, el("label", { for: "command", text: t("command") }), el("div", { class: "prompt" }, input, button)),
    el("div", { class: "chips", role: "group", "aria-label": t("examples") }, examples.map((text) => el("button", { class: "chip code", type: "button", text, on: { click: () => { input.value = text; preview(); input.focus(); } } }))),
    sent, status, error, answer);
  label();

  function label() {
    button.replaceChildren(icon(stop ? "stop" : "play"), t(stop ? "stop" : "run"));
    button.className = stop ? "danger" : "primary";
  }

  function preview() {
    const list = words(input.value);
    setText(sent, list.length > 0 ? t("sentAs") + "  " + list.join("  ") : "");
  }

  function recall(event) {
    const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (!step || typed.length === 0) return;
    event.preventDefault();
    place = Math.max(0, Math.min(typed.length, place + step));
    input.value = typed[place] ?? "";
    preview();
  }

  async function submit(event) {
    event.preventDefault();
    if (stop) return stop.abort();
    const args = words(input.value);
    if (args.length === 0) return input.focus();
    if (typed.at(-1) !== input.value) typed.push(input.value);
    place = typed.length;
    stop = new AbortController();
    label();
    await carryOut(args, stop);
    stop = null;
    label();
  }

  // carryOut runs the command and shows what comes.
  async function carryOut(args, { signal }) {
    const rows = new Map();
    const out = answerTable(answer, () => grid, (g) => { grid?.close(); grid = g; });
    let count = 0, timer = 0;
    out.clear();
    error.replaceChildren();
    const show = () => {
      timer = 0;
      out.show(rows);
      setText(status, t("runs", { n: count, count: number(count) }));
    };
    setText(status, t("runs", { n: 0, count: number(0) }));
    const end = (key, values = {}) => {
      clearTimeout(timer);
      out.show(rows);
      setText(status, t(key, { n: count, count: number(count), ...values }) + (count > most ? " " + t("onlyNewest", { count: number(most) }) : ""));
    };
    try {
      const done = await run(id, args, (row) => {
        arrivals.set(row, count);
        rows.set(String(count++), row);
        if (rows.size > most) rows.delete(rows.keys().next().value);
        timer ||= setTimeout(show, 150);
      }, signal);
      end(done.ret === undefined ? "done" : "doneValue", { value: done.ret });
    } catch (failure) {
      if (signal.aborted) return end("stopped");
      end("failed");
      complain(error, failure);
    }
  }

  return {
    node,
    close() {
      stop?.abort();
      grid?.close();
    },
  };
}

// answerTable shows rows under the columns that they have, in order of arrival.
function answerTable(place, current, replace) {
  let names = [];
  return {
    clear() {
      names = [];
      replace(null);
      place.replaceChildren();
    },
    show(rows) {
      const before = names.length;
      for (const row of rows.values()) {
        for (const name of Object.keys(row)) if (!names.includes(name)) names.push(name);
      }
      if (names.length === 0) return;
      if (names.length > before) {
        const arrival = { key: "#", label: "#", width: "64px", end: true, text: (row) => number(arrivals.get(row) + 1), order: (row) => arrivals.get(row) };
        replace(new Grid({
          label: t("result"), marks: false, empty: "", sort: "#",
          columns: [arrival, ...names.map((name) => ({ key: name, label: name, width: "minmax(140px, 1fr)", text: (row) => row[name] ?? "" }))],
        }));
        place.replaceChildren(current().node);
      }
      current().update(rows);
    },
  };
}
