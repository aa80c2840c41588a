// many.test.ts: a system of many modules, all kinds at once: quickly up, quickly and wholly down.
import assert from "node:assert/strict";
import { test } from "node:test";
import { isAlive } from "./processes.ts";
import { Rig } from "./rig.ts";

const TARGET_MS = 10_000;

test("25 modules, programs and modules of ours, are up within ten seconds and leave nothing behind", async (t) => {
  const rig = new Rig(t);
  const entry = rig.entry(
    "unit.mjs",
    `export default defineModule({ name: "unit", start(ctx) { ctx.every(1000, () => ctx.bus.publish("unit.tick", {})); } });`,
  );
  const modules = Object.fromEntries(
    Array.from({ length: 25 }, (_, index) => {
      const kind = index % 5;
      const how =
        kind === 0
          ? { entry }
          : kind < 3
            ? { entry, run: "worker" }
            : { command: ["sleep", "300"] };
      return [`m${index}`, { ...how, ...(index >= 10 && { dependsOn: [`m${index - 10}`] }) }];
    }),
  );
  rig.system(modules);
  await rig.ok("up", "-d");
  const report = await rig.status();
  assert.equal(report.status, "healthy");
  assert.equal(report.modules.length, 25);
  const events = await rig.events();
  const first = events.find(({ type }) => type === "module-state-changed")?.timeMs ?? 0;
  const healthy = events.find(
    (event) => event.type === "system-status-changed" && event.to === "healthy",
  );
  assert.ok(healthy !== undefined && healthy.timeMs - first < TARGET_MS);
  const daemon = rig.daemonPid();
  const down = await rig.ok("down");
  assert.doesNotMatch(down.out, /killed/);
  await rig.eventually("the orchestrator is gone", () => !isAlive(daemon));
  await rig.untilNoneLeft();
});

test("instances: three of one module, each with its own life, and one dies without the others", async (t) => {
  const rig = new Rig(t);
  rig.system({
    api: { command: ["sleep", "300"], instances: 3 },
    web: { command: ["sleep", "300"], dependsOn: ["api"] },
  });
  await rig.ok("up", "-d");
  const before = await rig.status();
  assert.deepEqual(before.modules.map(({ id }) => id).sort(), ["api#1", "api#2", "api#3", "web"]);
  const victim = before.modules.find(({ id }) => id === "api#2");
  process.kill(victim?.pid ?? 0, "SIGKILL");
  const now = await rig.until("it is back", ({ modules }) =>
    modules.some(
      ({ id, incarnation, state }) => id === "api#2" && incarnation === 2 && state === "running",
    ),
  );
  for (const id of ["api#1", "api#3", "web"]) {
    assert.equal(
      now.modules.find((each) => each.id === id)?.pid,
      before.modules.find((each) => each.id === id)?.pid,
    );
  }
  await rig.ok("down");
  await rig.untilNoneLeft();
});
