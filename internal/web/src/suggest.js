// The words below the line of the terminal: what completes it, else what was run before
// and examples. Tab takes the first.
import { completions, partsOf } from "./complete.js";
import { el } from "./dom.js";
import { t } from "./i18n.js";
import { recent } from "./typed.js";

const examples = ["/interface print", "/ip address print", "/system resource print", "/interface monitor-traffic interface=ether1", "/ping address=127.0.0.1"];
const pause = 250; // milliseconds without a key before the router is asked
const old = 5; // commands of before that are offered

// suggestions offers lines for an input of a router; took() is called when one was taken.
export function suggestions(id, input, took) {
  const node = el("div", { class: "chips", role: "group", "aria-label": t("suggestions") });
  let timer = 0, asked = "";

  function take(line) {
    input.value = line;
    input.focus();
    took();
    update();
  }

  const show = (list) => node.replaceChildren(...list.map(([line, text]) => el("button", { class: "chip code", type: "button", text, on: { click: () => take(line) } })));

  function update() {
    clearTimeout(timer);
    asked = input.value;
    if (!asked.trim()) return show([...new Set([...recent().slice(0, old), ...examples])].map((line) => [line, line]));
    timer = setTimeout(look, pause);
  }

  async function look() {
    const line = asked;
    const found = await completions(id, line);
    if (line !== asked) return; // more was typed meanwhile
    show(found.map((whole) => [whole, whole.slice(partsOf(line).before.length).trim()]));
  }

  function keydown(event) {
    if (event.key !== "Tab" || event.shiftKey || !input.value.trim() || !node.firstChild) return;
    event.preventDefault();
    node.firstChild.click();
  }

  input.addEventListener("input", update);
  input.addEventListener("keydown", keydown);
  update();
  return { node, update, close: () => clearTimeout(timer) };
}
