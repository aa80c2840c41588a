// runs.test.ts: start-ups read back from events: times, causes, the critical path.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { LifecycleState, SystemEvent, SystemStatus } from "@skelly-jelly/contract";
import { runsOf } from "./runs.ts";

type Line = readonly [timeMs: number, module: string, from: LifecycleState, to: LifecycleState];

function story(lines: readonly (Line | readonly [number, SystemStatus, SystemStatus])[]) {
  return lines.map((line, index): SystemEvent => {
    const stamp = { seq: index + 1, timeMs: 1_000 + line[0] };
    if (line.length === 3) {
      return { ...stamp, type: "system-status-changed", from: line[1], to: line[2], reasons: [] };
    }
    const [, module, from, to] = line;
    const rest = { incarnation: 1, cause: "", failure: null, pid: null };
    return { ...stamp, type: "module-state-changed", module, from, to, ...rest };
  });
}

const needs = (edges: Readonly<Record<string, readonly string[]>>) =>
  ({
    modules: Object.entries(edges).map(([id, on]) => ({
      id,
      dependsOn: on.map((each) => ({ on: each })),
    })),
  }) as unknown as Parameters<typeof runsOf>[1];

// database ─▶ api ─▶ web      cache (alone)
const SHOP = needs({ database: [], cache: [], api: ["database", "cache"], web: ["api"] });
const UP = story([
  [0, "database", "not-started", "waiting"],
  [0, "cache", "not-started", "waiting"],
  [0, "api", "not-started", "waiting"],
  [0, "web", "not-started", "waiting"],
  [1, "database", "waiting", "starting"],
  [1, "cache", "waiting", "starting"],
  [2, "stopped", "starting"],
  [10, "cache", "starting", "running"],
  [50, "database", "starting", "running"],
  [51, "api", "waiting", "starting"],
  [60, "api", "starting", "backing-off"],
  [61, "api", "backing-off", "starting"],
  [90, "api", "starting", "running"],
  [91, "web", "waiting", "starting"],
  [95, "web", "starting", "running"],
  [95, "starting", "healthy"],
]);

test("a run tells when each module waited, started and was ready, and after whom", () => {
  const [run] = runsOf(UP, SHOP);
  assert.equal(run?.durationMs, 95);
  assert.equal(run?.outcome, "up");
  const api = run?.modules.find(({ module }) => module === "api");
  assert.deepEqual(api, {
    module: "api",
    waitingMs: 0,
    startingMs: 51,
    readyMs: 90,
    attempts: 2,
    outcome: "running",
    after: "database",
  });
});

test("the critical path goes back from the last to what each had waited for", () => {
  assert.deepEqual(runsOf(UP, SHOP)[0]?.criticalPath, ["database", "api", "web"]);
});

test("a task is ready when it is done, and that is what others waited for", () => {
  const events = story([
    [0, "migrate", "not-started", "waiting"],
    [0, "api", "not-started", "waiting"],
    [1, "migrate", "waiting", "starting"],
    [2, "stopped", "starting"],
    [3, "migrate", "starting", "running"],
    [40, "migrate", "running", "completed"],
    [41, "api", "waiting", "starting"],
    [60, "api", "starting", "running"],
    [60, "starting", "healthy"],
  ]);
  const [run] = runsOf(events, needs({ migrate: [], api: ["migrate"] }));
  assert.deepEqual(run?.criticalPath, ["migrate", "api"]);
  assert.equal(run?.modules.find(({ module }) => module === "migrate")?.readyMs, 40);
});

test("runs come newest first; one that never came up says so; a later restart is no run", () => {
  const more = story([
    [0, "api", "running", "backing-off"],
    [1, "healthy", "critical"],
    [2, "critical", "starting"],
    [3, "starting", "healthy"],
    [5, "healthy", "stopping"],
    [6, "stopping", "stopped"],
    [10, "database", "not-started", "waiting"],
    [10, "database", "waiting", "starting"],
    [11, "stopped", "starting"],
    [30, "starting", "stopping"],
    [31, "stopping", "stopped"],
    [40, "database", "not-started", "waiting"],
    [41, "stopped", "starting"],
  ]);
  const runs = runsOf([...UP, ...more], SHOP);
  assert.deepEqual(
    runs.map(({ outcome, durationMs }) => [outcome, durationMs]),
    [
      ["unfinished", null],
      ["failed", 20],
      ["up", 95],
    ],
  );
  assert.equal(runs[0]?.modules[0]?.readyMs, null);
  assert.deepEqual(runsOf([], SHOP), []);
});
