// in-process-runner.test.ts: modules as functions of this process.
import assert from "node:assert/strict";
import { tmpdir } from "node:os";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { defineModule } from "@skelly-jelly/module";
import { recordFacts, STOP, startRequest } from "./fact-recorder.ts";
import { createInProcessRunner } from "./in-process-runner.ts";

const lines: string[] = [];
const output = (instance: string, stream: string, line: string): void =>
  void lines.push(`${instance} ${stream} ${line}`);
const runner = createInProcessRunner({ system: "shop", home: tmpdir(), output, openBus: null });
const ENTRY = fileURLToPath(new URL("../../module/host/fixtures/obedient.ts", import.meta.url));

test("a definition is started, answers, and stops; each fact comes after start has returned", async () => {
  const definition = defineModule({ name: "api", health: () => ({ queueDepth: 2 }) });
  const facts = recordFacts();
  const module = runner.start(startRequest("api", { kind: "definition", definition }), facts.tell);
  assert.equal(facts.facts.length, 0);
  assert.equal(module.tell(STOP), false);
  await facts.next("spawned");
  await facts.said("ready");
  assert.equal(module.tell({ type: "check-health", check: 1 }), true);
  assert.deepEqual((await facts.said("health")).numbers, { queueDepth: 2 });
  module.tell(STOP);
  const end = await facts.next("ended");
  assert.deepEqual([end.code, end.signal], [0, null]);
  assert.equal(facts.facts.at(-1), end);
  assert.equal(module.tell(STOP), false);
});

test("an entry file is started; its next life begins afresh", async () => {
  for (const incarnation of [1, 2]) {
    const facts = recordFacts();
    const request = startRequest("entry", { kind: "entry", file: ENTRY }, {}, incarnation);
    const module = runner.start(request, facts.tell);
    await facts.said("ready");
    module.tell({ type: "check-health", check: 1 });
    assert.equal((await facts.said("health")).numbers["starts"], 1);
    module.signal("SIGTERM");
    assert.equal((await facts.next("ended")).code, 0);
  }
  assert.ok(lines.includes("entry#1 out started id=entry incarnation=2 starts=1"));
});

test("a start that throws is told, then ended with code 1", async () => {
  const start = (): never => {
    throw new Error("no luck");
  };
  const facts = recordFacts();
  const definition = defineModule({ name: "api", start });
  runner.start(startRequest("api", { kind: "definition", definition }), facts.tell);
  assert.equal((await facts.said("start-failed")).message, "no luck");
  assert.equal((await facts.next("ended")).code, 1);
});

test("one that ignores its stop is abandoned when it is killed, and that is said", async () => {
  let aborted = false;
  const definition = defineModule({
    name: "api",
    start: (ctx) =>
      ctx.signal.addEventListener("abort", () => {
        aborted = true;
      }),
    stop: () => new Promise(() => undefined),
  });
  const facts = recordFacts();
  const module = runner.start(startRequest("deaf", { kind: "definition", definition }), facts.tell);
  await facts.said("ready");
  module.tell(STOP);
  module.kill();
  assert.deepEqual((await facts.next("ended")).signal, "SIGKILL");
  assert.equal(aborted, true);
  assert.ok(lines.some((line) => line.startsWith("deaf#1 err 'deaf#1' was ended without")));
  assert.equal(facts.facts.filter(({ kind }) => kind === "ended").length, 1);
});

test("a command is refused as a failed spawn", async () => {
  const facts = recordFacts();
  runner.start(startRequest("api", { kind: "command", argv: ["true"] }), facts.tell);
  assert.equal((await facts.next("spawn-failed")).failure.code, "SPAWN_FAILED");
});

test("close ends what still runs", async () => {
  const facts = recordFacts();
  const definition = defineModule({ name: "api", start: (ctx) => ctx.every(5, () => undefined) });
  runner.start(startRequest("api", { kind: "definition", definition }), facts.tell);
  await facts.said("ready");
  await runner.close({ leaveRunning: false });
  await facts.next("ended");
});
