// worker-runner.test.ts: modules as real worker threads of this process.
import assert from "node:assert/strict";
import { tmpdir } from "node:os";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import type { RunSpec } from "@skelly-jelly/contract";
import { createEventBus, servePort } from "@skelly-jelly/event-bus";
import { recordFacts, STOP, startRequest } from "./fact-recorder.ts";
import { createWorkerRunner } from "./worker-runner.ts";

const lines: string[] = [];
const output = (instance: string, stream: string, line: string): void =>
  void lines.push(`${instance} ${stream} ${line}`);
const runner = createWorkerRunner({ system: "shop", home: tmpdir(), output, serveBus: null });
const fixture = (name: string): string =>
  fileURLToPath(new URL(`../../module/host/fixtures/${name}.ts`, import.meta.url));
const ENTRY: RunSpec = { kind: "entry", file: fixture("obedient") };
after(() => runner.close({ leaveRunning: false }));

test("a module lives in a thread: spawned, ready, health, stopped, ended last", async () => {
  const facts = recordFacts();
  const module = runner.start(startRequest("calm", ENTRY), facts.tell);
  assert.equal(facts.facts.length, 0);
  await facts.next("spawned");
  await facts.said("ready");
  module.tell({ type: "check-health", check: 1 });
  assert.equal((await facts.said("health")).numbers["starts"], 1);
  module.tell(STOP);
  await facts.said("stopped");
  const end = await facts.next("ended");
  assert.deepEqual([end.code, end.signal, end.outOfMemory], [0, null, false]);
  assert.equal(facts.facts.at(-1), end);
  assert.deepEqual(lines.slice(0, 3).sort(), [
    'calm#1 err careful text="two words" list=[1]',
    "calm#1 out said by console",
    "calm#1 out started id=calm incarnation=1 starts=1",
  ]);
  assert.ok(lines.includes("calm#1 out put away"));
});

test("what a thread throws ends only the thread", async () => {
  const facts = recordFacts();
  runner.start(startRequest("wild", ENTRY, { config: { act: "crash" } }), facts.tell);
  const end = await facts.next("ended");
  assert.deepEqual([end.code, end.signal], [1, null]);
  assert.ok(lines.some((line) => line === "wild#1 err Error: crashed on request"));
});

test("a thread that ignores its stop, or spins, is ended by kill", async () => {
  for (const act of ["ignore-stop", "spin"]) {
    const facts = recordFacts();
    const module = runner.start(startRequest("deaf", ENTRY, { config: { act } }), facts.tell);
    await facts.said("ready");
    module.tell(STOP);
    module.kill();
    assert.equal((await facts.next("ended")).signal, "SIGKILL");
  }
});

test("a thread that passes its memory limit ends with that cause", async () => {
  const facts = recordFacts();
  const limits = { memoryBytes: 16 * 1024 * 1024 };
  runner.start(startRequest("greedy", ENTRY, { limits, config: { act: "leak" } }), facts.tell);
  assert.equal((await facts.next("ended")).outOfMemory, true);
});

test("a task ends by itself with code 0", async () => {
  const facts = recordFacts();
  runner.start(startRequest("migrate", ENTRY, { task: true }), facts.tell);
  assert.equal((await facts.next("ended")).code, 0);
});

test("a configuration that was applied is in the next welcome, a refused one is not", async () => {
  const facts = recordFacts();
  const module = runner.start(startRequest("tuned", ENTRY), facts.tell);
  await facts.said("ready");
  const change = { type: "configure", phase: "commit", config: { act: "nothing" } } as const;
  module.tell({ ...change, version: 2 });
  assert.equal((await facts.said("config-answer")).outcome, "applied");
  module.tell({ ...change, version: 3, config: { act: 7 } });
  const refused = await facts.said("config-answer");
  assert.deepEqual([refused.outcome, refused.message], ["refused", "act: must be a word"]);
  module.kill();
  await facts.next("ended");
});

test("a thread that may join speaks on the program's own bus; one that may not is told so", async (t) => {
  const bus = createEventBus();
  const open = { allow: [">"], deny: [] };
  const joined = createWorkerRunner({
    system: "shop",
    home: tmpdir(),
    output,
    serveBus: (port) => void servePort(bus, port),
  });
  t.after(() => joined.close({ leaveRunning: false }));
  const talker: RunSpec = { kind: "entry", file: fixture("talker") };
  const facts = recordFacts();
  const allowed = { bus: { publish: open, subscribe: open } };
  const module = joined.start(startRequest("talker", talker, allowed), facts.tell);
  await facts.said("ready");
  assert.equal((await bus.request("ask", "this")).data, "talker heard this");
  module.tell(STOP);
  assert.equal((await facts.next("ended")).code, 0);

  const other = recordFacts();
  joined.start(startRequest("mute", talker), other.tell);
  assert.match((await other.said("start-failed")).message, /'mute#1' has no event bus/);
  await other.next("ended");
  await bus.close();
});
