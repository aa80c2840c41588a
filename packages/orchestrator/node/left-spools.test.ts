// left-spools.test.ts: output of lives that ended while no orchestrator looked still comes into the log.
import assert from "node:assert/strict";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { gatherLeft, spoolsLeft } from "./left-spools.ts";
import { place } from "./log-rig.ts";

const LIMITS = { maxSizeBytes: 1_000_000, keep: 1 };

test("spools that nobody attached are copied, oldest first, and removed; one that is in use is left alone", async (t) => {
  const { directory, collector, lines } = place(t);
  const folder = join(directory, "run", "api@1");
  mkdirSync(folder, { recursive: true });
  const at = (name: string): string => join(folder, name);
  for (const number of [10, 9, 11]) writeFileSync(at(`${number}.out`), `life ${number}\n`);
  writeFileSync(at("9.err"), "last words");
  writeFileSync(at("lives"), "");
  const left = spoolsLeft(join(directory, "run"));
  assert.deepEqual(
    left.map(({ instance, incarnation }) => `${instance}/${incarnation}`),
    ["api#1/9", "api#1/10", "api#1/11"],
  );
  const logs = collector();
  const present = left[2];
  assert.ok(present);
  logs.attach({ ...present, ...LIMITS });
  await gatherLeft(left, logs, () => LIMITS);
  assert.deepEqual(
    lines().filter((line) => !line.includes("11")),
    ["out life 9", "err last words", "out life 10"],
  );
  assert.deepEqual(
    ["9.out", "9.err", "10.out", "10.err", "11.out", "lives"].filter((name) =>
      existsSync(at(name)),
    ),
    ["11.out", "lives"],
  );
});

test("where nothing has run, nothing is left", () => {
  assert.deepEqual(spoolsLeft("/nowhere/at/all"), []);
});
