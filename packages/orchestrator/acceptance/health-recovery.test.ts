// health-recovery.test.ts: ACCEPTANCE 8, 9, 11-13, 16, 17, 21 on a clock that moves when told.
import assert from "node:assert/strict";
import { test } from "node:test";
import { edge, module, OWN_PROBE } from "../testkit/descriptors.ts";
import { World } from "../testkit/world.ts";

const health = (world: World, id: string) =>
  world.orchestrator.status().modules.find((each) => each.id === id)?.health;
const probe = { ...OWN_PROBE, intervalMs: 30_000, timeoutMs: 5000, threshold: 3 };

test("8: a module that never answers is unhealthy after exactly three misses, not before", async () => {
  const world = new World([module("deaf", { liveness: probe, autoRecovery: false })]);
  world.runner.behave("deaf", { health: "mute" });
  await world.start(0);
  const misses: number[] = [];
  for (let second = 0; second < 120 && health(world, "deaf") !== "unhealthy"; second++) {
    if (world.state("deaf") !== "running") break;
    await world.clock.advance(1000);
    misses.push(second);
  }
  const changes = world.events.filter((event) => event.type === "module-health-changed");
  assert.equal(changes.length, 1);
  const asked = world.runner.lives[0]?.told.filter(({ type }) => type === "check-health").length;
  assert.equal(asked, 3, "the verdict fell with the third miss");
});

test("8: late answers are ignored: each comes when its check is over", async () => {
  const world = new World([module("slow", { liveness: probe })]);
  world.runner.behave("slow", { healthDelayMs: 5001 });
  await world.start(100_000);
  assert.equal(world.runner.lives.length, 2, "three misses, although every check was answered");
  const stopped = world.events.find(
    (e) => e.type === "module-state-changed" && e.to === "stopping",
  );
  assert.match(stopped?.type === "module-state-changed" ? stopped.cause : "", /answers too late/);
});

test("8: an answer in time between misses keeps the life", async () => {
  const world = new World([module("flaky", { liveness: probe })]);
  world.runner.behave("flaky", { health: "mute" });
  await world.start(0);
  const life = world.runner.alive("flaky");
  for (let turn = 0; turn < 20; turn++) {
    await world.clock.advance(30_000);
    life?.say({ type: "health", check: null, status: "healthy", issues: [], numbers: {} });
  }
  assert.equal(world.runner.lives.length, 1);
});

test("9: numbers drive the status, each with the issue named; before any check it is unknown", async () => {
  const limits = { queueDepth: { warn: 100, fail: 1000 } };
  const world = new World([module("storage", { healthLimits: limits })]);
  world.runner.behave("storage", { health: "mute" });
  await world.start(0);
  assert.equal(health(world, "storage"), "unknown");
  assert.notEqual(world.orchestrator.status().status, "healthy");
  const life = world.runner.alive("storage");
  const say = (queueDepth: number) =>
    life?.say({
      type: "health",
      check: null,
      status: "healthy",
      issues: [],
      numbers: { queueDepth },
    });
  say(10);
  assert.equal(health(world, "storage"), "healthy");
  assert.equal(world.orchestrator.status().status, "healthy");
  say(101);
  assert.equal(health(world, "storage"), "degraded");
  assert.match(world.orchestrator.status().reasons.join(), /queueDepth is 101, over 100/);
  say(1001);
  assert.equal(health(world, "storage"), "unhealthy");
  say(5);
  assert.equal(health(world, "storage"), "healthy");
  assert.deepEqual(world.orchestrator.status().modules[0]?.metrics, { queueDepth: 5 });
});

test("11: a death is noticed at once, not at the next health tick, and the module is started again", async () => {
  const world = new World([module("worker")]);
  await world.start();
  world.runner.alive("worker")?.end(null, "SIGKILL");
  await world.clock.advance(1);
  assert.equal(world.state("worker"), "running");
  const status = world.orchestrator.status().modules[0];
  assert.deepEqual(status?.exit, { code: null, signal: "SIGKILL" });
  assert.deepEqual([status?.incarnation, status?.restarts], [2, 1]);
});

test("14: restart with reset tells the new life to forget, and only that one", async () => {
  const rung = { attempts: 1, backoffMs: 1000, backoffMaxMs: 1000, windowMs: 600_000 } as const;
  const ladder = [
    { kind: "restart", ...rung },
    { kind: "restart-with-reset", ...rung },
    { kind: "manual" },
  ] as const;
  const world = new World([module("store", { ladder })]);
  await world.start();
  for (let death = 0; death < 2; death++) {
    world.runner.alive("store")?.end(1);
    await world.clock.advance(1000);
  }
  const restarted = world.orchestrator.restartModule("store");
  await world.clock.advance(1000);
  await restarted;
  const forgets = world.runner.lives.map(({ request }) => request.welcome.reset === true);
  assert.deepEqual(forgets, [false, false, true, false]);
});

test("12: delays are 0, then full jitter over base x 2^(n-2) under the cap; attempts stop at the limit", async () => {
  const rung = {
    kind: "restart",
    attempts: 5,
    backoffMs: 10_000,
    backoffMaxMs: 30_000,
    windowMs: 600_000,
  } as const;
  const world = new World([module("crashing", { ladder: [rung, { kind: "manual" }] })]);
  world.runner.behave("crashing", { exitsAfterMs: 10 });
  await world.start(200_000);
  const steps = world.events.filter((event) => event.type === "recovery-step");
  const started = steps.filter(({ outcome }) => outcome === "started");
  assert.deepEqual(
    started.map(({ attempt, delayMs }) => [attempt, delayMs]),
    [
      [1, 0],
      [2, 10_000],
      [3, 20_000],
      [4, 30_000],
      [5, 30_000],
    ],
  );
  assert.equal(world.state("crashing"), "failed");
  assert.equal(world.runner.lives.length, 6);
  const failure = world.orchestrator.status().modules[0]?.failure;
  assert.equal(failure?.code, "RESTARTS_SPENT");
  assert.match(
    failure?.message ?? "",
    /Gave up on 'crashing' after 5 restart attempts.*skelly recover crashing/,
  );
});

test("12: the jitter is over the whole delay", async () => {
  const dice = { next: () => 0.25 };
  const world = new World([module("crashing")], { random: dice });
  world.runner.behave("crashing", (incarnation) => (incarnation < 3 ? { exitsAfterMs: 10 } : {}));
  await world.start(100_000);
  const delays = world.events.flatMap((event) =>
    event.type === "recovery-step" && event.outcome === "started" ? [event.delayMs] : [],
  );
  assert.deepEqual(delays, [0, 2500]);
});

test("12: a long stable run forgives: the next failure is a first one again", async () => {
  const world = new World([module("moody")]);
  await world.start();
  for (let turn = 0; turn < 8; turn++) {
    await world.clock.advance(61_000);
    world.runner.alive("moody")?.end(1);
    await world.clock.advance(10);
    assert.equal(world.state("moody"), "running");
  }
  const attempts = world.events.flatMap((event) =>
    event.type === "recovery-step" && event.outcome === "started" ? [event.attempt] : [],
  );
  assert.deepEqual(new Set(attempts), new Set([1]));
});

test("13: a recovery counts only once it has held; falling sick again fails the attempt", async () => {
  const world = new World([module("shaky")]);
  world.runner.behave("shaky", (incarnation) => (incarnation === 2 ? { exitsAfterMs: 2000 } : {}));
  await world.start();
  world.runner.alive("shaky")?.end(1);
  await world.clock.advance(100_000);
  const outcomes = world.events.flatMap((event) =>
    event.type === "recovery-step" ? [`${event.outcome} ${event.attempt}`] : [],
  );
  assert.deepEqual(outcomes, ["started 1", "failed 1", "started 2", "recovered 2"]);
});

test("13: without a healthy reply there is no recovery", async () => {
  const world = new World([module("mute", { liveness: { ...probe, threshold: 100 } })]);
  world.runner.behave("mute", (incarnation) => (incarnation === 2 ? { health: "mute" } : {}));
  await world.start();
  world.runner.alive("mute")?.end(1);
  await world.clock.advance(100_000);
  const recovered = () =>
    world.events.some((event) => event.type === "recovery-step" && event.outcome === "recovered");
  assert.equal(recovered(), false);
  world.runner
    .alive("mute")
    ?.say({ type: "health", check: null, status: "healthy", issues: [], numbers: {} });
  await world.clock.advance(10_001);
  assert.equal(recovered(), true);
});

test("16: many fail at once: no more recoveries at a time than the cap, dependencies first", async () => {
  const ids = Array.from({ length: 12 }, (_, n) => `m${n}`);
  const world = new World(
    [module("base"), ...ids.map((id) => module(id, { dependsOn: ["base"] }))],
    {
      settings: { recoveryConcurrency: 3 },
    },
  );
  for (const id of ["base", ...ids]) world.runner.behave(id, { readyAfterMs: 100 });
  await world.start(1000);
  for (const id of ["base", ...ids]) world.runner.alive(id)?.end(1);
  let most = 0;
  for (let turn = 0; turn < 250; turn++) {
    await world.clock.advance(20);
    const starting = ["base", ...ids].filter((id) => world.state(id) === "starting").length;
    most = Math.max(most, starting);
    if (world.state("base") !== "running")
      assert.ok(ids.every((id) => world.state(id) !== "starting"));
  }
  assert.ok(most <= 3, `${most} at once`);
  assert.ok(["base", ...ids].every((id) => world.state(id) === "running"));
});

test("16: a failed dependency does not burn its dependents' attempts, and they come back with it", async () => {
  const world = new World([module("base"), module("needs", { dependsOn: ["base"] })]);
  world.runner.behave("base", (incarnation) =>
    incarnation > 1 && incarnation < 4 ? { exitsAfterMs: 5 } : {},
  );
  await world.start();
  world.runner.alive("base")?.end(1);
  world.runner.alive("needs")?.end(1);
  await world.clock.advance(120_000);
  assert.deepEqual([world.state("base"), world.state("needs")], ["running", "running"]);
  const burnt = world.events.filter(
    (event) =>
      event.type === "recovery-step" && event.module === "needs" && event.outcome === "started",
  );
  assert.equal(burnt.length, 0);
});

test("16: dependents stopped for a restart come back afterwards", async () => {
  const world = new World([
    module("base"),
    module("needs", { dependsOn: [edge("base", { whenDown: "stop" })] }),
    module("pauses", { dependsOn: [edge("base", { whenDown: "pause" })] }),
    module("again", { dependsOn: [edge("base", { whenDown: "restart" })] }),
    module("stays", { dependsOn: ["base"] }),
  ]);
  world.runner.behave("base", { readyAfterMs: 500 });
  await world.start(1000);
  const restarting = world.orchestrator.restartModule("base");
  await world.clock.advance(200);
  assert.deepEqual(
    ["needs", "pauses", "again", "stays"].map((id) => world.state(id)),
    ["waiting", "paused", "running", "running"],
  );
  await world.clock.advance(1000);
  await restarting;
  assert.deepEqual(
    ["needs", "pauses", "again", "stays"].map((id) => world.state(id)),
    ["running", "running", "running", "running"],
  );
  const lives = (id: string) => world.runner.lives.filter(({ instance }) => instance === id).length;
  assert.deepEqual(["needs", "pauses", "again", "stays"].map(lives), [2, 1, 2, 1]);
});

test("17: with auto recovery off, failures are recorded and visible, nothing is restarted", async () => {
  const world = new World([module("once", { autoRecovery: false })]);
  await world.start();
  world.runner.alive("once")?.end(3);
  await world.clock.advance(1_000_000);
  assert.equal(world.runner.lives.length, 1);
  const status = world.orchestrator.status();
  assert.equal(status.status, "critical");
  assert.match(status.modules[0]?.failure?.message ?? "", /exited with code 3/);
  const steps = world.events.flatMap((event) =>
    event.type === "recovery-step" ? [event.outcome] : [],
  );
  assert.deepEqual(steps, ["recorded"]);
});

test("21: a reported error opens an issue, recovers the module per policy, and is resolved when it is healthy", async () => {
  const world = new World([module("storage")]);
  await world.start();
  world.runner
    .alive("storage")
    ?.say({ type: "error", severity: "low", errorType: "config", message: "an odd value" });
  assert.equal(world.orchestrator.status().modules[0]?.issues[0]?.message, "an odd value");
  assert.equal(world.runner.lives.length, 1, "a low one is on record only");
  world.runner
    .alive("storage")
    ?.say({ type: "error", severity: "high", errorType: "crash", message: "index lost" });
  await world.clock.advance(1000);
  assert.equal(world.runner.lives.length, 2);
  assert.deepEqual(world.orchestrator.status().modules[0]?.issues, []);
  const resolved = world.events.flatMap((event) =>
    event.type === "error-reported" && event.resolved ? [event.message] : [],
  );
  assert.deepEqual(resolved, ["an odd value", "index lost"]);
});

test("one that is alive but deaf is told apart from one that is dead and one that is only slow", async () => {
  const world = new World([module("deaf", { liveness: probe }), module("dead")]);
  world.runner.behave("deaf", (incarnation) => (incarnation === 1 ? { health: "mute" } : {}));
  await world.start(0);
  world.runner.alive("dead")?.end(null, "SIGKILL");
  await world.clock.advance(100_000);
  const failures = world.events.flatMap((event) =>
    event.type === "recovery-step" && event.outcome === "started"
      ? [`${event.module} ${event.failure.code}`]
      : [],
  );
  assert.deepEqual(failures.sort(), ["dead EXITED", "deaf DEAF"]);
});

test("when much fails at once, recovery waits until it is quiet, says so, and goes on by itself", async () => {
  const ids = Array.from({ length: 10 }, (_, n) => `m${n}`);
  const world = new World(ids.map((id) => module(id)));
  await world.start();
  const notes = () =>
    world.events.flatMap((event) => (event.type === "note" ? [event.message] : []));
  for (const id of ids.slice(0, 4)) world.runner.alive(id)?.end(1);
  await world.clock.advance(100);
  assert.ok(
    ids.every((id) => world.state(id) === "running"),
    "four of ten are no storm",
  );
  await world.clock.advance(61_000);
  for (const id of ids.slice(0, 6)) world.runner.alive(id)?.end(1);
  await world.clock.advance(1900);
  assert.match(notes().join(), /too much failed at once/);
  assert.equal(world.state("m5"), "waiting");
  await world.clock.advance(1000);
  assert.match(notes().at(-1) ?? "", /recovery goes on/);
  assert.ok(ids.every((id) => world.state(id) === "running"));
});

test("an edge says what a module does when its dependency degrades, and it goes back by itself", async () => {
  const ladder = [
    { kind: "degraded-mode", level: "thin", returnAfterMs: 60_000 },
    { kind: "manual" },
  ] as const;
  const world = new World([
    module("base", { healthLimits: { queueDepth: { warn: 10 } } }),
    module("eases", {
      ladder,
      dependsOn: [edge("base", { whenDegraded: "degrade", whenDown: "degrade" })],
    }),
    module("pauses", { dependsOn: [edge("base", { whenDegraded: "pause" })] }),
    module("stops", { dependsOn: [edge("base", { whenDegraded: "stop" })] }),
    module("goes-on", { dependsOn: ["base"] }),
  ]);
  await world.start();
  const ids = ["eases", "pauses", "stops", "goes-on"];
  const seen = () =>
    world.orchestrator
      .status()
      .modules.filter(({ id }) => ids.includes(id))
      .map(({ state, level }) => `${state} ${level}`);
  const say = (queueDepth: number) =>
    world.runner.alive("base")?.say({
      type: "health",
      check: null,
      status: "healthy",
      issues: [],
      numbers: { queueDepth },
    });
  say(11);
  await world.clock.advance(50);
  assert.deepEqual(seen(), ["running thin", "paused full", "waiting full", "running full"]);
  assert.match(world.orchestrator.status().reasons.join(), /eases runs at level 'thin'/);
  say(1);
  await world.clock.advance(50);
  assert.deepEqual(
    seen(),
    ids.map(() => "running full"),
  );
  world.runner.behave("base", { readyAfterMs: 500 });
  world.runner.alive("base")?.end(1);
  await world.clock.advance(10);
  assert.equal(seen()[0], "running thin");
  await world.clock.advance(2000);
  assert.equal(seen()[0], "running full");
});
