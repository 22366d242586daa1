// The users of a router, PPP and hotspot in one shape:
//   {service: "ppp" or "hotspot", ".id", name, address, mac, login, comment, down, up,
//    downloaded, uploaded, limit, source}
// down and up are bits per second, downloaded and uploaded bytes of the session, all from
// the side of the user; source is the row of the router. What is not known is NaN.
import { duration, rate } from "./format.js";
import { get, routerPath } from "./session.js";
import * as store from "./store.js";

const topics = { ppp: "ppp_active", hotspot: "hotspot_active" };

const keyOf = (row) => row.service + row[".id"];

const askInterval = 5000; // milliseconds; the server has new rates no sooner

// Users joins the tables of a router to one. Its rows stay the same objects while nothing
// of them changes. The hundred with the most traffic come in the stream; the rates of others
// are asked for while they are in sight.
export class Users {
  #rows = new Map();
  #asked = new Map(); // rates of others, by key
  #askedAt = -Infinity;

  constructor(id) {
    this.id = id;
  }

  // rows returns a Map from key to row.
  rows() {
    const top = new Map();
    for (const row of store.table(this.id, "top_users").values()) top.set(keyOf(row), row);
    const rows = new Map();
    for (const [service, topic] of Object.entries(topics)) {
      for (const [id, source] of store.table(this.id, topic)) {
        const key = service + id;
        const before = this.#rows.get(key);
        const traffic = top.get(key) ?? this.#asked.get(key);
        rows.set(key, before?.source === source && before.traffic === traffic ? before : rowOf(service, source, traffic));
      }
    }
    this.#rows = rows;
    return rows;
  }

  // want asks for the rates of rows in sight that the stream does not bring.
  async want(rows, search) {
    const now = performance.now();
    if (now - this.#askedAt < askInterval || rows.every((row) => Number.isFinite(row.down))) return;
    this.#askedAt = now;
    const top = store.table(this.id, "top_users").size;
    if (top === 0) return;
    try {
      const query = search ? { q: search, limit: 100 } : { sort: "download", offset: top, limit: 500 };
      const { users } = await get(routerPath(this.id, "users") + "?" + new URLSearchParams(query));
      this.#asked = new Map(users.map((row) => [keyOf(row), row]));
    } catch {
      // the rows stay without rates
    }
  }
}

function rowOf(service, source, traffic) {
  const hotspot = service === "hotspot";
  return {
    service, ".id": source[".id"], source, traffic,
    name: (hotspot ? source.user : source.name) || source["mac-address"] || "?",
    address: source.address ?? "", mac: (hotspot ? source["mac-address"] : source["caller-id"]) ?? "",
    login: (hotspot ? source["login-by"] : source.service) ?? "", comment: source.comment ?? "", limit: limitOf(traffic?.limit),
    // For the router, what a user downloads goes out.
    down: traffic?.["tx-bits-per-second"] ?? NaN, up: traffic?.["rx-bits-per-second"] ?? NaN,
    downloaded: traffic?.["bytes-out"] ?? source["bytes-out"] ?? NaN, uploaded: traffic?.["bytes-in"] ?? source["bytes-in"] ?? NaN,
  };
}

export const uptimeOf = (user) => duration(store.uptime(user.source));

// limitOf writes max-limit of a queue, which is upload/download.
function limitOf(limit) {
  const [up, down] = (limit ?? "").split("/").map(Number);
  return up || down ? `↓ ${rate(down || NaN)} ↑ ${rate(up || NaN)}` : "";
}
