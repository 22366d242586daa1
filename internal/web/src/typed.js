// The commands that were run on this device, the newest first. Those that may hold a
// secret are kept until the page is closed, and all are forgotten when the user signs out.
import { remember, remembered } from "./settings.js";

const kept = 50;
const secret = /pass|secret|psk|key|token/i;

let list = stored();

function stored() {
  try {
    const lines = JSON.parse(remembered("commands") ?? "[]");
    return Array.isArray(lines) ? lines.filter((line) => typeof line === "string") : [];
  } catch {
    return []; // not of this page
  }
}

export const recent = () => list;

// typed notes a command that is run.
export function typed(line) {
  list = [line, ...list.filter((other) => other !== line)].slice(0, kept);
  remember("commands", JSON.stringify(list.filter((other) => !secret.test(other))));
}

export function forgetTyped() {
  list = [];
  remember("commands", "[]");
}
