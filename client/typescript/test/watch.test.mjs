// Watches, against a server that behaves as the test says.
import assert from "node:assert/strict";
import test from "node:test";
import { Mikronec, MikronecError } from "../dist/client.js";
import { answer, cut, event, failure, serve, stream } from "./server.mjs";

const query = { routers: "a", topics: ["ppp_active"], mode: "delta", backOff: { firstMs: 1, mostMs: 5 } };
const snapshot = (id, ...names) => event(id, { router_id: "a", topic: "ppp_active", type: "snapshot", rows: names.map((name) => ({ ".id": "*" + name, name })), ts: 1 });
const delta = (id, parts) => event(id, { router_id: "a", topic: "ppp_active", type: "delta", ...parts, ts: 2 });
const reset = event("", { router_id: "a", topic: "ppp_active" }, "reset");
const end = (reason) => event("", { reason }, "end");
const row = (name) => ({ ".id": "*" + name, name });
const names = (watch) => [...watch.tables.get("a", "ppp_active").values()].map((r) => r.name).join();
const open = { end: false };

// watched reads a watch until done(event) is true or it ends, and returns what it yielded, as short texts.
async function watched(watch, done = () => false) {
  const seen = [];
  for await (const e of watch) {
    seen.push(e.event === "state" ? e.state + (e.resumed ? " again" : "") : e.event === "message" ? e.data.type : e.event);
    if (done(e)) break;
  }
  return seen;
}

test("it goes on after a loss with the last id, and applies what changed", async (t) => {
  const { url, requests } = await serve(t,
    stream("retry: 1\n" + snapshot("1", "x", "y") + delta("2", { removed: ["*x"] })),
    cut,
    stream(delta("3", { added: [row("z")], changed: [{ ...row("y"), name: "Y" }] }), open));
  const watch = new Mikronec({ url, key: "secret" }).watch(query);
  assert.deepEqual(await watched(watch, (e) => e.id === "3"),
    ["connecting", "live", "snapshot", "delta", "lost", "connecting", "lost", "connecting", "live again", "delta"]);
  assert.equal(names(watch), "Y,z");
  assert.deepEqual(requests.map((r) => r.headers["last-event-id"]), [undefined, "2", "2"]);
  assert.deepEqual(requests.map((r) => r.headers["x-api-key"]), ["secret", "secret", "secret"]);
  assert.equal(requests[0].url.pathname + requests[0].url.search, "/sse/a?topics=ppp_active&mode=delta&heartbeat=event");
});

test("after a reset no change is applied before the snapshot", async (t) => {
  const { url } = await serve(t, stream(snapshot("1", "x") + reset + delta("2", { added: [row("z")] }) + event("", { ts: 1 }, "heartbeat") + snapshot("3", "y"), open));
  const watch = new Mikronec({ url, key: "secret" }).watch(query);
  await watched(watch, (e) => {
    if (e.event === "heartbeat") {
      assert.equal(names(watch), "x", "the rows are kept to be shown");
      assert.equal(watch.tables.error("a", "ppp_active"), "waiting for a snapshot");
    }
    return e.id === "3";
  });
  assert.equal(names(watch), "y");
  assert.equal(watch.tables.error("a", "ppp_active"), null);
});

test("each connection has a ticket of its own, and no key", async (t) => {
  const { url, requests } = await serve(t, stream(snapshot("1", "x")), failure(401, "ticket_expired"), stream(snapshot("2", "x"), open));
  let tickets = 0;
  await watched(new Mikronec({ url, ticket: async () => "t" + ++tickets }).watch(query), (e) => e.id === "2");
  assert.deepEqual(requests.map((r) => r.url.searchParams.get("ticket")), ["t1", "t2", "t3"]);
  assert.ok(requests.every((r) => !("x-api-key" in r.headers)));
});

for (const [name, { answers, options, code }] of Object.entries({
  "a wrong key": { answers: [failure(401, "unauthorized")], code: "unauthorized" },
  "a key that ended": { answers: [stream(snapshot("1", "x") + end("revoked")), failure(401, "unauthorized")], code: "unauthorized" },
  "a key for other routers": { answers: [failure(403, "forbidden")], code: "forbidden" },
  "an unknown topic": { answers: [failure(400, "invalid_request")], code: "invalid_request" },
  "a router that is not there": { answers: [failure(404, "unknown_router")], code: "unknown_router" },
  "tickets that are refused twice": { answers: [failure(401, "ticket_expired")], options: { ticket: () => "t" }, code: "ticket_expired" },
})) {
  test(`it ends with an error: ${name}`, async (t) => {
    const { url } = await serve(t, ...answers);
    const watch = new Mikronec({ url, ...(options ?? { key: "k" }) }).watch(query);
    await assert.rejects(watched(watch), (error) => error instanceof MikronecError && error.code === code && error.requestId === "r1");
    assert.equal(watch.live, false);
  });
}

for (const [name, between] of Object.entries({
  "no connection": [cut],
  "a proxy that does not reach the server": [answer("<h1>Bad Gateway</h1>", 502, "text/html")],
  "a portal that redirects": [(response) => response.writeHead(302, { Location: "http://127.0.0.1:9/" }).end()],
  "a page in place of the stream": [answer("<h1>Hello</h1>", 200, "text/html")],
  "a server that stops": [failure(503, "shutting_down")],
  "a server that starts without its routers": [failure(404, "unknown_router")],
  "too many streams": [failure(429, "quota_exceeded", { "Retry-After": "0" })],
  "an event that is not JSON": [stream("data: {\n\n")],
  "half an event": [stream('id: 9\ndata: {"router_id"')],
  "all of them": [cut, answer("", 502, "text/html"), failure(500, "internal"), stream("")],
})) {
  test(`it tries again after ${name}`, async (t) => {
    const { url, requests } = await serve(t, stream(snapshot("1", "x")), ...between, stream(snapshot("2", "y"), open));
    const watch = new Mikronec({ url, key: "secret" }).watch(query);
    const seen = await watched(watch, (e) => e.id === "2");
    assert.equal(seen.filter((s) => s === "lost").length, 1 + between.length);
    assert.equal(requests.at(-1).headers["last-event-id"], "1");
    assert.equal(names(watch), "y");
  });
}

test("the end of a router ends the watch", async (t) => {
  const { url } = await serve(t, stream(snapshot("1", "x") + event("2", { router_id: "a", state: "disconnected", since: 1, ts: 1 }, "status") + end("disconnected"), open));
  const watch = new Mikronec({ url, key: "secret" }).watch(query);
  assert.deepEqual(await watched(watch), ["connecting", "live", "snapshot", "status", "end"]);
  assert.equal(watch.tables.get("a", "ppp_active"), undefined);
});

test("an end that comes with age is not a loss", async (t) => {
  const { url } = await serve(t, stream(snapshot("1", "x") + "retry: 1\n" + end("max_age")), stream(snapshot("2", "y"), open));
  const seen = await watched(new Mikronec({ url, key: "secret" }).watch(query), (e) => e.id === "2");
  assert.deepEqual(seen, ["connecting", "live", "snapshot", "end", "connecting", "live again", "snapshot"]);
});

test("the server says how long to wait", async (t) => {
  const { url } = await serve(t, stream("retry: 4000\n\n" + snapshot("1", "x")), failure(429, "rate_limited", { "Retry-After": "60" }));
  const waits = [];
  const watch = new Mikronec({ url, key: "secret" }).watch({ ...query, backOff: undefined });
  for await (const e of watch) {
    if (e.state !== "lost") continue;
    waits.push(e.retryMs);
    if (waits.length === 2) break;
    watch.reopen(); // without waiting
  }
  assert.ok(waits[0] >= 3000 && waits[0] <= 5000, `${waits}`);
  assert.equal(waits[1], 60_000);
});

test("silence is a loss", async (t) => {
  const { url, requests } = await serve(t, stream(snapshot("1", "x"), open), stream(snapshot("2", "y"), open));
  const watch = new Mikronec({ url, key: "secret" }).watch({ ...query, silenceMs: 40 });
  let why;
  await watched(watch, (e) => ((why = e.error ?? why), e.id === "2"));
  assert.equal(why.code, "no_answer");
  assert.equal(requests.length, 2);
});

test("another query begins at the beginning, unless only what changes counts is another", async (t) => {
  const { url, requests } = await serve(t, stream(snapshot("1", "x"), open));
  const watch = new Mikronec({ url, key: "secret" }).watch(query);
  const next = [{ ...query, volatile: true }, { ...query, routers: ["a", "b"], volatile: ["ppp_active"] }, { ...query, routers: "*" }];
  await watched(watch, (e) => {
    if (e.event !== "message") return false;
    if (next.length === 0) return true;
    watch.ask(next.shift());
    return false;
  });
  assert.deepEqual(requests.map((r) => [r.url.pathname + r.url.search, r.headers["last-event-id"]]), [
    ["/sse/a?topics=ppp_active&mode=delta&heartbeat=event", undefined],
    ["/sse/a?topics=ppp_active&mode=delta&volatile=1&heartbeat=event", "1"],
    ["/sse?router=a&router=b&topics=ppp_active&mode=delta&volatile=ppp_active&heartbeat=event", undefined],
    ["/sse?router=*&topics=ppp_active&mode=delta&heartbeat=event", undefined],
  ]);
});

for (const [name, stop] of Object.entries({
  "close": (watch) => watch.close(),
  "the signal": (_, controller) => controller.abort(),
})) {
  test(`it ends by ${name}, whatever it does`, async (t) => {
    for (const answers of [[stream(snapshot("1", "x"), open)], [() => {}], [cut], [stream("")]]) {
      const { url } = await serve(t, ...answers);
      const controller = new AbortController();
      const watch = new Mikronec({ url, key: "secret" }).watch({ ...query, backOff: { firstMs: 60_000, mostMs: 60_000 }, signal: controller.signal });
      setTimeout(() => stop(watch, controller), 50);
      await watched(watch);
      assert.equal(watch.live, false);
    }
  });
}

test("events are read from any pieces, with any line break", async (t) => {
  const text = ":\n: a comment\nid:7\nevent\ndata:{\"router_id\":\"a\",\ndata: \"topic\":\"identity\",\"type\":\"snapshot\",\"rows\":[{\"name\":\"réseau 東京\"}],\"ts\":1}\n\n";
  for (const chunk of [1, 2, 3, 7, 64]) {
    for (const body of [text, text.replaceAll("\n", "\r\n")]) {
      const { url } = await serve(t, stream(body, { end: false, chunk }));
      const watch = new Mikronec({ url, key: "secret" }).watch(query);
      await watched(watch, (e) => e.event === "message");
      assert.equal(watch.tables.get("a", "identity").get("0").name, "réseau 東京");
      assert.equal(watch.lastEventId, "7");
    }
  }
});

test("a line without an end is not kept", async (t) => {
  const { url } = await serve(t, stream("data: " + "x".repeat(100_000), open));
  const watch = new Mikronec({ url, key: "secret", maxLine: 10_000 }).watch(query);
  let why;
  await watched(watch, (e) => (why = e.error));
  assert.equal(why.code, "too_large");
});

test("the combined event fills three tables, and leaves what cannot be read", async (t) => {
  const both = { router_id: "a", hardware: [{ version: "7" }], hotspot_active: [], ppp_active: [row("x")], ts: 1 };
  const { url } = await serve(t, stream(event("1", both) + event("2", { ...both, ppp_active: [], errors: { ppp_active: "no such command" } }), open));
  const watch = new Mikronec({ url, key: "secret" }).watch({ routers: "a" });
  await watched(watch, (e) => e.id === "2");
  assert.equal(names(watch), "x");
  assert.equal(watch.tables.error("a", "ppp_active"), "no such command");
  assert.equal(watch.tables.get("a", "hardware").get("0").version, "7");
  assert.equal(watch.tables.get("a", "hotspot_active").size, 0);
});
