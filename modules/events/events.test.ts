// events.test.ts: the contract refuses what it does not name, and says where.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { RawEvent, SkellyJellyEvents } from "./index.ts";
import { check, checkAnswer } from "./index.ts";

const key: RawEvent = {
  id: "a-1",
  timeMs: 1_000,
  source: "replay",
  kind: "key",
  keyClass: "letter",
  intervalMs: null,
};
const bundle: SkellyJellyEvents["capture.raw"] = {
  bundleId: "b-1",
  sessionId: "s-1",
  clock: "live",
  watermarkMs: null,
  events: [key],
};

test("a bundle of raw events passes as an event and as a request", () => {
  assert.deepEqual(check("capture.raw", bundle), []);
  assert.deepEqual(check("storage.store", bundle), []);
});

test("an event that carries a key code or text is refused, and the text is not quoted", () => {
  const leaky = { ...bundle, events: [{ ...key, keyCode: 65, text: "hunter2" }] };
  const problems = check("capture.raw", leaky);
  assert.equal(problems.length, 2);
  assert.match(problems.join("\n"), /capture\.raw\.events\[0\]\.keyCode/);
  assert.doesNotMatch(problems.join("\n"), /hunter2/);
});

test("wrong values are named by their path", () => {
  assert.match(check("capture.raw", { ...bundle, sessionId: 3 })[0] ?? "", /sessionId: expected/);
  const odd = { ...bundle, events: [{ ...key, kind: "screenshot" }] };
  assert.match(check("capture.raw", odd)[0] ?? "", /events\[0\]\.kind: expected one of key/);
  assert.match(check("capture.raw", null)[0] ?? "", /expected an object, got null/);
});

test("a subject that nobody defined is a problem", () => {
  assert.deepEqual(check("capture.screenshot", {}), [
    "capture.screenshot: no such subject in the contract",
  ]);
});

test("answers are either done or a refusal with a code", () => {
  assert.deepEqual(
    checkAnswer("storage.store", { ok: true, accepted: 1, duplicate: 0, late: 0 }),
    [],
  );
  const full = { ok: false, code: "DISK_FULL", message: "No space left.", retry: true };
  assert.deepEqual(checkAnswer("storage.store", full), []);
  assert.notDeepEqual(checkAnswer("storage.store", { ok: false, code: "NO" }), []);
});

test("a message with hundreds of faults gives a short list", () => {
  const events = Array.from({ length: 400 }, () => ({ ...key, timeMs: -1 }));
  assert.equal(check("capture.raw", { ...bundle, events }).length, 20);
});
