// module-story.test.ts: stories of modules, lived by the real core in a world made of glass, and what `why` says of them.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { FailureCode, LifecycleState, SystemEvent } from "@skelly-jelly/contract";
import { edge, module, OWN_PROBE } from "../../orchestrator/testkit/descriptors.ts";
import { World } from "../../orchestrator/testkit/world.ts";
import { moduleStatus, statusReport } from "../testing/looks.ts";
import { done, facts, kill, shop, why } from "../testing/why-world.ts";
import { explain } from "./explain.ts";

test("a module that waits is traced to the kill of what it depends on, and to the attempt that is due", async () => {
  const world = new World(shop());
  await world.start(120_000);
  await kill(world, "storage");
  await kill(world, "storage");
  await kill(world, "api");
  const answer = why(world, "api");
  assert.equal(
    answer.sentence,
    "api is waiting: its dependency storage is backing-off; storage was killed by SIGKILL at 00:02:02, " +
      "restart attempt 2 is due in 6.0s; first failure at 00:02:00 (was killed by SIGKILL).",
  );
  assert.deepEqual(facts(answer), [
    "storage was killed by SIGKILL",
    "storage restart attempt 1, at once <- was killed by SIGKILL",
    "storage was ready after 0 ms",
    "storage was killed by SIGKILL",
    "storage restart attempt 2, after 10s <- was killed by SIGKILL",
    "api was killed by SIGKILL <- its dependency storage was down",
    "api is waiting <- its dependency storage is backing-off",
  ]);
  assert.match(answer.next.join("\n"), /skelly logs storage/);
});

test("the chain is in the order of time, and its first link has no cause", async () => {
  const world = new World(shop());
  await world.start(120_000);
  await kill(world, "storage");
  await kill(world, "storage");
  await kill(world, "api");
  const { chain } = why(world, "api");
  const times = chain.map(({ timeMs }) => timeMs ?? 0);
  assert.deepEqual(
    times,
    [...times].sort((a, b) => a - b),
  );
  assert.equal(chain[0]?.because, null);
});

test("the cause is followed through several modules to the root", async () => {
  const failure = {
    code: "COMMAND_NOT_FOUND",
    kind: "startup",
    message:
      "'disk' could not be started: 'mnt' was not found or may not be run. Check the command.",
  } as const;
  const world = new World([
    module("disk", { required: false, autoRecovery: false }),
    module("storage", { required: false, dependsOn: ["disk"] }),
    module("api", { required: false, dependsOn: ["storage"] }),
  ]);
  world.runner.behave("disk", { spawnFails: failure });
  await world.start(1000);
  assert.equal(
    why(world, "api").sentence,
    "api is waiting: its dependency storage is waiting; storage is waiting: its dependency disk has failed; " +
      "disk could not be started at 00:00:00: 'mnt' was not found or may not be run.",
  );
  assert.match(
    why(world, "system").sentence,
    /^test is degraded since 00:00:00: disk has failed: it could/,
  );
});

test("given up: how often it was tried, and when it first failed", async () => {
  const world = new World([module("storage")]);
  await world.start(120_000);
  for (let turn = 0; turn < 4; turn++) await kill(world, "storage", 25_000);
  const answer = why(world, "storage");
  assert.match(
    answer.sentence,
    /^storage has failed: it was given up after 3 restart attempts at 00:0\d:\d\d;/,
  );
  assert.match(answer.sentence, /first failure at 00:02:00 \(was killed by SIGKILL\)/);
  assert.deepEqual(answer.next, [
    "skelly logs storage",
    "skelly recover storage   # once the cause is gone",
  ]);
});

test("a person's command is named as the cause, with what to do about it", async () => {
  const world = new World(shop());
  await world.start(120_000);
  await done(world, world.orchestrator.restartModule("storage"));
  assert.match(
    why(world, "storage").sentence,
    /it was restarted because somebody asked for it \(`skelly restart`/,
  );
  await done(world, world.orchestrator.stopModule("api"));
  const stopped = why(world, "api");
  assert.match(
    stopped.sentence,
    /^api is stopped since 00:02:00: somebody asked for it \(`skelly stop`/,
  );
  assert.deepEqual(stopped.next, ["skelly start api"]);
  assert.match(why(world, "system").sentence, /^test is degraded since 00:02:00: api is stopped/);
});

test("an older failure is not taken for the reason of what a person asked later", async () => {
  const world = new World([module("api")]);
  await world.start(120_000);
  await kill(world, "api", 1000);
  await done(world, world.orchestrator.restartModule("api"));
  const { sentence } = why(world, "api");
  assert.match(sentence, /somebody asked for it/);
  assert.doesNotMatch(sentence, /SIGKILL/);
});

test("health checks that fail are the fact that a restart begins with", async () => {
  const ask = { kind: "tcp", host: "127.0.0.1", port: 5432 } as const;
  const liveness = { ...OWN_PROBE, ask, intervalMs: 5000, timeoutMs: 1000, threshold: 3 };
  const world = new World([module("storage", { liveness })]);
  let asked = 0;
  world.probes.set("storage", () =>
    ++asked <= 3
      ? { ok: false, message: "connection refused", tookMs: 1 }
      : { ok: true, tookMs: 1 },
  );
  await world.start(30_000);
  const answer = why(world, "storage");
  assert.match(
    answer.sentence,
    /it failed 3 health checks in a row at 00:00:\d\d: connection refused and was restarted/,
  );
  assert.ok(facts(answer).includes("storage became unhealthy <- connection refused"));
});

test("an edge that restarts or pauses its dependent leads to the dependency's own story", async () => {
  const world = new World([
    module("storage"),
    module("api", { dependsOn: [edge("storage", { whenDown: "restart" })] }),
    module("web", { dependsOn: [edge("storage", { whenDown: "pause" })] }),
  ]);
  await world.start(120_000);
  await kill(world, "storage", 1000);
  assert.match(
    why(world, "api").sentence,
    /it was restarted because its dependency 'storage' was started again; storage .*was killed by SIGKILL/,
  );
  await kill(world, "storage", 1000);
  const paused = why(world, "web");
  assert.match(
    paused.sentence,
    /^web is paused: its dependency storage is backing-off; storage was killed by SIGKILL/,
  );
  await world.clock.advance(20_000);
  assert.match(why(world, "web").sentence, /it went on again after it was paused/);
});

test("what a module says of itself is why the system is degraded; a change of configuration before it is named", async () => {
  const world = new World([module("api")]);
  await world.start(120_000);
  await done(world, world.orchestrator.updateConfig("api", { pageSize: 5000 }, "Ada"), 60_000);
  world.runner.alive("api")?.say({
    type: "health",
    check: null,
    status: "degraded",
    issues: [{ severity: "high", message: "pages take 9 s" }],
    numbers: {},
  });
  await world.clock.advance(100);
  const answer = why(world, "system");
  assert.match(
    answer.sentence,
    /^test is degraded since 00:03:00: api is running but degraded since 00:03:00: pages take 9 s; its configuration was applied at 00:02:\d\d by Ada \(version 1 to 2\)/,
  );
  assert.ok(
    facts(answer).includes("api configuration applied: version 1 to 2 <- Ada asked for it"),
  );
});

test("a restart for a new configuration names the versions and who asked", async () => {
  const world = new World([module("api")]);
  world.runner.behave("api", { needsRestartForConfig: true });
  await world.start(120_000);
  await done(world, world.orchestrator.updateConfig("api", { pageSize: 50 }, "Ada"), 60_000);
  assert.match(
    why(world, "api").sentence,
    /it was restarted because its configuration changed; version 1 to 2 was asked by Ada \(restarted\)/,
  );
});

test("a worker that ended with its host leads to what befell the host, although that is journaled later", () => {
  const move = (
    seq: number,
    id: string,
    from: LifecycleState,
    to: LifecycleState,
    cause: string,
    code?: FailureCode,
  ): SystemEvent => ({
    seq,
    timeMs: Date.UTC(2026, 0, 1) + seq,
    type: "module-state-changed",
    module: id,
    incarnation: 1,
    from,
    to,
    cause,
    failure: code === undefined ? null : { code, kind: "communication", message: cause },
    pid: null,
  });
  const events: SystemEvent[] = [
    move(1, "w1", "starting", "running", "ready after 5 ms"),
    move(
      2,
      "w1",
      "running",
      "waiting",
      "'w1' ended because its worker host 'skelly:workers' died; it is started again with it.",
      "HOST_DIED",
    ),
    move(
      3,
      "skelly:workers",
      "running",
      "waiting",
      "'skelly:workers' was killed by SIGKILL. Read `skelly logs skelly:workers`.",
      "EXITED",
    ),
    move(4, "w1", "waiting", "starting", "all it waits for is there"),
    move(5, "w1", "starting", "running", "ready after 1 ms"),
  ];
  const question = { about: "w1", at: null, nowMs: Date.UTC(2026, 0, 1, 1), edges: new Map() };
  const answer = explain(statusReport([moduleStatus({ id: "w1" })]), events, question);
  assert.match(
    answer.sentence,
    /it ended because its worker host 'skelly:workers' died at 00:00:00 and was restarted; skelly:workers was killed by SIGKILL\.$/,
  );
  assert.ok(
    facts(answer).indexOf("skelly:workers was killed by SIGKILL") <
      facts(answer).findIndex((fact) => fact.startsWith("w1 ended")),
  );
});
