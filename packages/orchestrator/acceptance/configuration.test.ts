// configuration.test.ts: ACCEPTANCE 19, and the parts of 20 that need no file, on a clock that moves when told.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonObject } from "@skelly-jelly/contract";
import { module } from "../testkit/descriptors.ts";
import { World } from "../testkit/world.ts";

async function change(world: World, id: string, config: JsonObject, ms = 60_000): Promise<string> {
  const outcome = world.orchestrator.updateConfig(id, config, "test").then(
    (result) => result.outcome,
    (error: Error) => error.message,
  );
  await world.clock.advance(ms);
  return outcome;
}

const told = (world: World, id: string) =>
  world.runner.alive(id)?.told.filter((message) => message.type === "configure") ?? [];

test("19: a refused value changes nothing anywhere and says why", async () => {
  const world = new World([module("a", { config: { pageSize: 20 } }), module("b")]);
  world.runner.behave("a", { refusesConfig: "pageSize: must be at most 100, got 900" });
  await world.start();
  assert.match(
    await change(world, "a", { pageSize: 900 }),
    /pageSize: must be at most 100, got 900/,
  );
  assert.deepEqual(world.orchestrator.config("a"), { version: 1, config: { pageSize: 20 } });
  assert.deepEqual(
    told(world, "a").map(({ phase }) => phase),
    ["prepare", "abort"],
  );
  assert.deepEqual(told(world, "b"), []);
});

test("19: a good value reaches only its target, with old and new version", async () => {
  const world = new World([module("a", { config: { pageSize: 20 } }), module("b")]);
  await world.start();
  assert.equal(await change(world, "a", { pageSize: 50 }), "applied");
  assert.deepEqual(
    told(world, "a").map(({ phase }) => phase),
    ["prepare", "commit"],
  );
  assert.deepEqual(told(world, "b"), []);
  const event = world.events.findLast(({ type }) => type === "config-changed");
  assert.ok(event?.type === "config-changed");
  assert.deepEqual([event.version, event.previousVersion, event.outcome], [2, 1, "applied"]);
  assert.equal(world.runner.lives.length, 2, "nobody was restarted");
});

test("19: one that fails when it takes the value gets the previous one back", async () => {
  const world = new World([module("a", { config: { pageSize: 20 } })]);
  let fails = true;
  world.runner.behave("a", {
    get failsCommit() {
      return fails ? "boom" : undefined;
    },
  } as object);
  await world.start();
  const outcome = change(world, "a", { pageSize: 50 });
  await Promise.resolve();
  fails = true;
  assert.match(await outcome, /boom/);
  assert.deepEqual(world.orchestrator.config("a").config, { pageSize: 20 });
});

test("19: one that fails its next health check gets the previous value back, republished", async () => {
  const world = new World([module("a", { config: { pageSize: 20 } })]);
  let sick = false;
  world.runner.behave("a", {
    get failsCommit() {
      sick = true;
      return undefined;
    },
    get health() {
      return sick ? "mute" : { status: "healthy", issues: [], numbers: {} };
    },
  } as object);
  await world.start();
  assert.match(await change(world, "a", { pageSize: 50 }), /no answer within 5000 ms/);
  assert.deepEqual(world.orchestrator.config("a"), { version: 3, config: { pageSize: 20 } });
  const last = told(world, "a").at(-1);
  assert.deepEqual([last?.phase, last?.config], ["commit", { pageSize: 20 }]);
  const event = world.events.findLast(({ type }) => type === "config-changed");
  assert.equal(event?.type === "config-changed" ? event.outcome : "", "rolled-back");
});

test("a module that needs a restart for it is restarted with the new value", async () => {
  const world = new World([module("a", { config: { pageSize: 20 } })]);
  world.runner.behave("a", { needsRestartForConfig: true });
  await world.start();
  assert.equal(await change(world, "a", { pageSize: 50 }), "restarted");
  assert.deepEqual(world.runner.alive("a")?.request.welcome.config, { pageSize: 50 });
});

test("a program that knows nothing of us is restarted with the new value", async () => {
  const plain = module("a", {
    run: { kind: "command", argv: ["a"] },
    ready: null,
    liveness: null,
    config: { pageSize: 20 },
  });
  const world = new World([plain]);
  world.runner.behave("a", { silent: true });
  await world.start();
  assert.equal(await change(world, "a", { pageSize: 50 }), "restarted");
});

test("a changed description touches only what changed: others keep their lives", async () => {
  const ids = Array.from({ length: 20 }, (_, n) => `m${n}`);
  const world = new World(ids.map((id) => module(id)));
  await world.start();
  const { descriptor } = world.orchestrator;
  const modules = descriptor.modules
    .filter(({ id }) => id !== "m3")
    .map((each) => {
      if (each.id === "m5") return { ...each, env: { LOG: "debug" } };
      if (each.id === "m7") return { ...each, config: { pageSize: 1 } };
      return each.id === "m9" ? { ...each, stableAfterMs: 5 } : each;
    });
  const applying = world.orchestrator.applySystem(
    { ...descriptor, modules: [...modules, module("fresh")] },
    "file",
  );
  await world.clock.advance(10_000);
  const result = await applying;
  assert.ok(result.ok);
  assert.deepEqual(
    result.impacts.map(({ kind, module: id }) => `${kind} ${id}`),
    ["remove m3", "restart m5", "reconfigure m7", "adjust m9", "add fresh"],
  );
  const again = world.runner.lives.slice(20).map(({ instance }) => instance);
  assert.deepEqual(again.sort(), ["fresh", "m5"]);
  assert.equal(world.state("m3"), "unknown module");
  assert.equal(world.runner.alive("m3"), undefined);
});

test("a change that one module refuses is refused as a whole", async () => {
  const world = new World([module("a"), module("b")]);
  world.runner.behave("b", { refusesConfig: "no" });
  await world.start();
  const { descriptor } = world.orchestrator;
  const modules = descriptor.modules.map((each) => ({ ...each, config: { x: 1 } }));
  const applying = world.orchestrator.applySystem(
    { ...descriptor, modules: [...modules, module("c")] },
    "file",
  );
  await world.clock.advance(10_000);
  const result = await applying;
  assert.equal(result.ok, false);
  assert.equal(world.state("c"), "unknown module");
  assert.deepEqual(world.orchestrator.config("a").config, {});
  assert.deepEqual(
    told(world, "a").map(({ phase }) => phase),
    ["prepare", "abort"],
  );
});
