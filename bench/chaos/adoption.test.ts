// adoption.test.ts: kill -9 of the orchestrator with 20 modules, as the bench measures it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { dieAndReturn, faultsOfLines, writeWriters } from "./adoption.ts";
import { ChaosRun } from "./chaos-run.ts";
import { lookForTwins } from "./checks.ts";
import { openGround } from "./ground.ts";

test("kill -9 of the orchestrator with 20 modules: all adopted, none started again, none twice, no line lost", async (t) => {
  const ground = openGround(null);
  t.after(() => ground.clear());
  writeWriters(ground, 20);
  const up = await ground.skelly(["up", "-d"]);
  assert.equal(up.code, 0, up.err);
  for (const awayMs of [0, 300]) {
    const { adopted, restarts, changed } = await dieAndReturn(ground, awayMs);
    assert.deepEqual({ adopted, restarts, changed }, { adopted: 20, restarts: 0, changed: [] });
  }
  const run = new ChaosRun(
    ground,
    { members: [], missing: [], config: { name: "kill9", orchestrator: {}, modules: {} } },
    false,
  );
  lookForTwins(run);
  assert.deepEqual(run.violations, []);
  assert.equal((await ground.skelly(["down"])).code, 0);
  const left = ground.processes().map(({ commandLine }) => commandLine.slice(0, 90));
  assert.deepEqual(left, []);
  assert.deepEqual(
    faultsOfLines(
      ground,
      Array.from({ length: 20 }, (_, n) => `m${n}`),
    ),
    [],
  );
});
