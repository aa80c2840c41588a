// start-stop.test.ts: ACCEPTANCE 1-7, 10, 22 on a clock that moves when told.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Orchestrator } from "../engine/orchestrator.ts";
import { edge, module } from "../testkit/descriptors.ts";
import { World } from "../testkit/world.ts";

const SEED = {
  "event-bus": [],
  storage: ["event-bus"],
  "data-capture": ["event-bus"],
  "analysis-engine": ["event-bus", "storage"],
  gamification: ["event-bus", "analysis-engine"],
  "ai-integration": ["event-bus", "gamification"],
  "cute-figurine": ["event-bus", "ai-integration"],
} as const;

test("1: registered in any order, modules start in the seed's order, each after its dependencies", async () => {
  const ids = Object.keys(SEED) as (keyof typeof SEED)[];
  for (let turn = 0; turn < ids.length; turn++) {
    const shuffled = [...ids.slice(turn), ...ids.slice(0, turn)].reverse();
    const world = new World(
      shuffled.map((id) => module(id, { dependsOn: SEED[id] })),
      { settings: { parallelStartup: false } },
    );
    for (const id of ids) world.runner.behave(id, { readyAfterMs: 20 });
    await world.start(1000);
    assert.equal(await world.started, "up");
    const starts = world.runner.lives.map(({ instance }) => instance);
    for (const id of ids) {
      for (const dependency of SEED[id]) {
        const readyAt = world.story().indexOf(`${dependency} running`);
        assert.ok(readyAt < world.story().indexOf(`${id} starting`), `${id} after ${dependency}`);
        assert.ok(starts.indexOf(dependency) < starts.indexOf(id));
      }
    }
  }
});

test("1: with the descriptors in the seed's order, that is the order of start", async () => {
  const world = new World(
    Object.entries(SEED).map(([id, dependsOn]) => module(id, { dependsOn })),
    { settings: { parallelStartup: false } },
  );
  await world.start(1000);
  assert.deepEqual(
    world.runner.lives.map(({ instance }) => instance),
    Object.keys(SEED),
  );
});

test("2: a loop is refused and names its members in order; an unknown dependency names both ends", () => {
  const build = () =>
    new World([
      module("a", { dependsOn: ["b"] }),
      module("b", { dependsOn: ["c"] }),
      module("c", { dependsOn: ["a"] }),
      module("outside", { dependsOn: ["a"] }),
      module("lost", { dependsOn: ["nowhere"] }),
    ]);
  assert.throws(build, (error: Error) => {
    assert.match(error.message, /dependency loop: a -> b -> c -> a/);
    assert.match(error.message, /'lost' depends on 'nowhere'/);
    assert.doesNotMatch(error.message, /outside/);
    return true;
  });
});

test("2: a diamond is not a loop", async () => {
  const world = new World([
    module("top"),
    module("left", { dependsOn: ["top"] }),
    module("right", { dependsOn: ["top"] }),
    module("bottom", { dependsOn: ["left", "right"] }),
  ]);
  await world.start();
  assert.equal(await world.started, "up");
});

test("3: a module that is never ready fails at its own timeout; what was started stops in reverse", async () => {
  const world = new World([
    module("bus"),
    module("storage", { dependsOn: ["bus"] }),
    module("slow", { dependsOn: ["storage"], startupTimeoutMs: 5000 }),
    module("after", { dependsOn: ["slow"] }),
  ]);
  world.runner.behave("slow", { readyAfterMs: "never" });
  await world.start(4999);
  assert.equal(world.state("slow"), "starting");
  await world.clock.advance(1000);
  assert.match(await world.started, /'slow' was not ready after 5 s/);
  assert.equal(world.state("slow"), "failed");
  assert.equal(world.story("after").includes("starting"), false);
  const stops = world.story().filter((line) => line.endsWith(" stopped"));
  assert.deepEqual(stops, ["after stopped", "storage stopped", "bus stopped"]);
  assert.deepEqual(world.runner.living(), []);
});

test("4: the same of an optional module leaves the system degraded, its dependents blocked, the rest running", async () => {
  const world = new World([
    module("bus"),
    module("slow", { dependsOn: ["bus"], required: false, startupTimeoutMs: 5000 }),
    module("after", { dependsOn: ["slow"], required: false }),
    module("other", { dependsOn: ["bus"] }),
  ]);
  world.runner.behave("slow", { readyAfterMs: "never" });
  await world.start(6000);
  assert.equal(await world.started, "up");
  const status = world.orchestrator.status();
  assert.equal(status.status, "degraded");
  const after = status.modules.find(({ id }) => id === "after");
  assert.equal(after?.state, "waiting");
  assert.equal(after?.blockedBy, "slow");
  assert.match(status.reasons.join("\n"), /after is blocked by 'slow'/);
  assert.equal(world.state("other"), "running");
});

test("5: in parallel, two independent modules overlap and a chain does not", async () => {
  const world = new World([
    module("one"),
    module("two"),
    module("chained", { dependsOn: ["one"] }),
  ]);
  for (const id of ["one", "two", "chained"]) world.runner.behave(id, { readyAfterMs: 300 });
  await world.start(310);
  assert.deepEqual([world.state("one"), world.state("two")], ["running", "running"]);
  assert.equal(world.state("chained"), "starting");
});

test("5: not in parallel, starts are serial with the delay between them", async () => {
  const world = new World([module("one"), module("two"), module("three")], {
    settings: { parallelStartup: false, moduleStartDelayMs: 1000 },
  });
  await world.start(3000);
  const starts = world.runner.lives.map(({ startedMs }) => startedMs);
  assert.equal(starts.length, 3);
  assert.equal((starts[1] ?? 0) - (starts[0] ?? 0), 1000);
  assert.equal((starts[2] ?? 0) - (starts[1] ?? 0), 1000);
});

test("5: the system's startup timeout aborts the whole start", async () => {
  const world = new World([module("quick"), module("slow", { startupTimeoutMs: 30_000 })], {
    settings: { startupTimeoutMs: 10_000 },
  });
  world.runner.behave("slow", { readyAfterMs: "never" });
  await world.start(10_100);
  assert.match(await world.started, /not up after 10 s; not ready: slow/);
  assert.deepEqual(world.runner.living(), []);
});

test("6: a stop goes in reverse, waits for each, and ends every module stopped(shutdown)", async () => {
  const world = new World([
    module("bus"),
    module("storage", { dependsOn: ["bus"] }),
    module("analysis", { dependsOn: ["storage"] }),
  ]);
  for (const id of ["bus", "storage", "analysis"]) world.runner.behave(id, { stopTakesMs: 200 });
  await world.start();
  const before = world.events.length;
  await world.stop(1000);
  const story = world.events
    .slice(before)
    .flatMap((event) =>
      event.type === "module-state-changed" ? [`${event.module} ${event.to}`] : [],
    );
  assert.deepEqual(story, [
    "analysis stopping",
    "analysis stopped",
    "storage stopping",
    "storage stopped",
    "bus stopping",
    "bus stopped",
  ]);
  for (const { stopReason } of world.orchestrator.status().modules) {
    assert.deepEqual(stopReason, { kind: "shutdown" });
  }
  assert.deepEqual(await world.stopped, { stopped: 3, killed: [], left: [] });
});

test("6: one that ignores the request is killed within the budget and reported; no timer survives", async () => {
  const world = new World([
    module("bus"),
    module("deaf", { dependsOn: ["bus"], stop: { signal: "SIGTERM", timeoutMs: 2000 } }),
  ]);
  world.runner.behave("deaf", { ignoresStop: true });
  await world.start();
  await world.stop(2500);
  assert.match(
    world.events.map((event) => (event.type === "note" ? event.message : "")).join("\n"),
    /'deaf' did not stop within 2 s and was killed/,
  );
  assert.deepEqual(world.runner.living(), []);
  await world.orchestrator.close();
  assert.equal(world.clock.sleepers, 0);
});

test("7: started twice, stopped during a start, stopped twice: all safe, each move published once", async () => {
  const world = new World([module("a"), module("b", { dependsOn: ["a"] })]);
  world.runner.behave("b", { readyAfterMs: 1000 });
  await world.start(10);
  const second = world.orchestrator.startSystem().then(
    () => "up",
    (error: Error) => error.message,
  );
  await world.stop(0);
  const again = world.orchestrator.stopSystem();
  await world.clock.advance(2000);
  assert.match(await world.started, /was stopped while it was starting/);
  assert.match(await second, /was stopped while it was starting/);
  assert.deepEqual(await world.stopped, await again);
  const moves = world.events.filter((event) => event.type === "module-state-changed");
  for (const [at, move] of moves.entries()) {
    const previous = moves.slice(0, at).findLast(({ module: id }) => id === move.module);
    assert.equal(move.from, previous?.to ?? "not-started", "each move begins where the last ended");
    assert.ok(move.cause !== "", `${move.module} ${move.to} has a cause`);
    assert.ok(move.timeMs > 0);
  }
  await world.start(2000);
  assert.equal(await world.started, "up", "and it can be started again");
  assert.deepEqual(world.runner.doubles, []);
});

test("7: one module stopped during a start holds up its dependents, and fails nothing", async () => {
  const world = new World([
    module("store"),
    module("api", { dependsOn: ["store"] }),
    module("other"),
  ]);
  world.runner.behave("store", { readyAfterMs: 1000 });
  await world.start(10);
  const stopped = world.orchestrator.stopModule("store");
  await world.clock.advance(5000);
  await stopped;
  assert.equal(await world.started, "up");
  assert.deepEqual(
    ["store", "api", "other"].map((id) => world.state(id)),
    ["stopped", "waiting", "running"],
  );
});

test("10: the status is that of the phase, however often it is read; critical lists exactly who fails", async () => {
  const world = new World([
    module("must", { ladder: [{ kind: "manual" }] }),
    module("may", { required: false, ladder: [{ kind: "manual" }] }),
  ]);
  world.runner.behave("must", { readyAfterMs: 500, stopTakesMs: 500 });
  assert.equal(world.orchestrator.status().status, "stopped");
  await world.start(100);
  for (let read = 0; read < 5; read++) assert.equal(world.orchestrator.status().status, "starting");
  await world.clock.advance(1000);
  assert.equal(world.orchestrator.status().status, "healthy");
  world.runner.alive("may")?.end(1);
  await world.clock.advance(10);
  assert.equal(world.orchestrator.status().status, "degraded");
  world.runner.alive("must")?.end(1);
  await world.clock.advance(10);
  assert.equal(world.orchestrator.status().status, "critical");
  assert.deepEqual(world.orchestrator.getSystemHealth().failing, ["must"]);
  await world.stop(10);
  assert.notEqual(world.orchestrator.status().status, "critical");
});

test("22: a module that nobody had heard of runs like any other, registered before or after the start", async () => {
  const world = new World([module("bus")]);
  await world.orchestrator.registerModule(module("custom-one", { dependsOn: ["bus"] }));
  await world.start();
  assert.equal(world.state("custom-one"), "running");
  const registering = world.orchestrator.registerModule(
    module("custom-two", { dependsOn: ["custom-one"] }),
  );
  await world.clock.advance(50);
  await registering;
  assert.equal(world.state("custom-two"), "running");
  world.runner.alive("custom-two")?.end(1);
  await world.clock.advance(50);
  assert.equal(world.state("custom-two"), "running", "recovered like a built-in one");
  await assert.rejects(
    world.orchestrator.registerModule(module("bus")),
    /'bus' is registered already/,
  );
});

test("22: 25 modules start without delay well inside the target", async () => {
  const world = new World(
    Array.from({ length: 25 }, (_, n) =>
      module(`m${n}`, n === 0 ? {} : { dependsOn: [`m${n - 1}`] }),
    ),
  );
  for (let n = 0; n < 25; n++) world.runner.behave(`m${n}`, { readyAfterMs: 50 });
  await world.start(2000);
  assert.equal(await world.started, "up");
});

test("an orchestrator that is refused at construction has started nothing", () => {
  assert.throws(
    () => new World([module("a", { dependsOn: [edge("a")] })]),
    /dependency loop: a -> a/,
  );
  assert.equal(typeof Orchestrator, "function");
});
