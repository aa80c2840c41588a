// control-socket.test.ts: modules and clients at one door, and what is done about bad guests.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import type { ClientRequest, ModuleMessage } from "@skelly-jelly/contract";
import type { ClientCall } from "./client-session.ts";
import { type ControlSocketOptions, createControlSocket } from "./control-socket.ts";
import { createSystemClock } from "./system-clock.ts";

const clock = createSystemClock({ keepAlive: true });

async function door(t: TestContext, options: Partial<ControlSocketOptions> = {}) {
  const directory = mkdtempSync(join(tmpdir(), "skelly-control-"));
  const path = join(directory, "control.sock");
  const logged: string[] = [];
  const socket = createControlSocket({
    path,
    clock,
    onRequest: (request, client) => client.done({ verb: request.verb, args: request.args }),
    log: (message) => void logged.push(message),
    ...options,
  });
  t.after(async () => {
    await socket.close();
    rmSync(directory, { recursive: true });
  });
  await socket.opened;
  return { socket, path, logged };
}

/** A guest that sends lines and reads answers one after another. */
function guest(path: string) {
  const socket = connect({ path, allowHalfOpen: true });
  const lines: unknown[] = [];
  let pending = "";
  let wake = () => {};
  socket.on("data", (bytes) => {
    const parts = (pending + bytes).split("\n");
    pending = parts.pop()!;
    lines.push(...parts.map((line) => JSON.parse(line)));
    wake();
  });
  socket.on("error", () => {});
  const closed = once(socket, "close");
  return {
    socket,
    closed,
    say: (...values: object[]) =>
      void socket.write(values.map((value) => `${JSON.stringify(value)}\n`).join("")),
    async next(): Promise<any> {
      while (lines.length === 0) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      return lines.shift();
    },
  };
}

const hello = (token: string, incarnation = "shop/api#1/3") => ({
  type: "hello",
  token,
  incarnation,
  pid: 1,
  configVersion: 1,
});

function member(onMessage: (message: ModuleMessage) => void = () => {}) {
  const heard: string[] = [];
  let tellWaiter = () => {};
  const hear = (what: string) => {
    heard.push(what);
    tellWaiter();
  };
  const registration = {
    instance: "api#1",
    incarnation: 3,
    token: "secret",
    onHello: () => hear("hello"),
    onMessage(message: ModuleMessage) {
      hear(message.type);
      onMessage(message);
    },
    onLost: () => hear("lost"),
  };
  const until = async (count: number) => {
    while (heard.length < count) {
      await new Promise<void>((resolve) => {
        tellWaiter = resolve;
      });
    }
    return heard;
  };
  return { registration, until };
}

test("only its owner may use the socket, and it is gone after close", async (t) => {
  const { socket, path } = await door(t);
  assert.equal(statSync(path).mode & 0o777, 0o600);
  await socket.close();
  assert.equal(existsSync(path), false);
});

test("a module that says hello is heard and told", async (t) => {
  const { socket, path } = await door(t);
  const { registration, until } = member();
  const channel = socket.register(registration);
  assert.equal(channel.tell({ type: "pause" }), false);
  const module = guest(path);
  module.say(hello("secret"), { type: "ready" });
  assert.deepEqual(await until(2), ["hello", "ready"]);
  assert.ok(channel.connected);
  assert.ok(channel.tell({ type: "pause" }));
  assert.deepEqual(await module.next(), { type: "pause" });
  module.socket.destroy();
  assert.deepEqual(await until(3), ["hello", "ready", "lost"]);
  assert.equal(channel.connected, false);
});

test("a wrong token, a stale incarnation and a closed registration are denied", async (t) => {
  const { socket, path } = await door(t);
  const { registration } = member();
  const channel = socket.register(registration);
  for (const words of [hello("guess"), hello("secret", "shop/api#1/2"), { type: "hello" }]) {
    const stranger = guest(path);
    stranger.say(words);
    assert.equal((await stranger.next()).type, "denied");
    stranger.socket.end();
    await stranger.closed;
  }
  channel.close();
  const late = guest(path);
  late.say(hello("secret"));
  assert.equal((await late.next()).type, "denied");
  late.socket.destroy();
});

test("a new hello takes the place of the older connection, which is not a loss", async (t) => {
  const { socket, path } = await door(t);
  const { registration, until } = member();
  const channel = socket.register(registration);
  const older = guest(path);
  older.say(hello("secret"));
  await until(1);
  const newer = guest(path);
  newer.say(hello("secret"));
  await until(2);
  older.socket.end();
  await older.closed;
  channel.tell({ type: "resume" });
  assert.deepEqual(await newer.next(), { type: "resume" });
  channel.close();
  const { onHello: _, ...plain } = registration;
  socket.register(plain);
  const another = guest(path);
  another.say(hello("secret"));
  await until(3);
  another.say({ type: "stopped" });
  assert.deepEqual(await until(4), ["hello", "hello", "hello", "stopped"]);
  newer.socket.destroy();
  another.socket.destroy();
});

test("what a module leaves out is filled in, what makes no sense is refused and said", async (t) => {
  const { socket, path, logged } = await door(t);
  const messages: ModuleMessage[] = [];
  const { registration, until } = member((message) => messages.push(message));
  socket.register(registration);
  const module = guest(path);
  module.say(hello("secret"), { type: "health", status: "splendid" }, { type: "constructor" });
  module.socket.write("not json\n");
  module.say({ type: "health", status: "healthy", numbers: { queueDepth: 2, bad: "x" } });
  await until(2);
  assert.deepEqual(messages, [
    { type: "health", check: null, status: "healthy", issues: [], numbers: { queueDepth: 2 } },
  ]);
  assert.equal(logged.length, 3);
  module.socket.destroy();
});

test("several requests at a time are answered, streams item by item", async (t) => {
  const calls = new Map<string, ClientCall>();
  const onRequest = (request: ClientRequest, client: ClientCall) => {
    calls.set(request.verb, client);
    if (calls.size < 3) return;
    calls.get("logs")!.item("one");
    calls.get("logs")!.item("two");
    calls.get("down")!.fail("NOT_FOUND", "no such module", ["api"]);
    calls.get("status")!.done({ fine: true });
    calls.get("logs")!.done(null);
    calls.get("logs")!.item("too late");
  };
  const { path } = await door(t, { onRequest });
  const client = guest(path);
  client.say({ id: 1, verb: "status", args: {} }, { id: 2, verb: "logs", args: { follow: true } });
  client.say({ id: 3, verb: "down" });
  const replies = [];
  for (let i = 0; i < 5; i++) replies.push(await client.next());
  assert.deepEqual(replies, [
    { id: 2, item: "one" },
    { id: 2, item: "two" },
    { id: 3, ok: false, code: "NOT_FOUND", message: "no such module", problems: ["api"] },
    { id: 1, ok: true, value: { fine: true } },
    { id: 2, ok: true, value: null },
  ]);
  client.socket.destroy();
});

test("a request that is none is answered with what is wrong; one that throws, with its error", async (t) => {
  const { path } = await door(t, {
    onRequest() {
      throw new Error("a bug");
    },
  });
  const client = guest(path);
  client.say({ id: 5 }, { id: 6, verb: "status" });
  assert.equal((await client.next()).code, "BAD_REQUEST");
  assert.deepEqual(await client.next(), {
    id: 6,
    ok: false,
    code: "INTERNAL",
    message: "'status' failed: a bug",
  });
  client.socket.destroy();
});

test("who only closes his side is still answered", async (t) => {
  const onRequest: ControlSocketOptions["onRequest"] = (_request, client) =>
    void setImmediate(() => client.done("late"));
  const { path } = await door(t, { onRequest });
  const piped = guest(path);
  piped.say({ id: 1, verb: "status" });
  piped.socket.end();
  assert.deepEqual(await piped.next(), { id: 1, ok: true, value: "late" });
  await piped.closed;
});

test("a follower that is destroyed is let go at the next item", async (t) => {
  const streams: ClientCall[] = [];
  let gone = () => {};
  const closed = new Promise<void>((resolve) => {
    gone = resolve;
  });
  const { path } = await door(t, {
    onRequest(_request, client) {
      streams.push(client);
      client.onClose(gone);
      client.item("first");
    },
  });
  const follower = guest(path);
  follower.say({ id: 1, verb: "follow" });
  await follower.next();
  follower.socket.destroy();
  await follower.closed;
  const ticking = setInterval(() => streams[0]!.item("tick"), 1);
  t.after(() => clearInterval(ticking));
  await closed;
  assert.equal(streams[0]!.open, false);
  assert.equal(streams[0]!.item("nobody hears"), false);
});

test("a client that does not read is cut, the others go on", async (t) => {
  let gone = () => {};
  const closed = new Promise<void>((resolve) => {
    gone = resolve;
  });
  const { path, logged } = await door(t, {
    limits: { backlogMaxBytes: 100_000 },
    onRequest(request, client) {
      if (request.verb === "status") return client.done("fine");
      client.onClose(gone);
      const text = "x".repeat(50_000);
      const more = () => {
        for (let i = 0; i < 20 && client.open; i++) client.item(text);
        if (client.open) setImmediate(more);
      };
      more();
    },
  });
  const deaf = guest(path);
  deaf.socket.pause();
  deaf.say({ id: 1, verb: "logs" });
  await closed;
  assert.match(logged[0]!, /does not read/);
  const other = guest(path);
  other.say({ id: 1, verb: "status" });
  assert.equal((await other.next()).value, "fine");
  other.socket.destroy();
  deaf.socket.destroy();
});

test("a line that never ends, and a peer that says nothing, are cut", async (t) => {
  const { path, logged } = await door(t, { limits: { lineMaxBytes: 1000 }, firstLineMs: 50 });
  const endless = guest(path);
  endless.socket.write("x".repeat(5000));
  const silent = guest(path);
  endless.socket.resume();
  for (const peer of [endless, silent]) peer.socket.on("end", () => peer.socket.end());
  await Promise.all([endless.closed, silent.closed]);
  assert.ok(logged.some((line) => line.includes("longer than 1000 bytes")));
  assert.ok(logged.some((line) => line.includes("said nothing")));
});

test("a flood of messages is heard in portions, none is lost, and others are served meanwhile", async (t) => {
  let count = 0;
  let countWhenServed = -1;
  const { socket, path } = await door(t, {
    limits: { linesPerWindow: 50, windowMs: 5 },
    onRequest(_request, client) {
      countWhenServed = count;
      client.done(null);
    },
  });
  let all = () => {};
  const finished = new Promise<void>((resolve) => {
    all = resolve;
  });
  const { registration, until } = member(() => {
    count++;
    if (count === 2000) all();
  });
  socket.register(registration);
  const module = guest(path);
  module.say(hello("secret"), ...Array.from({ length: 2000 }, () => ({ type: "ready" })));
  await until(1);
  const client = guest(path);
  client.say({ id: 1, verb: "status" });
  await client.next();
  assert.ok(countWhenServed < 2000, `served after ${countWhenServed}`);
  await finished;
  module.socket.destroy();
  client.socket.destroy();
});

test("more connections than the limit are refused", async (t) => {
  const { socket, path, logged } = await door(t, { connectionsMax: 1 });
  const one = guest(path);
  one.say({ id: 1, verb: "status" });
  await one.next();
  const two = guest(path);
  two.socket.on("end", () => two.socket.end());
  await two.closed;
  assert.equal(socket.connections, 1);
  assert.match(logged[0]!, /more than 1 connections/);
  one.socket.destroy();
});

test("a socket file that nobody answers on is taken over, a living one is not", async (t) => {
  const directory = mkdtempSync(join(tmpdir(), "skelly-control-"));
  t.after(() => rmSync(directory, { recursive: true }));
  const path = join(directory, "control.sock");
  const options = { path, clock, onRequest() {}, log() {} };
  const first = createControlSocket(options);
  await first.opened;
  const second = createControlSocket(options);
  await assert.rejects(second.opened, /another orchestrator answers/);
  await second.close();
  await first.close();

  const script = `require("net").createServer().listen(process.argv[1], () => process.kill(process.pid, 9))`;
  spawnSync(process.execPath, ["-e", script, path], { timeout: 10_000 });
  assert.ok(existsSync(path), "the killed one left its file");
  const third = createControlSocket(options);
  await third.opened;
  await third.close();
});
