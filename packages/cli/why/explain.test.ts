// explain.test.ts: stories of whole systems and of the past, lived by the real core, and what `why` says of them.
import assert from "node:assert/strict";
import { test } from "node:test";
import { memoryJournal } from "../../orchestrator/ports/journal.ts";
import { module } from "../../orchestrator/testkit/descriptors.ts";
import { World } from "../../orchestrator/testkit/world.ts";
import { edgesOf, kill, shop, why } from "../testing/why-world.ts";
import { explain } from "./explain.ts";

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
