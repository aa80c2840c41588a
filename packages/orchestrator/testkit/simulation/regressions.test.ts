// regressions.test.ts: stories that once broke an invariant, at their smallest.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { ModuleDescriptor } from "@skelly-jelly/contract";
import { edge, module, OWN_PROBE, system } from "../descriptors.ts";
import { replay } from "./simulate.ts";
import type { Deed, Story } from "./story.ts";

/** Every invariant holds in it; answers what happened. */
async function holds(story: Story): Promise<string> {
  const { violation, tale } = await replay(story, undefined, true);
  assert.equal(violation, null, violation?.message);
  return tale.join("\n");
}

const START: Deed = { atMs: 0, do: "start-system" };

/** The system is started at once; `deeds` follow. */
const story = (
  modules: readonly ModuleDescriptor[],
  deeds: readonly Deed[],
  quirks: Story["quirks"] = {},
): Story => ({
  seed: 1,
  system: system(modules),
  quirks,
  deeds: [START, ...deeds],
  faultsUntilMs: (deeds.at(-1)?.atMs ?? 0) + 1000,
});

const quiet = { liveness: null } as const;
const follows = (on: string, whenDown: "pause" | "stop" | "restart") => ({
  ...quiet,
  dependsOn: [edge(on, { whenDown })],
});

test("nothing is started beside the pause that takes its ground away", async () => {
  const modules = [module("m1"), module("m2", follows("m1", "pause"))];
  await holds(
    story(
      [...modules, module("m3", { ...quiet, dependsOn: ["m2"] })],
      [{ atMs: 50, do: "say-health", instance: "m1", status: "unhealthy" }],
      { m2: [{ readyAfterMs: 100 }] },
    ),
  );
});

test("a module that would not die is not started again beside its old life", async () => {
  const tale = await holds(
    story(
      [module("m1", { ...quiet, stop: { signal: "SIGTERM", timeoutMs: 100 } })],
      [
        { atMs: 100, do: "stop", module: "m1" },
        { atMs: 6000, do: "recover", module: "m1" },
        { atMs: 12_000, do: "start", module: "m1" },
      ],
      { m1: [{ stopTakesMs: "never", killTakesMs: 8000 }, null] },
    ),
  );
  assert.match(tale, /left processes that even SIGKILL did not end/);
  assert.match(tale, /spawn m1 life 2/);
});

test("another number of instances leaves nobody behind under the old name", async () => {
  const modules = [module("m1", quiet), module("m2", follows("m1", "restart"))];
  const change = (atMs: number, instances: number): Deed => ({
    atMs,
    do: "change",
    module: "m1",
    change: { instances },
  });
  const tale = await holds(story(modules, [change(100, 3), change(500, 2), change(900, 1)]));
  // What depends on it follows, although it never knew the new names.
  assert.match(tale, /spawn m2 life 4/);
});

test("changes of the system take turns: none undoes another", async () => {
  const stop = { signal: "SIGTERM", timeoutMs: 500 };
  const tale = await holds(
    story(
      [module("m1", { ...quiet, stop }), module("m2", quiet)],
      [
        { atMs: 100, do: "remove", module: "m1" },
        { atMs: 101, do: "register", descriptor: module("x1", quiet) },
        { atMs: 102, do: "add", descriptor: module("x2", quiet) },
      ],
      { m1: [{ stopTakesMs: "never" }] },
    ),
  );
  assert.match(tale, /spawn x1 life 1/);
  assert.match(tale, /spawn x2 life 1/);
});

test("a command in the middle of a system's stop does not hold the stop up", async () => {
  await holds(
    story(
      [module("m1", quiet), module("m2", quiet)],
      [
        { atMs: 100, do: "stop-system", timeoutMs: 20_000 },
        { atMs: 200, do: "restart", module: "m2" },
        { atMs: 201, do: "configure", module: "m2", config: { size: 2 } },
      ],
      { m1: [{ stopTakesMs: 5000 }] },
    ),
  );
});

test("what ends by itself while the system stops is let go of as well", async () => {
  await holds(
    story(
      [module("m1", quiet), module("m2", { ...quiet, dependsOn: ["m1"] })],
      [
        { atMs: 100, do: "stop-system", timeoutMs: 20_000 },
        { atMs: 200, do: "end", instance: "m1", code: 1 },
        { atMs: 9000, do: "remove", module: "m1" },
      ],
      { m2: [{ stopTakesMs: 5000 }] },
    ),
  );
});

test("a dependent that follows its dependency's restarts keeps its own attempts counted", async () => {
  const ladder = [
    { kind: "restart", attempts: 2, backoffMs: 50, backoffMaxMs: 100, windowMs: 600_000 },
  ] as const;
  const ends = Array.from({ length: 8 }, (_, nth) => ({
    atMs: 100 + nth * 100,
    do: "end" as const,
    instance: "m1",
    code: 1,
  }));
  const often = { ...ladder[0], attempts: 20 };
  const first = module("m1", { ...quiet, ladder: [often] });
  await holds(
    story([first, module("m2", { ...follows("m1", "restart"), ladder })], ends, {
      m2: [{ endsAfterMs: 30 }],
    }),
  );
});

test("a dependency that is taken out of the system holds nobody paused", async () => {
  const modules = [module("m1", quiet), module("m2", follows("m1", "pause"))];
  const tale = await holds(story(modules, [{ atMs: 100, do: "remove", module: "m1" }]));
  assert.match(tale, /"from":"paused","to":"running"/);
});

test("a module that is asked for again while it is taken out is gone all the same", async () => {
  const stop = { signal: "SIGTERM", timeoutMs: 500 };
  await holds(
    story(
      [module("m1", { ...quiet, stop }), module("m2", quiet)],
      [
        { atMs: 100, do: "remove", module: "m1" },
        { atMs: 200, do: "restart", module: "m1" },
      ],
      { m1: [{ stopTakesMs: "never" }, { endsAfterMs: 5 }, { endsAfterMs: 5 }] },
    ),
  );
});

test("a module that is never restarted has not failed when a stop ends it", async () => {
  const tale = await holds(
    story(
      [module("m1", { ...quiet, restart: "never" }), module("m2", { ...quiet, dependsOn: ["m1"] })],
      [{ atMs: 100, do: "stop-system", timeoutMs: 50 }],
      { m2: [{ stopTakesMs: "never" }] },
    ),
  );
  assert.doesNotMatch(tale, /"module":"m1",[^\n]*"to":"failed"/);
});

test("the death of a worker host costs its workers no attempt", async () => {
  const ladder = [{ kind: "manual" }] as const;
  const worker = { ...quiet, runner: "worker", dependsOn: ["host"], ladder } as const;
  const deaths = [100, 200, 300].map((atMs) => ({
    atMs,
    do: "end" as const,
    instance: "host",
    code: null,
  }));
  const tale = await holds(
    story([module("host", { ...quiet, stableAfterMs: 10 }), module("m1", worker)], deaths),
  );
  assert.match(tale, /spawn m1 life 4/);
  assert.doesNotMatch(tale, /gave-up/);
});

test("an adopted module has a moment to find its way home before its health is judged", async () => {
  const liveness = { ...OWN_PROBE, intervalMs: 1000, timeoutMs: 50, threshold: 1 };
  const tale = await holds(
    story(
      [module("m1", { liveness }), module("m2", { liveness, dependsOn: ["m1"] })],
      [
        { atMs: 500, do: "die", touches: 0, backAfterMs: 10 },
        { atMs: 5000, do: "start-system" },
      ],
    ),
  );
  assert.match(tale, /"to":"running","cause":"adopted"/);
  assert.doesNotMatch(tale, /life 2/);
});

test("a degraded level is taken for its time, and left again", async () => {
  const ladder = [{ kind: "degraded-mode", level: "reduced", returnAfterMs: 2000 }] as const;
  const tale = await holds(
    story([module("m1", { ladder })], [{ atMs: 100, do: "end", instance: "m1", code: 1 }]),
  );
  assert.match(tale, /m1 runs at level 'reduced'/);
  assert.match(tale, /offer its level 'full' again/);
});
