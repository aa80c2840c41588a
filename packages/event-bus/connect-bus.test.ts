// connect-bus.test.ts: the light client against the hub, with all that may happen to a connection.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import { test } from "node:test";
import type { Json } from "@skelly-jelly/contract";
import { connectBus, openBus } from "./connect-bus.ts";
import { type BusStatus, reconnectDelayMs, targetsOf } from "./connect-options.ts";
import type { HubOptions } from "./hub-options.ts";
import { type RunningHub, serveHub } from "./serve-hub.ts";
import { FakeClock } from "./testing/fake-clock.ts";
import { openHub, QUIET, rawClient, temporaryPath } from "./testing/raw-client.ts";

const urlOf = (hub: RunningHub, user = ""): string => `nats://${user}127.0.0.1:${hub.address.port}`;
const SOON = { baseMs: 1, maxMs: 5 };

/** Waits for the next status of one kind. */
function statuses() {
  const seen: BusStatus[] = [];
  let wake = (): void => undefined;
  return {
    seen,
    onStatus: (status: BusStatus): void => {
      seen.push(status);
      wake();
    },
    async next(type: BusStatus["type"]): Promise<void> {
      while (seen.shift()?.type !== type) {
        if (seen.length === 0) await new Promise<void>((resolve) => (wake = resolve));
      }
    },
  };
}

test("publish, subscribe, request and headers, over TCP and over the Unix socket", async () => {
  const socketPath = temporaryPath("hub.sock");
  const users = [{ user: "u ser", password: "p@ss" }];
  const hub = await serveHub({ port: 0, socketPath, users });
  const url = urlOf(hub, "u%20ser:p%40ss@");
  const byTcp = await connectBus({ url, name: "one" });
  const byPath = await connectBus({ url, socketPath });
  byPath.subscribe("sum.*", (message) => {
    const [a, b] = message.data as readonly number[];
    message.respond((a ?? 0) + (b ?? 0));
  });
  const heard = new Promise<Json>((resolve) => {
    byTcp.subscribe("news", ({ data, headers }) => resolve([data, headers]));
  });
  await Promise.all([byPath.flush(), byTcp.flush()]);
  assert.equal((await byTcp.request<number>("sum.up", [2, 3])).data, 5);
  assert.equal((await hub.bus.request<number>("sum.up", [4, 3])).data, 7);
  await assert.rejects(byTcp.request("nobody", 1), { code: "NO_RESPONDERS" });
  byPath.publish("news", { text: "ä€😀" }, { headers: { Trace: "7" } });
  assert.deepEqual(await heard, [{ text: "ä€😀" }, { Trace: "7" }]);
  assert.equal(byTcp.isConnected, true);
  await Promise.all([byTcp.close(), byPath.close()]);
  assert.equal(byTcp.isConnected, false);
  await hub.close();
});

test("plain text from other programs arrives as text, an empty payload as null", async () => {
  const hub = await openHub();
  const bus = await connectBus({ url: urlOf(hub) });
  const got: Json[] = [];
  bus.subscribe("raw", ({ data }) => void got.push(data));
  await bus.flush();
  const raw = await rawClient(hub, QUIET);
  await raw.answers('PUB raw 5\r\nhello\r\nPUB raw 0\r\n\r\nPUB raw 7\r\n{"a":1}\r\n');
  await bus.flush();
  assert.deepEqual(got, ["hello", null, { a: 1 }]);
  raw.end();
  await bus.close();
  await hub.close();
});

test("wrong data that comes by wire is dropped, counted, and told as a dead letter", async () => {
  const hub = await openHub();
  const validate = { n: (data: Json) => (typeof data === "number" ? [] : ["not a number"]) };
  const bus = await connectBus({ url: urlOf(hub), validate });
  const got: Json[] = [];
  const letters: string[] = [];
  bus.subscribe("n", ({ data }) => void got.push(data));
  hub.bus.subscribe(
    "dead-letter",
    ({ headers }) => void letters.push(headers["Skelly-Reason"] ?? ""),
  );
  await bus.flush();
  hub.bus.publish("n", "one");
  hub.bus.publish("n", 1);
  await bus.flush();
  await bus.flush();
  assert.deepEqual(got, [1]);
  assert.equal(bus.counters.invalid, 1);
  assert.deepEqual(letters, ["invalid: not a number"]);
  await bus.close();
  await hub.close();
});

test("what the hub refuses is told: credentials, subjects, size", async () => {
  const nothing = { allow: [], deny: [] };
  const permissions = { publish: { allow: ["mine"], deny: [] }, subscribe: nothing };
  const hub = await openHub({
    users: [{ user: "u", password: "p", permissions }],
    limits: { maxPayload: 100 },
  });
  await assert.rejects(connectBus({ url: urlOf(hub, "u:wrong@") }), { code: "AUTH" });
  await assert.rejects(connectBus({ url: "nats://127.0.0.1:1" }), { code: "DISCONNECTED" });
  const errors: string[] = [];
  const url = urlOf(hub, "u:p@");
  const bus = await connectBus({ url, onError: ({ message }) => void errors.push(message) });
  bus.publish("theirs", 1);
  bus.subscribe("theirs", () => undefined);
  await bus.flush();
  assert.deepEqual(errors, [
    "this user may not publish to 'theirs'",
    "this user may not subscribe to 'theirs'",
  ]);
  await assert.rejects(bus.request("theirs", 1), { code: "DENIED" });
  assert.throws(() => bus.publish("mine", "x".repeat(100)), { code: "TOO_LARGE" });
  await bus.close();
  await hub.close();
});

test("after the hub has died and come back it subscribes again and sends what waited", async () => {
  const socketPath = temporaryPath("hub.sock");
  const options: HubOptions = { port: null, socketPath, users: [] };
  const first = await serveHub(options);
  const status = statuses();
  const { onStatus } = status;
  const bus = await connectBus({ socketPath, reconnect: SOON, onStatus });
  const got: Json[] = [];
  bus.subscribe("a", ({ data }) => void got.push(data));
  bus.subscribe("limited", ({ data }) => void got.push(data), { max: 3 });
  const ended = bus.subscribe("ended", ({ data }) => void got.push(data));
  await bus.flush();
  first.bus.publish("limited", "l1");
  await bus.flush();
  ended.unsubscribe();
  await first.close();
  await status.next("disconnected");
  assert.equal(bus.isConnected, false);
  bus.publish("a", "while away");
  const flushed = bus.flush();
  const second = await serveHub(options);
  await flushed;
  await status.next("connected");
  for (const each of ["l2", "l3", "l4"]) second.bus.publish("limited", each);
  second.bus.publish("ended", "no");
  await bus.flush();
  assert.deepEqual(got, ["l1", "while away", "l2", "l3"]);
  assert.equal(bus.counters.reconnects, 1);
  assert.equal(bus.counters.dropped, 0);
  assert.equal(second.stats().subscriptions, 1);
  await bus.close();
  await second.close();
});

test("a lazy client starts without a hub, and keeps the newest of what it is given", async () => {
  const socketPath = temporaryPath("hub.sock");
  const bus = await connectBus({ socketPath, lazy: true, reconnect: SOON, awayBytesMax: 100 });
  assert.equal(bus.isConnected, false);
  for (let n = 0; n < 20; n += 1) bus.publish("early", n);
  await assert.rejects(bus.flush(5), { code: "TIMEOUT" });
  assert.equal(bus.counters.dropped, 15);
  const got: Json[] = [];
  bus.subscribe("early", ({ data }) => void got.push(data));
  const hub = await serveHub({ port: null, socketPath, users: [] });
  await bus.flush();
  assert.deepEqual(got, [15, 16, 17, 18, 19]);
  await bus.close();
  await hub.close();
});

test("a lazy client that never found its hub closes at once", async () => {
  const bus = openBus({ socketPath: temporaryPath("hub.sock") });
  bus.publish("a", 1);
  await bus.close();
  assert.equal(bus.counters.dropped, 1);
  await assert.rejects(bus.flush(), { code: "CLOSED" });
});

test("it gives up when it was told to", async () => {
  const status = statuses();
  const reconnect = { ...SOON, attemptsMax: 3 };
  const bus = openBus({ url: "nats://127.0.0.1:1", reconnect, onStatus: status.onStatus });
  await status.next("closed");
  assert.throws(() => bus.publish("a", 1), { code: "DISCONNECTED" });
  await assert.rejects(bus.flush(), { code: "DISCONNECTED" });
  await bus.close();
});

test("the waits between attempts double up to a limit, with chance in them", () => {
  const delays = [1, 2, 3, 9].map((n) =>
    reconnectDelayMs(n, { baseMs: 50, maxMs: 2000, attemptsMax: Infinity }, () => 1),
  );
  assert.deepEqual(delays, [50, 100, 200, 2000]);
  const least = reconnectDelayMs(3, { baseMs: 50, maxMs: 2000, attemptsMax: 9 }, () => 0);
  assert.equal(least, 100);
});

test("addresses: the socket first, then urls in turn; a lone word before the @ is a token", () => {
  assert.deepEqual(targetsOf({ url: "nats://u:p@h:1,nats://t@[::1]", socketPath: "/s" }), [
    { address: { path: "/s" }, credentials: { user: "u", pass: "p" } },
    { address: { host: "h", port: 1 }, credentials: { user: "u", pass: "p" } },
    { address: { host: "::1", port: 4222 }, credentials: { auth_token: "t" } },
  ]);
  assert.throws(() => targetsOf({}), { code: "UNSUPPORTED" });
  assert.throws(() => targetsOf({ url: "tls://h" }), { code: "UNSUPPORTED" });
  assert.throws(() => targetsOf({ url: "nats://" }), { code: "UNSUPPORTED" });
});

test("a subscriber that blocks holds the hub back, and misses nothing", async () => {
  const hub = await openHub();
  const bus = await connectBus({ url: urlOf(hub) });
  const got: Json[] = [];
  bus.subscribe(
    "b",
    async ({ data }) => {
      await new Promise((resolve) => setImmediate(resolve));
      got.push(data);
    },
    { overflow: "block", pendingMax: 3 },
  );
  await bus.flush();
  for (let n = 0; n < 500; n += 1) hub.bus.publish("b", n);
  await bus.flush();
  await bus.close();
  assert.deepEqual(
    got,
    Array.from({ length: 500 }, (_, n) => n),
  );
  await hub.close();
});

test("a subscriber in the hub's process that blocks holds back who publishes by wire", async () => {
  const hub = await openHub();
  const got: Json[] = [];
  hub.bus.subscribe(
    "b",
    async ({ data }) => {
      await new Promise((resolve) => setImmediate(resolve));
      got.push(data);
    },
    { overflow: "block", pendingMax: 3 },
  );
  const bus = await connectBus({ url: urlOf(hub) });
  for (let n = 0; n < 500; n += 1) bus.publish("b", n);
  await bus.flush();
  assert.ok(got.length >= 490);
  await hub.bus.flush();
  await bus.close();
  await hub.close();
  assert.deepEqual(
    got,
    Array.from({ length: 500 }, (_, n) => n),
  );
});

test("draining a subscription handles what was on its way", async () => {
  const hub = await openHub();
  const bus = await connectBus({ url: urlOf(hub) });
  const got: Json[] = [];
  const subscription = bus.subscribe("d", async ({ data }) => void got.push(data));
  await bus.flush();
  for (let n = 0; n < 50; n += 1) hub.bus.publish("d", n);
  await subscription.drain();
  assert.equal(got.length, 50);
  hub.bus.publish("d", 50);
  await bus.flush();
  assert.equal(got.length, 50);
  await bus.close();
  assert.equal(hub.stats().subscriptions, 0);
  await hub.close();
});

test("closing handles what has come and sends what its handlers say", async () => {
  const hub = await openHub();
  const answers: Json[] = [];
  hub.bus.subscribe("answers", ({ data }) => void answers.push(data));
  const bus = await connectBus({ url: urlOf(hub) });
  bus.subscribe("q", async ({ data }) => {
    await new Promise((resolve) => setImmediate(resolve));
    bus.publish("answers", data);
  });
  await bus.flush();
  for (let n = 0; n < 5; n += 1) hub.bus.publish("q", n);
  await bus.close();
  await hub.close();
  assert.deepEqual(answers, [0, 1, 2, 3, 4]);
});

test("a hub that is about to stop is told of", async () => {
  const clock = new FakeClock();
  const hub = await openHub({ clock });
  const status = statuses();
  const bus = await connectBus({ url: urlOf(hub), reconnect: false, onStatus: status.onStatus });
  const stopped = hub.lameDuck(100);
  await status.next("lame-duck");
  clock.advance(100);
  await status.next("disconnected");
  await stopped;
  await bus.close();
});

/** Something that accepts connections and says one thing. */
async function impostor(greeting: string): Promise<{ url: string; close(): void }> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => socket.destroy());
    socket.write(greeting);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  return {
    url: `nats://127.0.0.1:${port}`,
    close() {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

test("what is no hub, or one that wants more than we have, is refused by name", async () => {
  for (const [greeting, code] of [
    ["HTTP/1.1 400 Bad Request\r\n\r\n", "PROTOCOL"],
    ["\u0015\u0003\u0001", "PROTOCOL"],
    ["INFO {oops\r\n", "PROTOCOL"],
    ['INFO {"tls_required":true}\r\n', "UNSUPPORTED"],
  ] as const) {
    const { url, close } = await impostor(greeting);
    await assert.rejects(connectBus({ url }), { code }, greeting);
    close();
  }
});

test("a hub that never greets, or no longer answers, is left", async () => {
  const silent = await impostor("");
  await assert.rejects(connectBus({ url: silent.url, connectTimeoutMs: 20 }), { code: "TIMEOUT" });
  silent.close();

  const clock = new FakeClock();
  const status = statuses();
  const deaf = await impostor("INFO {}\r\nPONG\r\n");
  const { onStatus } = status;
  const bus = await connectBus({
    url: deaf.url,
    clock,
    pingIntervalMs: 10,
    onStatus,
    reconnect: false,
  });
  for (let round = 0; round < 4; round += 1) clock.advance(10);
  await status.next("disconnected");
  await bus.close();
  deaf.close();
});
