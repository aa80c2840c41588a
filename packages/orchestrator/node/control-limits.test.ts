// control-limits.test.ts: guests that do not read, never end, flood, or are too many.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { ClientCall } from "./client-session.ts";
import { clock, door, guest, hello, member } from "./control-rig.ts";
import { createControlSocket } from "./control-socket.ts";

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

test("a stream that waits for a slow reader is told when it has read", async (t) => {
  const total = 200;
  const { path } = await door(t, {
    onRequest(_request, client) {
      let sent = 0;
      const more = () => {
        while (sent < total) {
          sent++;
          if (!client.item({ sent, text: "x".repeat(20_000) })) return client.onDrain(more);
        }
        client.done("all");
      };
      more();
    },
  });
  const reader = guest(path);
  reader.say({ id: 1, verb: "logs" });
  for (let i = 1; i <= total; i++) assert.equal((await reader.next()).item.sent, i);
  assert.equal((await reader.next()).value, "all");
  reader.socket.destroy();
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
