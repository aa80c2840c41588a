// explain.test.ts: stories lived by the real core in a world made of glass, and what `why` makes of them.
import assert from "node:assert/strict";
import { test } from "node:test";
import { memoryJournal } from "../../orchestrator/ports/journal.ts";
import { edge, module, OWN_PROBE } from "../../orchestrator/testkit/descriptors.ts";
import { World } from "../../orchestrator/testkit/world.ts";
import { explain } from "./explain.ts";
import type { Explanation } from "./explanation.ts";
import { momentOf } from "./moment.ts";

process.env["TZ"] = "UTC";

const edgesOf = ({ orchestrator }: World) =>
  new Map(orchestrator.descriptor.modules.map((m) => [m.id, m.dependsOn.map(({ on }) => on)]));

/** The world's clock begins at midnight. */
function why(world: World, about: string, at?: string): Explanation {
  const nowMs = world.clock.wallMs();
  const moment = at === undefined ? null : momentOf(at, nowMs);
  const question = { about, at: moment, nowMs, edges: edgesOf(world) };
  return explain(world.orchestrator.status(true), world.events, question);
}

const facts = ({ chain }: Explanation): string[] =>
  chain.map(({ module, fact, because }) =>
    [`${module ?? "-"} ${fact}`, ...(because === null ? [] : [because])].join(" <- "),
  );

async function kill(world: World, id: string, thenMs = 2000): Promise<void> {
  world.runner.alive(id)?.end(null, "SIGKILL");
  await world.clock.advance(thenMs);
}

async function done<T>(world: World, work: Promise<T>, ms = 500): Promise<void> {
  const settled = work.catch(() => {});
  await world.clock.advance(ms);
  await settled;
}

const shop = () => [module("storage"), module("api", { dependsOn: ["storage"] })];

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

test("a restart in the past is found by its minute and by its second, with its reason and its end", async () => {
  const world = new World(shop());
  await world.start(180_000);
  await kill(world, "storage", 600_000);
  for (const at of ["00:03", "00:03:00", "2026-01-01T00:03", "10m ago"]) {
    assert.equal(
      why(world, "storage", at).sentence,
      "storage was restarted at 00:03:00: it was killed by SIGKILL at 00:03:00; it was running at 00:03:00.",
      at,
    );
  }
});

test("an attempt that came later than the minute asked about is told to its end", async () => {
  const world = new World([module("storage")]);
  await world.start(175_000);
  await kill(world, "storage", 2000);
  await kill(world, "storage", 600_000);
  assert.match(
    why(world, "storage", "00:02:57").sentence,
    /was restarted at 00:02:57: .*; it was running at 00:03:07/,
  );
});

test("of a time when nothing happened it is said that nothing did, and how it was", async () => {
  const world = new World(shop());
  await world.start(600_000);
  assert.equal(
    why(world, "api", "00:05").sentence,
    "Nothing happened to api at 00:05:00: it was running already (api is running since 00:00:00 and healthy; " +
      "it was started because the system was started).",
  );
  assert.match(why(world, "api", "2025-12-31").sentence, /^Nothing is known of api at 2025-12-31/);
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
    /^test is degraded since 00:03:00: api is running but degraded since 00:00:00: pages take 9 s; its configuration was applied at 00:02:\d\d by Ada \(version 1 to 2\)/,
  );
  assert.ok(facts(answer).includes("api configuration applied: version 1 to 2 <- asked by Ada"));
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

test("adoption tells of the orchestrator that had died, and when it was last heard of", async () => {
  const journal = memoryJournal();
  const first = new World([module("api")], { journal });
  await first.start(60_000);
  const second = new World([module("api")], { journal, clock: first.clock });
  second.runner.survive({ instance: "api", incarnation: 1, pid: 4711, startedAtWallMs: 0 });
  await second.start(1000);
  const nowMs = second.clock.wallMs();
  const events = journal.query({ limit: 1000 });
  const question = { about: "api", at: null, nowMs, edges: edgesOf(second) };
  const answer = explain(second.orchestrator.status(true), events, question);
  assert.match(
    answer.sentence,
    /it was adopted by a new orchestrator; the orchestrator before it ended without a word, after 00:0\d:\d\d \(the last it wrote\)/,
  );
});

test("a system that was stopped says who stopped it; one that could not start says what failed", async () => {
  const world = new World(shop());
  await world.start(60_000);
  await world.stop(1000);
  assert.equal(
    why(world, "system").sentence,
    "test is stopped since 00:01:00: somebody asked for it (`skelly down`, Ctrl-C, or a signal).",
  );
  const broken = new World([
    module("storage", { autoRecovery: false }),
    module("api", { dependsOn: ["storage"] }),
  ]);
  broken.runner.behave("storage", { readyAfterMs: "never", exitsAfterMs: 50, exitCode: 3 });
  await broken.start(1000);
  assert.match(
    why(broken, "system").sentence,
    /^test is stopped since 00:00:00: storage has failed: it exited with code 3 before it was ready at 00:00:00/,
  );
});

test("a healthy system is said to be so in one line", async () => {
  const world = new World(shop());
  await world.start(60_000);
  const answer = why(world, "system");
  assert.equal(answer.sentence, "test is healthy since 00:00:00.");
  assert.deepEqual(answer.next, []);
});

test("when nothing runs the journal alone answers, and says so", async () => {
  const world = new World(shop());
  await world.start(120_000);
  await kill(world, "storage");
  await kill(world, "storage");
  const nowMs = world.clock.wallMs() + 86_400_000;
  const ask = (about: string) =>
    explain(null, world.events, { about, at: null, nowMs, edges: edgesOf(world) });
  const answer = ask("storage");
  assert.match(
    answer.sentence,
    /^Last known: storage is backing-off: it was killed by SIGKILL at 2026-01-01 00:02:02/,
  );
  assert.match(answer.sentence, /the orchestrator ended without a word after 2026-01-01 00:02:02/);
  assert.deepEqual(answer.next, ["skelly up"]);
  assert.match(ask("system").sentence, /^Last known: the system is critical/);
  assert.match(
    explain(null, [], { about: "system", at: null, nowMs, edges: new Map() }).sentence,
    /has never been started/,
  );
});

test("of several instances the one that is worst off is explained, and the others are named", async () => {
  const world = new World([module("api", { instances: 3 })]);
  await world.start(120_000);
  await kill(world, "api#2", 1000);
  await kill(world, "api#2", 1000);
  const answer = why(world, "api");
  assert.match(answer.sentence, /^api#2 is backing-off/);
  assert.ok(answer.next.includes("skelly why api#1"));
});

test("a crash loop without end is told by its beginning and its end", async () => {
  const ladder = [
    { kind: "restart", attempts: 1000, backoffMs: 1000, backoffMaxMs: 1000, windowMs: 3_600_000 },
  ] as const;
  const world = new World([module("api", { ladder: [...ladder, { kind: "manual" }] })]);
  world.runner.behave("api", { exitsAfterMs: 100, exitCode: 1 });
  await world.start(300_000);
  const { chain } = why(world, "api");
  assert.ok(chain.length <= 25, `${chain.length} links`);
  assert.ok(chain.some(({ fact }) => /^… and \d+ more/.test(fact)));
});
