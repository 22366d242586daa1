// Requests and their errors, against a server that behaves as the test says.
import assert from "node:assert/strict";
import test from "node:test";
import { Mikronec, MikronecError } from "../dist/client.js";
import { answer, cut, failure, serve } from "./server.mjs";

const data = (value) => answer(JSON.stringify({ success: true, data: value }));
const ndjson = (...lines) => answer(lines.map((line) => JSON.stringify(line) + "\n").join(""), 200, "application/x-ndjson");

const settings = { host: "192.0.2.1", user: "api", pass: "x" };
const user = { service: "ppp", ".id": "*1", name: "budi" };
const calls = {
  routers: [(c) => c.routers(), "GET /routers"],
  router: [(c) => c.router("a b"), "GET /routers/a%20b"],
  connect: [(c) => c.connect("a", settings), "POST /connect", { router_id: "a", ...settings }],
  disconnect: [(c) => c.disconnect("a"), "POST /disconnect", { router_id: "a" }],
  putRouter: [(c) => c.putRouter("a", settings), "PUT /routers/a", settings],
  changeRouter: [(c) => c.changeRouter("a", { tls: null }), "PATCH /routers/a", { tls: null }],
  deleteRouter: [(c) => c.deleteRouter("a"), "DELETE /routers/a"],
  systemInfo: [(c) => c.systemInfo("a&b"), "GET /system-info?router=a%26b"],
  run: [(c) => c.run("a", ["/ip/address/print"], { timeout: 5 }), "POST /run", { router_id: "a", args: ["/ip/address/print"], timeout: 5 }],
  retryRouter: [(c) => c.retryRouter("a"), "POST /routers/a/retry"],
  rebootRouter: [(c) => c.rebootRouter("a", "gw"), "POST /routers/a/reboot", { confirm: "gw" }],
  users: [(c) => c.users("a", { q: "budi x", limit: 5, sort: undefined }), "GET /routers/a/users?q=budi+x&limit=5"],
  disconnectUser: [(c) => c.disconnectUser("a", user), "POST /routers/a/users/disconnect", user],
  disableUser: [(c) => c.disableUser("a", user), "POST /routers/a/users/disable", user],
  alerts: [(c) => c.alerts(), "GET /alerts"],
  search: [(c) => c.search("02:00", { limit: 7 }), "GET /search?q=02%3A00&limit=7"],
  history: [(c) => c.history("a", { series: "cpu,ppp", from: "1h", step: 300 }), "GET /routers/a/history?series=cpu%2Cppp&from=1h&step=300"],
  examine: [(c) => c.examine("a"), "GET /routers/a/doctor"],
  fleet: [(c) => c.fleet(), "GET /fleet"],
  alertHistory: [(c) => c.alertHistory({ limit: 5 }), "GET /alerts/history?limit=5"],
  silenceAlert: [(c) => c.silenceAlert("a1", "2h"), "POST /alerts/a1/silence", { for: "2h" }],
  receivers: [(c) => c.receivers(), "GET /alerts/receivers"],
  testReceiver: [(c) => c.testReceiver("noc"), "POST /alerts/receivers/noc/test"],
  openAPI: [(c) => c.openAPI(), "GET /openapi.json"],
  ticket: [(c) => c.ticket({ routers: "all", ttl: 60 }), "POST /tickets", { routers: "all", ttl: 60 }],
  whoami: [(c) => c.whoami(), "GET /whoami"],
  keys: [(c) => c.keys(), "GET /keys"],
  createKey: [(c) => c.createKey({ name: "noc", role: "viewer", routers: ["*"] }), "POST /keys", { name: "noc", role: "viewer", routers: ["*"] }],
  revokeKey: [(c) => c.revokeKey("noc"), "DELETE /keys/noc"],
  invitations: [(c) => c.invitations(), "GET /invitations"],
  invite: [(c) => c.invite({ name: "guest", role: "viewer", routers: ["a"], ttl: 3600 }), "POST /invitations", { name: "guest", role: "viewer", routers: ["a"], ttl: 3600 }],
  withdrawInvitation: [(c) => c.withdrawInvitation("guest"), "DELETE /invitations/guest"],
  exchangeInvitation: [(c) => c.exchangeInvitation("mi_x"), "POST /invitations/exchange", { token: "mi_x" }],
  health: [(c) => c.health(), "GET /healthz"],
  ready: [(c) => c.ready(), "GET /readyz"],
};
for (const [name, [call, line, body]] of Object.entries(calls)) {
  test(`${name} sends ${line}`, async (t) => {
    let sent = "";
    const { url, requests } = await serve(t, (response, request) => {
      request.on("data", (chunk) => (sent += chunk)).on("end", () => data({ router_id: "a" })(response));
    });
    await call(new Mikronec({ url: url + "/", key: async () => "secret" }));
    assert.equal(`${requests[0].method} ${requests[0].url.pathname}${requests[0].url.search}`, line);
    assert.equal(requests[0].headers["x-api-key"], "secret");
    assert.equal(requests[0].headers["content-type"], body && "application/json");
    assert.deepEqual(sent ? JSON.parse(sent) : undefined, body);
  });
}

test("a server may be below a path", async (t) => {
  const { url, requests } = await serve(t, data([]));
  for (const base of [url + "/mikronec", url + "/mikronec/", new URL(url + "/mikronec?x=1#y")]) await new Mikronec({ url: base, key: "k" }).routers();
  assert.deepEqual(requests.map((r) => r.url.href), Array(3).fill("http://server/mikronec/routers"));
  assert.throws(() => new Mikronec({ url: "http://key@server/" }), TypeError);
  assert.throws(() => new Mikronec(), TypeError, "there is no page to ask");
});

for (const [name, { by, want }] of Object.entries({
  "an error of the server": { by: failure(429, "rate_limited", { "Retry-After": "7" }), want: { code: "rate_limited", status: 429, requestId: "r1", retryAfter: 7, sent: false, message: "it is rate_limited" } },
  "a router that does not answer": { by: failure(504, "timeout"), want: { code: "timeout", status: 504, sent: true } },
  "a proxy": { by: answer("<h1>Bad Gateway</h1>", 502, "text/html"), want: { code: "foreign_answer", status: 502, sent: true } },
  "a page": { by: answer("<h1>Hello</h1>", 200, "text/html"), want: { code: "foreign_answer", status: 200 } },
  "something else than JSON": { by: answer("{", 200), want: { code: "foreign_answer", status: 200 } },
  "no connection": { by: cut, want: { code: "network", status: 0, sent: true } },
  "no answer": { by: () => {}, want: { code: "no_answer", status: 0, sent: true } },
  "half an answer": { by: (response) => response.writeHead(200, { "Content-Type": "application/json" }).write('{"success"'), want: { code: "no_answer" } },
  "REST": {
    by: answer(JSON.stringify({ error: 400, message: "Bad Request", detail: "no such command", code: "router_refused", request_id: "r2" }), 400),
    want: { code: "router_refused", status: 400, requestId: "r2", message: "no such command" },
  },
  "a refusal": {
    by: answer(JSON.stringify({ success: false, error: "no", code: "router_refused", request_id: "r3", traps: [{ message: "no", category: 4 }], data: [{ a: "b" }] }), 422),
    want: { code: "router_refused", sent: true, traps: [{ message: "no", category: 4 }], rows: [{ a: "b" }] },
  },
})) {
  test(`it throws ${name}`, async (t) => {
    const { url } = await serve(t, by);
    await assert.rejects(new Mikronec({ url, key: "k", timeoutMs: 300 }).run("a", ["/x"]), (error) => {
      assert.ok(error instanceof MikronecError);
      for (const [field, value] of Object.entries(want)) assert.deepEqual(error[field], value, field);
      return true;
    });
  });
}

test("the caller's signal is thrown as it is", async (t) => {
  const { url } = await serve(t, () => {});
  const controller = new AbortController();
  const why = new Error("enough");
  setTimeout(() => controller.abort(why), 20);
  await assert.rejects(new Mikronec({ url, key: "k" }).routers({ signal: controller.signal }), why);
});

// read returns what a generator yields and, at last, returns.
async function read(generator) {
  const all = [];
  for (;;) {
    const { value, done } = await generator.next();
    all.push(value);
    if (done) return all;
  }
}

test("rows come one by one, and end as the command does", async (t) => {
  const trap = { trap: { message: "no", traps: [{ message: "no", category: 4 }] } };
  const error = { error: { success: false, error: "gone", code: "router_unreachable", request_id: "r" } };
  const { url } = await serve(t, ndjson({ row: { a: "1" } }, { row: { a: "2" } }, { done: { ret: "*1" } }), ndjson(trap), ndjson(error), ndjson({ row: { a: "1" } }));
  const client = new Mikronec({ url, key: "k" });
  assert.deepEqual(await read(client.rows("a", ["/ping"])), [{ a: "1" }, { a: "2" }, { ret: "*1" }]);
  await assert.rejects(read(client.rows("a", ["/ping"])), { code: "router_refused", message: "no", traps: [{ message: "no", category: 4 }] });
  await assert.rejects(read(client.rows("a", ["/ping"])), { code: "router_unreachable", requestId: "r" });
  await assert.rejects(read(client.rows("a", ["/ping"])), { code: "network", message: "the answer ended early" });
});

test("a batch gives its lines, then the summary", async (t) => {
  const lines = [{ router_id: "a", success: true, data: [] }, { router_id: "b", success: false, error: "no", code: "timeout" }];
  const summary = { routers: 2, ok: 1, failed: 1, skipped: 0, took_ms: 3 };
  const { url } = await serve(t, ndjson(...lines, { summary }));
  assert.deepEqual(await read(new Mikronec({ url, key: "k" }).batch("all", ["/x"], { concurrency: 2 })), [...lines, summary]);
});

test("REST takes the paths of the router", async (t) => {
  const { url, requests } = await serve(t, answer("[]"), answer("{}"), answer("{}", 201), answer("{}"), answer("", 204, "text/plain"), answer("[]"));
  const rest = new Mikronec({ url, key: "k" }).rest("a b");
  await rest.list("ip/address", { interface: "ether1", ".proplist": "address" });
  await rest.get("/interface/ether 1");
  await rest.add("ip/address", { address: "192.0.2.1/24", disabled: false });
  await rest.set("ip/address/*1", { comment: null });
  assert.equal(await rest.remove("ip/address/*1"), undefined);
  await rest.command("system/reboot");
  assert.deepEqual(requests.map((r) => `${r.method} ${r.url.pathname}${r.url.search}`), [
    "GET /routers/a%20b/rest/ip/address?interface=ether1&.proplist=address", "GET /routers/a%20b/rest/interface/ether%201",
    "PUT /routers/a%20b/rest/ip/address", "PATCH /routers/a%20b/rest/ip/address/*1", "DELETE /routers/a%20b/rest/ip/address/*1",
    "POST /routers/a%20b/rest/system/reboot",
  ]);
});
