// Ping and Torch in a sheet: a command that runs until the sheet is closed, with its
// newest rows.
import { el, icon } from "./dom.js";
import { showFailure } from "./failure.js";
import { rate } from "./format.js";
import { t } from "./i18n.js";
import { run } from "./run.js";

const kept = 8; // lines shown
const slots = 200; // rows of a torch, by connection

// Tool shows one command at a time in its node.
export class Tool {
  #stop = null;

  constructor(id) {
    this.id = id;
    this.node = el("div", { class: "tool" });
  }

  close() {
    this.#stop?.abort();
    this.#stop = null;
  }

  ping(address) {
    const lines = [];
    this.#start(t("pingOf", { address }), ["/ping", "=address=" + address, "=interval=1"], (row) => {
      lines.unshift([row.host ?? address, row.status ?? row.time ?? "", lossOf(row)]);
      return lines.splice(kept), lines;
    });
  }

  // torch shows who talks to whom, the most first. Rates are as seen from the user: the
  // router's tx is what the user downloads.
  torch(iface, address = "") {
    const words = ["/tool/torch", "=interface=" + iface, "=src-address=" + (address ? address + "/32" : "0.0.0.0/0"), "=dst-address=0.0.0.0/0"];
    const flows = new Map();
    let section = "";
    this.#start(t("torchOf", { name: iface }), words, (row) => {
      if (row[".section"] !== section || flows.size > slots) flows.clear();
      section = row[".section"];
      if (row["src-address"] || row["dst-address"]) flows.set([row["src-address"], row["dst-address"]].join(" "), row);
      const total = (r) => Number(r.tx ?? 0) + Number(r.rx ?? 0);
      return [...flows.values()].sort((a, b) => total(b) - total(a)).slice(0, kept)
        .map((r) => [`${r["src-address"] ?? "?"} → ${r["dst-address"] ?? "?"}`, "↓ " + rate(Number(r.tx)), "↑ " + rate(Number(r.rx))]);
    });
  }

  // #start runs a command; lines(row) takes a row and returns what to show, texts by line.
  async #start(title, args, lines) {
    this.close();
    const stop = this.#stop = new AbortController();
    const list = el("ol", { class: "toollines" });
    const error = el("div", { role: "alert" });
    const end = el("button", { class: "quiet", type: "button", on: { click: () => stop.abort() } }, icon("stop"), t("stop"));
    this.node.replaceChildren(el("div", { class: "row" }, el("h3", { text: title }), el("span", { class: "spacer" }), end), list, error);
    let timer = 0, shown = [];
    const draw = () => {
      timer = 0;
      list.replaceChildren(...shown.map((texts) => el("li", {}, texts.map((text) => el("span", { text })))));
    };
    try {
      await run(this.id, args, (row) => {
        shown = lines(row);
        timer ||= setTimeout(draw, 200);
      }, stop.signal);
    } catch (failure) {
      if (failure.name !== "AbortError") showFailure(error, failure);
    }
    end.remove();
  }
}

const lossOf = (row) => (row["packet-loss"] === undefined ? "" : t("loss", { n: row["packet-loss"] }));
