// Watches all routers and prints, as JSON lines, what it holds of router a after every
// event: node watcher.mjs URL KEY
import { Mikronec } from "../dist/client.js";

const [url, key] = process.argv.slice(2);
const watch = new Mikronec({ url, key }).watch({
  routers: "*", topics: ["ppp_active", "hotspot_active"], mode: "delta", backOff: { firstMs: 50, mostMs: 200 },
});
let [resets, again] = [0, 0];
for await (const e of watch) {
  if (e.event === "reset" && e.data.router_id === "a" && e.data.topic === "ppp_active") resets++;
  if (e.event === "state" && e.state === "live" && e.resumed) again++;
  const users = [...(watch.tables.get("a", "ppp_active")?.values() ?? [])].map((row) => row.name).sort();
  console.log(JSON.stringify({ users, resets, again }));
}
