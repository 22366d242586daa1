// Which instance of a fleet serves this page. A single server has no name.
import { get, may } from "./session.js";

let name = "";
let asked = false;

export const servedBy = () => name;

// askServing asks for it once after each login or return of the stream, where routers have
// owners; told() is called when it is known.
export async function askServing(routers, told) {
  if (asked || !may("connect") || !routers.some((r) => r.instance)) return;
  asked = true;
  try {
    name = (await get("fleet")).instance ?? "";
  } catch {
    return; // the owners of the routers are known all the same
  }
  told();
}

// forgetServing is called when another instance may serve the page.
export function forgetServing() {
  [name, asked] = ["", false];
}
