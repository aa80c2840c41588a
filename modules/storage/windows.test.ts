// windows.test.ts: windows are cut by event time, and closed by promise or by the clock.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Line } from "./windows.ts";
import { dueWindows, WINDOW_MS, windowOf } from "./windows.ts";

const clock = { nowMs: 0, graceMs: 15_000, silentAfterMs: 600_000 };
const line = (changes: Partial<Line>): Line => ({
  line: "live",
  sessionId: "s",
  clock: "live",
  nextWindowMs: 0,
  watermarkMs: null,
  heardMs: 0,
  ...changes,
});
const starts = (of: ReturnType<typeof dueWindows>) => of.map(({ startMs }) => startMs);

test("nothing is due before the producer promised that a window is complete", () => {
  assert.deepEqual(dueWindows(line({ watermarkMs: 29_999 }), [0], clock), []);
  assert.deepEqual(starts(dueWindows(line({ watermarkMs: 30_000 }), [0], clock)), [0]);
});

test("windows without events are closed too, in order", () => {
  const due = dueWindows(line({ watermarkMs: 125_000 }), [0, 60_000], clock);
  assert.deepEqual(starts(due), [0, 30_000, 60_000, 90_000]);
  assert.deepEqual(new Set(due.map(({ closedBy }) => closedBy)), new Set(["watermark"]));
});

test("a night of sleep is not filled with empty windows", () => {
  const morning = 8 * 3_600_000;
  const due = dueWindows(line({ watermarkMs: morning + WINDOW_MS }), [0, morning], clock);
  assert.deepEqual(starts(due), [0, morning]);
});

test("a live line whose producer is silent is closed by the clock, after a grace", () => {
  const silent = line({ heardMs: 30_000 });
  assert.deepEqual(dueWindows(silent, [], { ...clock, nowMs: 44_000 }), []);
  const due = dueWindows(silent, [], { ...clock, nowMs: 46_000 });
  assert.deepEqual(due, [{ startMs: 0, closedBy: "clock" }]);
});

test("a line that nobody has written to for long rests, and a replay is never closed by the clock", () => {
  const later = { ...clock, nowMs: 700_000 };
  assert.deepEqual(dueWindows(line({ heardMs: 0 }), [], later), []);
  assert.deepEqual(dueWindows(line({ clock: "replay" }), [0], { ...later, nowMs: 60_000 }), []);
});

test("window starts are multiples of the window, also before 1970", () => {
  assert.equal(windowOf(59_999), 30_000);
  assert.equal(windowOf(60_000), 60_000);
  assert.equal(windowOf(-1), -30_000);
});
