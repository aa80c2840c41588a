// system-clock.test.ts: what the real clock promises.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { createSystemClock } from "./system-clock.ts";
import { systemRandom } from "./system-random.ts";

test("a timer calls once, a cancelled one never", async () => {
  const clock = createSystemClock({ keepAlive: true });
  const calls: string[] = [];
  const cancelled = clock.after(0, () => calls.push("cancelled"));
  cancelled.cancel();
  const before = clock.nowMs();
  await new Promise<void>((resolve) => clock.after(2, () => resolve(void calls.push("called"))));
  assert.deepEqual(calls, ["called"]);
  assert.ok(clock.nowMs() > before);
});

test("a wait longer than a timer can hold does not fire at once", async () => {
  const clock = createSystemClock();
  let fired = false;
  const timer = clock.after(2 ** 31 + 5, () => {
    fired = true;
  });
  await new Promise((resolve) => setTimeout(resolve, 5));
  timer.cancel();
  assert.equal(fired, false);
});

test("a timer does not keep the program alive", () => {
  const program = `
    import { createSystemClock } from ${JSON.stringify(new URL("system-clock.ts", import.meta.url))};
    createSystemClock().after(600_000, () => {});`;
  const run = spawnSync(process.execPath, ["--input-type=module", "-e", program], {
    timeout: 10_000,
  });
  assert.equal(run.status, 0, String(run.stderr));
});

test("chance stays within its bounds", () => {
  for (let i = 0; i < 100; i++) {
    const value = systemRandom.next();
    assert.ok(value >= 0 && value < 1);
  }
});
