// control-socket.test.ts: modules and clients at one door.
import assert from "node:assert/strict";
import { existsSync, statSync } from "node:fs";
import { test } from "node:test";
import type { ClientRequest, ModuleMessage } from "@skelly-jelly/contract";
import type { ClientCall } from "./client-session.ts";
import { door, guest, hello, member } from "./control-rig.ts";
import type { ControlSocketOptions } from "./control-socket.ts";

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
