// local-bus.test.ts: what publishers and subscribers of one process may rely on.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Json } from "@skelly-jelly/contract";
import type { BusMessage, EventBus, Overflow } from "./event-bus.ts";
import { createEventBus } from "./local-bus.ts";
import { FakeClock } from "./testing/fake-clock.ts";

function collect(bus: EventBus, pattern: string): Json[] {
  const got: Json[] = [];
  bus.subscribe(pattern, ({ data }) => {
    got.push(data);
  });
  return got;
}

test("a message reaches every subscription whose pattern matches, as a copy of its own", async () => {
  const bus = createEventBus();
  const seen: BusMessage[] = [];
  for (const pattern of ["capture.raw", "capture.*", ">", "capture.raw.deep"]) {
    bus.subscribe(pattern, (message) => {
      seen.push(message);
    });
  }
  const data = { keys: [1, 2] };
  bus.publish("capture.raw", data, { headers: { Trace: "t1" } });
  assert.equal(seen.length, 3);
  for (const message of seen) {
    assert.deepEqual(message.data, data);
    assert.notEqual(message.data, data);
    assert.deepEqual(message.headers, { Trace: "t1" });
    assert.equal(message.replyTo, null);
  }
  await bus.close();
});

test("subjects and data have types", async () => {
  type Events = { "analysis.state": { readonly focus: number }; "capture.raw": readonly string[] };
  const bus = createEventBus<Events>();
  let focus = 0;
  bus.subscribe("analysis.state", ({ data }) => {
    focus = data.focus;
  });
  bus.publish("analysis.state", { focus: 0.5 });
  // @ts-expect-error: not what this subject carries
  bus.publish("analysis.state", { focus: "much" });
  // @ts-expect-error: no such subject
  bus.publish("analysis.stat", { focus: 1 });
  assert.equal(focus, "much");
  await bus.close();
});

test("wrong data is refused where it is published, with what is wrong", async () => {
  const isCount = (data: Json): readonly string[] =>
    typeof data === "number" ? [] : ["it is not a number"];
  const bus = createEventBus({ validate: { count: isCount, "counts.>": isCount } });
  const got = collect(bus, ">");
  bus.publish("count", 1);
  bus.publish("other", "anything");
  for (const subject of ["count", "counts.a.b"]) {
    assert.throws(() => bus.publish(subject, "x"), {
      name: "BusError",
      code: "INVALID",
      problems: ["it is not a number"],
    });
  }
  assert.throws(() => bus.publish("other", undefined as unknown as Json), { code: "INVALID" });
  assert.throws(() => bus.publish("other", 1n as unknown as Json), { code: "INVALID" });
  assert.throws(() => bus.publish("a..b", 1), { code: "INVALID_SUBJECT" });
  assert.throws(() => bus.publish("a.*", 1), { code: "INVALID_SUBJECT" });
  assert.throws(() => bus.subscribe("a.>.b", () => undefined), { code: "INVALID_SUBJECT" });
  assert.throws(() => bus.subscribe("a", () => undefined, { queue: "a b" }));
  assert.deepEqual(got, [1, "anything"]);
  assert.equal(bus.counters.invalid, 4);
  await bus.close();
});

test("members of a queue group share; everyone else gets all", async () => {
  const bus = createEventBus();
  const got: string[] = [];
  const add = (name: string, options = {}) =>
    bus.subscribe("job", ({ data }) => void got.push(`${name}${data}`), options);
  const first = add("a", { queue: "workers" });
  add("b", { queue: "workers" });
  add("c", { queue: "others" });
  add("d");
  for (let job = 1; job <= 4; job += 1) bus.publish("job", job);
  assert.deepEqual(
    got.filter((each) => /[ab]/.test(each)),
    ["a1", "b2", "a3", "b4"],
  );
  assert.equal(got.filter((each) => each.startsWith("c")).length, 4);
  assert.equal(got.filter((each) => each.startsWith("d")).length, 4);
  first.unsubscribe();
  got.length = 0;
  bus.publish("job", 5);
  assert.deepEqual(got.sort(), ["b5", "c5", "d5"]);
  await bus.close();
});

test("what a handler publishes comes after what it was called for, for everyone", async () => {
  const bus = createEventBus();
  bus.subscribe("n", ({ data }) => {
    if (data === 1) bus.publish("n", 2);
  });
  const got = collect(bus, "n");
  bus.publish("n", 1);
  assert.deepEqual(got, [1, 2]);
  await bus.close();
});

test("two handlers that answer each other for ever leave others their turn", async () => {
  const bus = createEventBus();
  let rounds = 0;
  let enough = false;
  bus.subscribe("ping", () => {
    if (!enough) bus.publish("pong", null);
  });
  bus.subscribe("pong", () => {
    rounds += 1;
    bus.publish("ping", null);
  });
  bus.publish("ping", null);
  const early = rounds;
  await new Promise((resolve) => setImmediate(resolve));
  await new Promise((resolve) => setImmediate(resolve));
  assert.ok(early < 2000 && rounds > early);
  await assert.rejects(bus.flush(10), { code: "TIMEOUT" });
  enough = true;
  await bus.close();
});

/** A subscriber that works on one message until told to go on. */
function slow(bus: EventBus, overflow: Overflow, pendingMax: number) {
  const handled: Json[] = [];
  const waiting: (() => void)[] = [];
  const subscription = bus.subscribe(
    "work",
    async ({ data }) => {
      await new Promise<void>((resolve) => waiting.push(resolve));
      handled.push(data);
    },
    { overflow, pendingMax },
  );
  const next = async (): Promise<void> => {
    waiting.shift()?.();
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { handled, next, subscription };
}

test("one subscriber's messages are handled one at a time, and drain waits for them", async () => {
  const bus = createEventBus();
  const { handled, next, subscription } = slow(bus, "drop-oldest", 10);
  for (let n = 1; n <= 3; n += 1) bus.publish("work", n);
  assert.deepEqual({ ...subscription.counters }, { received: 3, dropped: 0, pending: 3 });
  let drained = false;
  const done = subscription.drain().then(() => {
    drained = true;
  });
  bus.publish("work", 4);
  await next();
  await next();
  assert.equal(drained, false);
  await next();
  await done;
  assert.deepEqual(handled, [1, 2, 3]);
  await bus.close();
});

test("drop-oldest keeps the newest that fit, and counts the others", async () => {
  const bus = createEventBus();
  const { handled, next, subscription } = slow(bus, "drop-oldest", 2);
  for (let n = 1; n <= 5; n += 1) bus.publish("work", n);
  for (let n = 1; n <= 3; n += 1) await next();
  assert.deepEqual(handled, [1, 4, 5]);
  assert.equal(subscription.counters.dropped, 2);
  assert.equal(bus.counters.dropped, 2);
  await bus.close();
});

test("dead-letter tells what did not fit, and why, on a subject of its own", async () => {
  const bus = createEventBus({ deadLetterSubject: "lost" });
  const letters: BusMessage[] = [];
  bus.subscribe("lost", (message) => void letters.push(message));
  const { handled, next } = slow(bus, "dead-letter", 1);
  for (let n = 1; n <= 4; n += 1) bus.publish("work", n, { headers: { Trace: "t" } });
  await next();
  await next();
  assert.deepEqual(handled, [1, 2]);
  assert.deepEqual(
    letters.map(({ data }) => data),
    [3, 4],
  );
  assert.deepEqual(letters[0]?.headers, {
    Trace: "t",
    "Skelly-Subject": "work",
    "Skelly-Subscription": "work",
    "Skelly-Reason": "overflow",
  });
  assert.equal(bus.counters.deadLetters, 2);
  await bus.close();
});

test("a dead letter that finds no room is counted and ends there", async () => {
  const bus = createEventBus();
  bus.subscribe("dead-letter", () => new Promise(() => undefined), {
    pendingMax: 1,
    overflow: "dead-letter",
  });
  slow(bus, "dead-letter", 1);
  for (let n = 1; n <= 9; n += 1) bus.publish("work", n);
  assert.equal(bus.counters.deadLetters, 7);
  assert.equal(bus.counters.dropped, 7 + 5);
});

test("block makes flush wait for room, loses nothing, and refuses when nothing more fits", async () => {
  const bus = createEventBus();
  const { handled, next } = slow(bus, "block", 2);
  for (let n = 1; n <= 4; n += 1) bus.publish("work", n);
  let flushed = false;
  const flush = bus.flush().then(() => {
    flushed = true;
  });
  await next();
  assert.equal(flushed, false);
  await next();
  await flush;
  await next();
  await next();
  assert.deepEqual(handled, [1, 2, 3, 4]);
  assert.throws(
    () => {
      for (let n = 0; n < 20_000; n += 1) bus.publish("work", n);
    },
    { code: "FULL" },
  );
  assert.equal(bus.counters.dropped, 0);
});

test("a request is answered, finds nobody, or runs out of time", async () => {
  const clock = new FakeClock();
  const bus = createEventBus({ clock });
  bus.subscribe("double", (message) => message.respond(Number(message.data) * 2));
  bus.subscribe("silent", () => undefined);
  assert.equal((await bus.request<number>("double", 21)).data, 42);
  await assert.rejects(bus.request("nobody", 1), { code: "NO_RESPONDERS" });
  const late = bus.request("silent", 1, { timeoutMs: 100 });
  clock.advance(99);
  clock.advance(1);
  await assert.rejects(late, { code: "TIMEOUT" });
  bus.subscribe("ask.more", async (message) => {
    message.respond((await bus.request<number>("double", message.data)).data);
  });
  assert.equal((await bus.request<number>("ask.more", 4)).data, 8);
  await assert.rejects(bus.request("a b", 1), { code: "INVALID_SUBJECT" });
});

test("a subscription with a maximum ends by itself", async () => {
  const bus = createEventBus();
  const got: Json[] = [];
  bus.subscribe("m", ({ data }) => void got.push(data), { max: 2 });
  for (let n = 1; n <= 4; n += 1) bus.publish("m", n);
  assert.deepEqual(got, [1, 2]);
  await bus.close();
});

test("a handler that throws is told of, and the next message has its turn", async () => {
  const errors: string[] = [];
  const bus = createEventBus({ onError: ({ message }) => void errors.push(message) });
  const got: Json[] = [];
  bus.subscribe("x", ({ data }) => {
    got.push(data);
    throw new Error(`sync ${data}`);
  });
  bus.subscribe("x", async ({ data }) => Promise.reject(new Error(`async ${data}`)));
  bus.publish("x", 1);
  bus.publish("x", 2);
  await bus.close();
  assert.deepEqual(got, [1, 2]);
  assert.deepEqual(errors.sort(), ["async 1", "async 2", "sync 1", "sync 2"]);
});

test("close handles what has come, then refuses", async () => {
  const bus = createEventBus();
  const { handled, next } = slow(bus, "drop-oldest", 10);
  bus.publish("work", 1);
  const question = bus.request("work", 2);
  question.catch(() => undefined);
  const closed = bus.close();
  await next();
  await next();
  await closed;
  assert.deepEqual(handled, [1, 2]);
  await assert.rejects(question, { code: "CLOSED" });
  assert.throws(() => bus.publish("work", 1), { code: "CLOSED" });
  assert.throws(() => bus.subscribe("work", () => undefined), { code: "CLOSED" });
  await assert.rejects(bus.request("work", 1), { code: "CLOSED" });
  await assert.rejects(bus.flush(), { code: "CLOSED" });
  await bus.close();
});

test("close does not wait for ever for a handler, and says whose it is", async () => {
  const clock = new FakeClock();
  const errors: string[] = [];
  const bus = createEventBus({ clock, onError: ({ message }) => void errors.push(message) });
  bus.subscribe("stuck", () => new Promise(() => undefined));
  bus.publish("stuck", 1);
  bus.publish("stuck", 2);
  const closed = bus.close();
  await new Promise((resolve) => setImmediate(resolve));
  clock.advance(10_000);
  await closed;
  assert.deepEqual(errors, ["a handler of 'stuck' was still at work"]);
  assert.equal(bus.counters.dropped, 1);
});
