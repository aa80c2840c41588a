// stream.test.ts: the event stream: a snapshot, then what changes; nothing twice, nothing missed.
import assert from "node:assert/strict";
import { test } from "node:test";
import { gatewayRig } from "./testing/rig.ts";

const note = (message: string) => ({ type: "note", module: null, message }) as const;

test("first everything, then what happens", async (t) => {
  const rig = await gatewayRig(t);
  const stream = await rig.listen("/v1/events");
  const { data } = await stream.next("snapshot");
  assert.deepEqual(
    data.status.modules.map(({ id }: { id: string }) => id),
    ["database", "api"],
  );
  rig.control.set("api", { state: "failed" });
  const { seq } = rig.control.publish(note("hello"));
  const event = await stream.next("event");
  assert.equal(event.data.message, "hello");
  assert.equal(event.id, String(seq));
  const status = await stream.next("status");
  assert.deepEqual(
    status.data.modules.map(({ id, state }: { id: string; state: string }) => [id, state]),
    [["api", "failed"]],
  );
  stream.close();
});

test("who comes back is told what he missed, and no more", async (t) => {
  const rig = await gatewayRig(t, {
    before: ({ publish }) => {
      for (const word of ["one", "two", "three"]) publish(note(word));
    },
  });
  const stream = await rig.listen("/v1/events", { "last-event-id": "1" });
  assert.equal((await stream.next("event")).data.message, "two");
  assert.equal((await stream.next("event")).data.message, "three");
  assert.equal((await stream.next("snapshot")).data.seq, 3);
  stream.close();
  const strange = await rig.ask("/v1/events", {
    headers: { accept: "text/event-stream", "last-event-id": "soon" },
  });
  assert.equal(strange.status, 400);
});

test("the orchestrator goes and comes back: the stream says so and goes on", async (t) => {
  const rig = await gatewayRig(t);
  const stream = await rig.listen("/v1/events");
  await stream.next("snapshot");
  rig.control.hangUp({ stay: true });
  assert.equal((await stream.next("connection")).data.connected, false);
  rig.control.publish(note("while you were away"));
  rig.control.comeBack();
  assert.equal((await stream.next("event")).data.message, "while you were away");
  assert.equal((await stream.next("connection")).data.connected, true);
  await stream.next("snapshot");
  stream.close();
});

test("a reader that does not read is cut, and the others go on", async (t) => {
  const rig = await gatewayRig(t, { limits: { streamBacklogBytes: 64 * 1024 } });
  const slow = await rig.listen("/v1/events");
  await slow.next("snapshot");
  slow.response.pause();
  const quick = await rig.listen("/v1/events");
  const long = "x".repeat(50_000);
  for (let sent = 0; sent < 400; sent++) {
    rig.control.publish(note(long));
    await quick.next("event");
  }
  slow.response.resume();
  await new Promise<void>((done) => {
    if (slow.ended) done();
    else slow.response.once("close", done);
  });
  assert.match((await rig.ask("/metrics")).text, /^skelly_gateway_streams_cut_total [1-9]/m);
  quick.close();
});

test("more streams than allowed are refused, and one that closes makes room", async (t) => {
  const rig = await gatewayRig(t, { limits: { streamsMax: 1 } });
  const stream = await rig.listen("/v1/logs?follow=1");
  await stream.next("lines");
  assert.equal((await rig.ask("/v1/logs?follow=1")).status, 503);
  stream.close();
  while (rig.followers() > 0) await new Promise((resolve) => setImmediate(resolve));
  const next = await rig.listen("/v1/logs?follow=1");
  await next.next("lines");
  next.close();
});

test("logs are followed, of all or of one", async (t) => {
  const rig = await gatewayRig(t);
  rig.write("api", "first");
  rig.write("database", "other");
  const one = await rig.ask("/v1/modules/api/logs");
  assert.deepEqual(
    one.json().lines.map(({ text }: { text: string }) => text),
    ["first"],
  );
  const stream = await rig.listen("/v1/logs?follow=1&lines=1");
  assert.equal((await stream.next("lines")).data[0].text, "other");
  rig.write("api", "second");
  assert.equal((await stream.next("lines")).data[0].text, "second");
  stream.close();
});

test("a flood of requests asks the orchestrator for nothing more", async (t) => {
  const rig = await gatewayRig(t);
  const before = rig.control.asked.length;
  for (let round = 0; round < 10; round++) {
    await Promise.all(Array.from({ length: 20 }, () => rig.ask("/v1/system")));
  }
  const statuses = rig.control.asked.slice(before).filter((verb) => verb !== "status");
  assert.deepEqual(statuses, []);
  assert.ok(rig.control.asked.length - before < 20);
});
