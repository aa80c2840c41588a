// resources.test.ts: ACCEPTANCE 18 on a clock that moves when told: the throttle ladder, up and down.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { ResourceLimits, SystemEvent, Usage } from "@skelly-jelly/contract";
import { module, OWN_PROBE } from "../testkit/descriptors.ts";
import type { Behaviour } from "../testkit/fake-runner.ts";
import { World } from "../testkit/world.ts";

const QUIET: Usage = { cpuPercent: 1, memoryBytes: 1000, fileHandles: 5, threads: 1 };

type Given = {
  readonly limits: ResourceLimits;
  readonly behaviour?: Behaviour;
  readonly required?: boolean;
};

/** A running module `busy` with limits, read every ten seconds. */
async function busyWorld({ limits, behaviour = {}, required = true }: Given): Promise<World> {
  const world = new World([module("busy", { limits, required })]);
  world.runner.behave("busy", behaviour);
  world.usage.set("busy", QUIET);
  await world.start();
  return world;
}

const use = (world: World, more: Partial<Usage>): unknown =>
  world.usage.set("busy", { ...QUIET, ...more });
const life = (world: World) => world.runner.alive("busy");
const status = (world: World) => world.orchestrator.status().modules[0];

type Passed = Extract<SystemEvent, { type: "limit-passed" }>;
const passed = (world: World): readonly Passed[] =>
  world.events.filter((event): event is Passed => event.type === "limit-passed");
const steps = (world: World): readonly string[] => passed(world).map(({ step }) => step);

/** Virtual seconds, one at a time. */
async function seconds(world: World, count: number): Promise<void> {
  for (let second = 0; second < count; second++) await world.clock.advance(1000);
}

test("18: near its limit it is warned about, once, with the numbers", async () => {
  const world = await busyWorld({ limits: { cpuPercent: 50 } });
  use(world, { cpuPercent: 46 });
  await seconds(world, 60);
  assert.equal(passed(world).length, 1);
  const { what, value, limit, step, module: who } = passed(world)[0] as Passed;
  assert.deepEqual(
    { what, value, limit, step, who },
    {
      what: "cpuPercent",
      value: 46,
      limit: 50,
      step: "near",
      who: "busy",
    },
  );
  assert.deepEqual(
    life(world)?.told.filter(({ type }) => type === "throttle"),
    [],
  );
});

test("18: over its limit it is asked, asked again, squeezed and paused; never a failure", async () => {
  const world = await busyWorld({ limits: { cpuPercent: 50 } });
  use(world, { cpuPercent: 180 });
  await seconds(world, 10);
  assert.deepEqual(steps(world), ["over"], "one reading is not enough");
  await seconds(world, 1);
  assert.deepEqual(
    steps(world),
    ["over", "ask", "acknowledged"],
    "and then it is read every second",
  );
  assert.deepEqual(life(world)?.told.at(-1), {
    type: "throttle",
    frequencyFactor: 0.5,
    concurrencyMax: null,
  });
  assert.deepEqual(status(world)?.throttle, {
    step: "ask",
    frequencyFactor: 0.5,
    concurrencyMax: null,
    acknowledged: true,
  });
  await seconds(world, 2);
  assert.deepEqual(life(world)?.told.at(-1), {
    type: "throttle",
    frequencyFactor: 0.25,
    concurrencyMax: 1,
  });
  await seconds(world, 2);
  assert.equal(life(world)?.squeezed, true);
  await seconds(world, 2);
  assert.equal(life(world)?.pace, 50);
  await seconds(world, 600);
  assert.equal(world.state("busy"), "running", "the processor is never a reason to end it");
  assert.deepEqual(
    steps(world).filter((step) => step !== "acknowledged"),
    ["over", "ask", "ask", "squeeze", "pause"],
  );
});

test("18: back under its limit it is let go step by step, after two readings each", async () => {
  const world = await busyWorld({ limits: { cpuPercent: 50 } });
  use(world, { cpuPercent: 180 });
  await seconds(world, 17);
  assert.equal(life(world)?.pace, 50);
  use(world, { cpuPercent: 45 });
  await seconds(world, 30);
  assert.equal(life(world)?.pace, 50, "just under it is not yet at ease");
  use(world, { cpuPercent: 30 });
  await seconds(world, 2);
  assert.deepEqual([life(world)?.pace, life(world)?.squeezed], [null, true]);
  await seconds(world, 2);
  assert.equal(life(world)?.squeezed, false);
  await seconds(world, 4);
  assert.deepEqual(life(world)?.told.at(-1), {
    type: "throttle",
    frequencyFactor: 1,
    concurrencyMax: null,
  });
  assert.equal(steps(world).at(-1), "lifted");
  assert.equal(status(world)?.throttle, null);
});

test("18: one that comes back again and again is let go later each time", async () => {
  const world = await busyWorld({ limits: { cpuPercent: 50 } });
  const episode = async (): Promise<number> => {
    use(world, { cpuPercent: 60 });
    for (let second = 0; status(world)?.throttle === null && second < 30; second++) {
      await seconds(world, 1);
    }
    use(world, { cpuPercent: 20 });
    let held = 0;
    for (; status(world)?.throttle !== null && held < 100; held++) await seconds(world, 1);
    return held;
  };
  assert.deepEqual([await episode(), await episode(), await episode()], [2, 4, 8]);
});

test("18: one without a control channel is squeezed at once, and one that nothing slows is left alone", async () => {
  const silent = new World([
    module("busy", { limits: { cpuPercent: 50 }, ready: null, liveness: null }),
  ]);
  silent.runner.behave("busy", { silent: true });
  silent.usage.set("busy", { ...QUIET, cpuPercent: 180 });
  await silent.start();
  await seconds(silent, 11);
  assert.deepEqual(steps(silent), ["over", "squeeze"]);
  await seconds(silent, 2);
  assert.equal(silent.runner.alive("busy")?.pace, 50);
  const thread = await busyWorld({ limits: { cpuPercent: 50 }, behaviour: { unstoppable: true } });
  use(thread, { cpuPercent: 180 });
  await seconds(thread, 60);
  assert.equal(status(thread)?.throttle?.step, "ask");
  assert.equal(thread.state("busy"), "running");
});

test("18: what the kernel keeps is asked for, no more", async () => {
  const world = await busyWorld({ limits: { cpuPercent: 25, memoryBytes: 1000 } });
  world.enforcedBy.set("busy", { cpuPercent: "cgroup-v2", memoryBytes: "cgroup-v2" });
  use(world, { cpuPercent: 24.9, memoryBytes: 999 });
  await seconds(world, 120);
  assert.equal(world.state("busy"), "running");
  assert.deepEqual([life(world)?.pace, life(world)?.squeezed], [null, false]);
  assert.equal(status(world)?.throttle?.frequencyFactor, 0.25);
  assert.ok(!steps(world).includes("over"), "it never passed it");
});

for (const [what, key, value] of [
  ["memoryBytes", "memory", 3000],
  ["fileHandles", "fileHandles", 2000],
  ["threads", "threads", 1001],
] as const) {
  test(`18: ${key} over the limit for three readings after the request is a failure`, async () => {
    const world = await busyWorld({
      limits: { [what]: 1000 },
      behaviour: { deafToThrottle: true },
    });
    use(world, { [what]: value });
    await seconds(world, 11);
    assert.equal(status(world)?.throttle?.acknowledged, false);
    await seconds(world, 2);
    assert.equal(world.runner.lives.length, 1);
    use(world, { [what]: value + 1 });
    await seconds(world, 1);
    const failed = world.events.find(
      (event) => event.type === "module-state-changed" && event.to === "stopping",
    );
    assert.ok(failed?.type === "module-state-changed");
    assert.match(failed.cause, new RegExp(`${value + 1} of 1000 .*limits\\.${key}`));
    const step = world.events.find((event) => event.type === "recovery-step");
    assert.ok(step?.type === "recovery-step");
    assert.deepEqual([step.failure.code, step.failure.kind], ["LIMIT_EXCEEDED", "resource"]);
    assert.equal(steps(world).at(-1), "failure");
    await world.clock.advance(1);
    assert.equal(world.runner.lives.length, 2, "and it is started again, at ease");
    assert.equal(status(world)?.throttle, null);
  });
}

test("18: under again after the request it is no failure", async () => {
  const world = await busyWorld({ limits: { memoryBytes: 1000 } });
  use(world, { memoryBytes: 3000 });
  await seconds(world, 12);
  use(world, { memoryBytes: 500 });
  await seconds(world, 60);
  assert.equal(world.runner.lives.length, 1);
  assert.equal(steps(world).at(-1), "lifted");
});

test("18: what cannot be measured is unknown and is not judged", async () => {
  const world = await busyWorld({ limits: { cpuPercent: 1, memoryBytes: 1, threads: 1 } });
  world.usage.set("busy", {
    cpuPercent: null,
    memoryBytes: null,
    fileHandles: null,
    threads: null,
  });
  await seconds(world, 120);
  assert.deepEqual(steps(world), []);
  assert.equal(status(world)?.usage.memoryBytes, null);
});

test("18: a paused module is not asked how it does, and is asked again afterwards", async () => {
  const liveness = { ...OWN_PROBE, intervalMs: 1000, timeoutMs: 500, threshold: 2 };
  const world = new World([module("busy", { limits: { cpuPercent: 50 }, liveness })]);
  world.usage.set("busy", { ...QUIET, cpuPercent: 180 });
  await world.start();
  await seconds(world, 17);
  assert.equal(life(world)?.pace, 50);
  const asked = () => life(world)?.told.filter(({ type }) => type === "check-health").length ?? 0;
  await seconds(world, 1);
  const before = asked();
  await seconds(world, 60);
  assert.equal(asked(), before);
  use(world, { cpuPercent: 10 });
  await seconds(world, 10);
  assert.ok(asked() > before);
});

test("18: new limits reach a life that goes on, and a limit that is gone holds nobody", async () => {
  const world = await busyWorld({ limits: { cpuPercent: 50 } });
  use(world, { cpuPercent: 180 });
  await seconds(world, 17);
  const { descriptor } = world.orchestrator;
  const changed = (limits: ResourceLimits) =>
    world.orchestrator.applySystem(
      { ...descriptor, modules: descriptor.modules.map((each) => ({ ...each, limits })) },
      "test",
    );
  void changed({ cpuPercent: 200 });
  await seconds(world, 1);
  assert.deepEqual(life(world)?.limits, { cpuPercent: 200 });
  void changed({});
  await seconds(world, 2);
  assert.deepEqual(life(world)?.limits, {});
  assert.equal(life(world)?.pace, null);
  assert.equal(world.runner.lives.length, 1, "nobody was restarted for it");
});

test("18: when the machine runs short of memory, optional modules do less first", async () => {
  const world = new World([module("needed"), module("extra", { required: false })]);
  await world.start();
  world.memoryPressure = 35;
  await seconds(world, 12);
  const throttled = (id: string) =>
    world.runner.alive(id)?.told.filter(({ type }) => type === "throttle").length;
  assert.deepEqual([throttled("needed"), throttled("extra")], [0, 1]);
  world.memoryPressure = 1;
  await seconds(world, 10);
  assert.equal(steps(world).at(-1), "lifted");
});
