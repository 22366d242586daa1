// The users of a router, PPP and hotspot in one shape:
//   {service: "ppp" or "hotspot", ".id", name, address, mac, login, comment, down, up,
//    downloaded, uploaded, limit, source}
// down and up are bits per second, downloaded and uploaded bytes of the session, all from
// the side of the user; source is the row of the router. What is not known is NaN.
import { duration } from "./format.js";
import * as store from "./store.js";

const topics = { ppp: "ppp_active", hotspot: "hotspot_active" };

// Users joins the tables of a router to one. Its rows stay the same objects while nothing
// of them changes.
export class Users {
  #rows = new Map();

  constructor(id) {
    this.id = id;
  }

  // rows returns a Map from key to row.
  rows() {
    const rates = store.table(this.id, "top_users");
    const rows = new Map();
    for (const [service, topic] of Object.entries(topics)) {
      for (const [id, source] of store.table(this.id, topic)) {
        const key = service + id;
        const before = this.#rows.get(key);
        const rate = rates.get(key) ?? before?.rate;
        rows.set(key, before?.source === source && before.rate === rate ? before : rowOf(service, source, rate));
      }
    }
    this.#rows = rows;
    return rows;
  }
}

function rowOf(service, source, rate) {
  const hotspot = service === "hotspot";
  return {
    service, ".id": source[".id"], source, rate,
    name: (hotspot ? source.user : source.name) || source["mac-address"] || "?",
    address: source.address ?? "", mac: (hotspot ? source["mac-address"] : source["caller-id"]) ?? "",
    login: (hotspot ? source["login-by"] : source.service) ?? "", comment: source.comment ?? "", limit: rate?.limit ?? "",
    // To the router, what a user downloads goes out.
    down: rate?.["tx-bits-per-second"] ?? NaN, up: rate?.["rx-bits-per-second"] ?? NaN,
    downloaded: rate?.["bytes-out"] ?? source["bytes-out"] ?? NaN, uploaded: rate?.["bytes-in"] ?? source["bytes-in"] ?? NaN,
  };
}

export const uptimeOf = (user) => duration(store.uptime(user.source));
