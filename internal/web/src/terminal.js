// The terminal of a router: a command, its rows in a table as they arrive, and a
// button that stops it.
import { Cannot, words } from "./command.js";
import { el, icon, setText } from "./dom.js";
import { showFailure } from "./failure.js";
import { goneSignal } from "./feed.js";
import { number } from "./format.js";
import { Grid } from "./grid.js";
import { t } from "./i18n.js";
import { openRestart, restarting } from "./restart.js";
import { run } from "./run.js";
import { may, url } from "./session.js";
import { copyText } from "./sheet.js";
import { suggestions } from "./suggest.js";
import { recent, typed } from "./typed.js";

const maxRows = 5000; // the newest are kept
const arrivals = new WeakMap(); // number of a row, in order of arrival

// The codes after which the command may have been executed.
const uncertain = new Set(["offline", "no_answer", "router_unreachable", "timeout", "reply_too_large", "too_much_in_flight"]);

export function terminalView(id) {
  if (!may("run")) return { node: el("p", { class: "muted nothing", text: t("mayNotRun") }), close() {} };
  let stop = null; // AbortController of the command that runs
  let grid = null;
  let place = -1; // in the commands of before, moved by the arrow keys; -1 for a new line
  const input = el("input", {
    id: "command", placeholder: t("commandHint"), autocomplete: "off", autocapitalize: "none", spellcheck: "false", class: "code",
    on: { input: preview, keydown: browseHistory },
  });
  const button = el("button", { class: "primary", type: "submit" });
  const offers = suggestions(id, input, preview);
  const sent = el("p", { class: "muted small code" });
  const curl = el("button", { class: "quiet small", type: "button", hidden: true, on: { click: () => copyText(curlOf(id, parsed() ?? [])) } }, icon("copy"), t("copyCurl"));
  const status = el("p", { role: "status", class: "small" });
  const error = el("div", { role: "alert" });
  const answer = el("div", { class: "answer" });
  const node = el("div", { class: "terminal" },
    el("form", { on: { submit } }, el("label", { for: "command", text: t("command") }), el("div", { class: "prompt" }, input, button)),
    offers.node, el("div", { class: "row" }, sent, curl), status, error, answer);
  label();

  function label() {
    button.replaceChildren(icon(stop ? "stop" : "play"), t(stop ? "stop" : "run"));
    button.className = stop ? "danger" : "primary";
  }

  // parsed is the words of the line, or null if the API cannot do what it says.
  function parsed(refused = () => {}) {
    try {
      return words(input.value);
    } catch (cannot) {
      if (!(cannot instanceof Cannot)) throw cannot;
      refused(cannot);
      return null;
    }
  }

  function preview() {
    const list = parsed() ?? [];
    setText(sent, list.length > 0 ? t("sentAs") + "  " + list.join("  ") : "");
    curl.hidden = list.length === 0;
  }

  function browseHistory(event) {
    const step = { ArrowUp: 1, ArrowDown: -1 }[event.key];
    if (!step || recent().length === 0) return;
    event.preventDefault();
    place = Math.max(-1, Math.min(recent().length - 1, place + step));
    input.value = recent()[place] ?? "";
    preview();
  }

  async function submit(event) {
    event.preventDefault();
    if (stop) return stop.abort();
    const args = parsed(showCannot);
    if (args?.length === 0) return input.focus();
    typed(input.value.trim());
    place = -1;
    if (args === null) return;
    if (restarting(args)) {
      clear();
      return openRestart(id, args, (note) => setText(status, note));
    }
    stop = new AbortController();
    label();
    await execute(args, stop);
    stop = null;
    label();
  }

  function clear() {
    error.replaceChildren();
    setText(status, "");
    grid?.close();
    grid = null;
    answer.replaceChildren();
  }

  function showCannot(cannot) {
    clear();
    error.replaceChildren(el("div", { class: "failure", data: { code: "cannot" } }, icon("warn"),
      el("div", {}, el("p", { class: "what", text: t("cannotTitle") }), el("p", { text: cannot.message }))));
  }

  // execute runs the command and shows its rows and its end.
  async function execute(args, control) {
    const { signal } = control;
    const gone = goneSignal();
    const leave = () => control.abort(gone.reason);
    gone.addEventListener("abort", leave);
    const rows = new Map();
    const out = answerTable(answer, () => grid, (g) => { grid?.close(); grid = g; });
    const progress = () => t("runs", { n: count, count: number(count) });
    let count = 0, timer = 0;
    out.clear();
    error.replaceChildren();
    const show = () => {
      timer = 0;
      out.show(rows);
      setText(status, progress());
    };
    setText(status, progress());
    const end = (text) => {
      clearTimeout(timer);
      out.show(rows);
      setText(status, text + (count > maxRows ? " " + t("onlyNewest", { count: number(maxRows) }) : ""));
    };
    try {
      const done = await run(id, args, (row) => {
        arrivals.set(row, count);
        rows.set(String(count++), row);
        if (rows.size > maxRows) rows.delete(rows.keys().next().value);
        timer ||= setTimeout(show, 150);
      }, signal);
      end(done.ret === undefined ? t("done", { n: count, count: number(count) }) : t("doneValue", { value: done.ret }));
    } catch (failure) {
      if (failure.name === "AbortError") return end(t("stopped", { n: count, count: number(count) }));
      end(t("failed"));
      showFailure(error, failure, uncertain.has(failure.code) && t("mayHaveRun"));
    } finally {
      gone.removeEventListener("abort", leave);
    }
  }

  return {
    node,
    close() {
      offers.close();
      stop?.abort();
      grid?.close();
    },
  };
}

// curlOf is the command of a shell that does the same. The key is not in it.
function curlOf(id, args) {
  const quoted = (text) => "'" + text.replaceAll("'", "'\\''") + "'";
  return `curl -sS -X POST ${quoted(url("run").href)} -H "X-API-Key: $MIKRONEC_KEY" -H 'Content-Type: application/json' -d ${quoted(JSON.stringify({ router_id: id, args }))}`;
}

// answerTable shows rows in order of arrival, with a column for each field. It
// replaces the grid when a row has a new field.
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
          label: t("result"), empty: "", sort: "#",
          columns: [arrival, ...names.map((name) => ({ key: name, label: name, width: `minmax(${Math.max(140, 48 + 8 * name.length)}px, 1fr)`, text: (row) => row[name] ?? "" }))],
        }));
        place.replaceChildren(current().node);
      }
      current().update(rows);
    },
  };
}
