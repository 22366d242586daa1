// What the server has kept of a router, see GET /routers/{id}/history. No router is asked.
import { now } from "./clock.js";
import { get, routerPath } from "./session.js";
import { Steps } from "./series.js";

// maxNames is how many series a request may name.
const maxNames = 100;

// past returns the series of these names since so many seconds ago, as a Map from name to
// Steps; it is empty where the server keeps none.
export async function past(id, names, { seconds, step }) {
  const query = new URLSearchParams({ series: names.slice(0, maxNames).map(asked).join(), from: seconds + "s", step });
  const { from, step: length, series } = await get(routerPath(id, "history") + "?" + query);
  const count = Math.max(0, ...Object.values(series).map((values) => values.length));
  const began = ofServer(Date.parse(from) / 1000, length, count);
  return new Map(Object.entries(series).map(([name, values]) => [name, new Steps(began, length, values.map((v) => v ?? NaN), now())]));
}

// asked is a name as it is asked for: a comma would end it.
const asked = (name) => name.replace(/,.*/, "*");

// ofServer converts the beginning of count steps, the last of which is under way, to a time
// of the page. Where the clock of this device does not agree, half of that step has passed.
function ofServer(from, step, count) {
  const passed = Date.now() / 1000 - from;
  const agrees = passed > (count - 1) * step - 5 && passed < count * step + 5;
  return now() - (agrees ? passed : (count - 0.5) * step);
}
