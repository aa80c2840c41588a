// circuit-breaker.test.ts: a subject that stays silent is left alone for a while, then tried once.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { BusError } from "./bus-error.ts";
import { CircuitBreaker } from "./circuit-breaker.ts";
import { createEventBus } from "./local-bus.ts";

const options = { failuresMax: 3, openMs: 1000, openMaxMs: 3000 };

test("three timeouts in a row open the circuit; an answer in between closes it again", () => {
  const breaker = new CircuitBreaker(options);
  breaker.timedOut("a", 0);
  breaker.timedOut("a", 0);
  breaker.answered("a");
  breaker.timedOut("a", 0);
  breaker.timedOut("a", 0);
  assert.deepEqual(breaker.enter("a", 0), { ok: true });
  breaker.timedOut("a", 0);
  assert.deepEqual(breaker.enter("a", 400), { ok: false, waitMs: 600 });
  assert.deepEqual(breaker.enter("b", 400), { ok: true }, "other subjects are asked as ever");
});

test("after its time one trial is let through, and only one; it decides", () => {
  const breaker = new CircuitBreaker(options);
  for (let nth = 0; nth < 3; nth++) breaker.timedOut("a", 0);
  assert.equal(breaker.enter("a", 1000).ok, true);
  assert.equal(breaker.enter("a", 1000).ok, false, "the trial is under way");
  breaker.timedOut("a", 1500);
  assert.deepEqual(breaker.enter("a", 1500), { ok: false, waitMs: 2000 }, "twice as long");
  assert.equal(breaker.enter("a", 3500).ok, true);
  breaker.timedOut("a", 3500);
  assert.deepEqual(breaker.enter("a", 3500), { ok: false, waitMs: 3000 }, "up to the cap");
  assert.equal(breaker.enter("a", 6500).ok, true);
  breaker.answered("a");
  assert.deepEqual(breaker.circuit("a"), { kind: "closed", failures: 0 });
});

test("a trial that ends for another reason leaves the next one free to try", () => {
  const breaker = new CircuitBreaker(options);
  for (let nth = 0; nth < 3; nth++) breaker.timedOut("a", 0);
  assert.equal(breaker.enter("a", 1000).ok, true);
  breaker.withdrawn("a", 1100);
  assert.equal(breaker.enter("a", 1100).ok, true);
});

test("subjects without end do not fill the memory", () => {
  const breaker = new CircuitBreaker(options);
  for (let nth = 0; nth < 5000; nth++) breaker.timedOut(`s${nth}`, 0);
  assert.deepEqual(breaker.circuit("s0"), { kind: "closed", failures: 0 });
  assert.deepEqual(breaker.circuit("s4999"), { kind: "closed", failures: 1 });
});

test("a request to a deaf module fails at once while the circuit is open, and says for how long", async () => {
  let nowMs = 0;
  const due: { atMs: number; run: () => void }[] = [];
  const clock = {
    nowMs: () => nowMs,
    after: (ms: number, run: () => void) => {
      const timer = { atMs: nowMs + ms, run };
      due.push(timer);
      return () => void due.splice(due.indexOf(timer), 1);
    },
  };
  const advance = (ms: number): void => {
    nowMs += ms;
    for (const timer of [...due].filter(({ atMs }) => atMs <= nowMs)) timer.run();
  };
  const bus = createEventBus<Record<string, any>>({ clock, breaker: options });
  let deaf = true;
  bus.subscribe("storage.store", (message) => {
    if (!deaf) message.respond("stored");
  });
  const code = async (ms: number): Promise<string> => {
    const asked = bus.request("storage.store", 1, { timeoutMs: 100 }).then(
      ({ data }) => String(data),
      (error: BusError) => error.code,
    );
    advance(ms);
    return asked;
  };
  for (let nth = 0; nth < 3; nth++) assert.equal(await code(100), "TIMEOUT");
  assert.equal(await code(0), "CIRCUIT_OPEN");
  deaf = false;
  advance(1000);
  assert.equal(await code(0), "stored");
  assert.equal(await code(0), "stored");
  await bus.close();
});
