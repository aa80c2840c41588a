// hosted-runner.test.ts: what the runner makes of what a worker host and its threads say.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import type { ModuleMessage, OrchestratorMessage, RunSpec } from "@skelly-jelly/contract";
import { recordFacts, startRequest } from "./fact-recorder.ts";
import { createHostedRunner } from "./hosted-runner.ts";
import { type HostedThreads, hostedThreadsFile } from "./hosted-threads.ts";
import type { ControlChannels } from "./process-options.ts";

const directory = mkdtempSync(join(tmpdir(), "skelly-hosted-"));
after(() => rmSync(directory, { recursive: true, force: true }));
const ENTRY: RunSpec = { kind: "entry", file: "/app/main.ts" };
const ONE = { instance: "one#1", incarnation: 1 };
const ENDED = { type: "thread-ended", ...ONE, code: 0, message: null, outOfMemory: false } as const;

type Channel = Parameters<ControlChannels["register"]>[0];

/** A host and a control socket that the test speaks for. */
function stage(threads: HostedThreads | null = null) {
  const told: OrchestratorMessage[] = [];
  const toThreads: OrchestratorMessage[] = [];
  const registered: Channel[] = [];
  const heard: ((message: ModuleMessage) => void)[] = [];
  const down: (() => void)[] = [];
  let isUp = false;
  const runner = createHostedRunner({
    system: "shop",
    mode: "worker",
    host: {
      tell: (message) => isUp && told.push(message) > 0,
      onMessage: (call) => void heard.push(call),
      onDown: (call) => void down.push(call),
    },
    channels: {
      register(channel) {
        registered.push(channel);
        return { tell: (message) => toThreads.push(message) > 0, close() {} };
      },
    },
    controlSocket: "/run/control.sock",
    spoolPaths: (instance, incarnation) => ({
      outPath: join(directory, `${instance}.${incarnation}.out`),
      errPath: join(directory, `${instance}.${incarnation}.err`),
    }),
    threads,
  });
  return {
    runner,
    told,
    toThreads,
    registered,
    says: (message: ModuleMessage): void => heard.forEach((call) => void call(message)),
    up(list: readonly { instance: string; incarnation: number }[] = []): void {
      isUp = true;
      this.says({ type: "thread-list", threads: list });
    },
    away(): void {
      isUp = false;
    },
    down(): void {
      isUp = false;
      for (const call of down) call();
    },
  };
}
const turn = (): Promise<void> => new Promise(setImmediate);

test("a thread is asked for once its host is there, and told of by the host", async () => {
  const { runner, told, ...host } = stage();
  const facts = recordFacts();
  runner.start(startRequest("one", ENTRY, { limits: { memoryBytes: 5 } }), facts.tell);
  await turn();
  assert.equal(told.length, 0);
  host.up();
  const start = told.find((message) => message.type === "thread-start");
  assert.ok(start);
  assert.deepEqual([start.incarnation, start.instance, start.entry], [1, "one#1", "/app/main.ts"]);
  assert.equal(start.memoryBytes, 5);
  assert.equal(start.env["SKELLY_TOKEN"], host.registered[0]?.token);
  assert.equal(start.env["SKELLY_INCARNATION"], "shop/one#1/1");
  host.says({ type: "thread-spawned", ...ONE });
  await facts.next("spawned");
  host.says(ENDED);
  host.says(ENDED);
  const end = await facts.next("ended");
  assert.equal(end.code, 0);
  assert.equal(facts.facts.length, 2);
});

test("a thread that says hello is told all it should be, also what has changed since its start", async () => {
  const { runner, toThreads, ...host } = stage();
  host.up();
  const facts = recordFacts();
  const module = runner.start(startRequest("one", ENTRY), facts.tell);
  const hello = { type: "hello", token: "", incarnation: "", pid: 1, configVersion: 0 } as const;
  host.registered[0]?.onMessage(hello);
  assert.deepEqual(toThreads.pop(), { ...startRequest("one", ENTRY).welcome });
  module.tell({ type: "configure", phase: "commit", version: 2, config: { a: 1 } });
  module.tell({ type: "configure", phase: "commit", version: 3, config: { a: 2 } });
  const answer = { type: "config-answer", phase: "commit" } as const;
  host.registered[0]?.onMessage({ ...answer, version: 3, outcome: "refused" });
  module.tell({ type: "configure", phase: "commit", version: 4, config: { a: 4 } });
  host.registered[0]?.onMessage({ ...answer, version: 4, outcome: "applied" });
  module.tell({ type: "set-level", level: "reduced" });
  module.tell({ type: "pause" });
  host.registered[0]?.onMessage(hello);
  assert.deepEqual(toThreads.pop(), {
    type: "welcome",
    config: { a: 4 },
    configVersion: 4,
    level: "reduced",
    paused: true,
  });
});

test("a thread that speaks before its host tells of it is spawned first; its last words are heard", async () => {
  const { runner, ...host } = stage();
  host.up();
  const facts = recordFacts();
  runner.start(startRequest("one", ENTRY), facts.tell);
  await turn();
  host.registered[0]?.onMessage({ type: "ready" });
  host.says({ type: "thread-spawned", ...ONE });
  host.says(ENDED);
  host.registered[0]?.onMessage({ type: "stopped" });
  await facts.next("ended");
  const kinds = facts.facts.map((fact) => (fact.kind === "said" ? fact.message.type : fact.kind));
  assert.deepEqual(kinds, ["spawned", "ready", "stopped", "ended"]);
});

test("kill is passed on; the end that follows is a kill", async () => {
  const { runner, told, ...host } = stage();
  host.up();
  const facts = recordFacts();
  const module = runner.start(startRequest("one", ENTRY), facts.tell);
  await turn();
  module.kill();
  assert.deepEqual(told.at(-1), { type: "thread-terminate", ...ONE });
  host.says({ ...ENDED, code: 1 });
  assert.equal((await facts.next("ended")).signal, "SIGKILL");
});

test("one that waits for its host is ended by kill without it", async () => {
  const { runner, told, ...host } = stage();
  const facts = recordFacts();
  runner.start(startRequest("one", ENTRY), facts.tell).kill();
  await facts.next("ended");
  host.up();
  assert.equal(told.length, 0);
});

test("the host's death ends its threads, and is said to be the host's failure", async () => {
  const { runner, told, ...host } = stage();
  host.up();
  const facts = recordFacts();
  runner.start(startRequest("one", ENTRY), facts.tell);
  await turn();
  host.says({ type: "thread-spawned", ...ONE });
  host.down();
  assert.equal((await facts.next("ended")).hostDied, true);
  const again = recordFacts();
  runner.start(startRequest("one", ENTRY, {}, 2), again.tell);
  host.up();
  assert.equal((told.at(-1) as { incarnation?: number }).incarnation, 2);
});

test("an end that was lost on the way shows in the host's next list; strangers in it are ended", async () => {
  const { runner, told, ...host } = stage();
  host.up();
  const facts = recordFacts();
  runner.start(startRequest("one", ENTRY), facts.tell);
  await turn();
  host.says({ type: "thread-spawned", ...ONE });
  host.away();
  host.up([{ instance: "other#1", incarnation: 4 }]);
  await facts.next("ended");
  const stranger = { type: "thread-terminate", instance: "other#1", incarnation: 4 };
  assert.deepEqual(told.at(-1), stranger);
});

test("the next orchestrator adopts the threads of a host that survived", async () => {
  const path = join(directory, "threads.json");
  const errors: unknown[] = [];
  const file = (survived: boolean): HostedThreads =>
    hostedThreadsFile(
      path,
      () => survived,
      (error) => void errors.push(error),
    );
  const before = stage(file(false));
  assert.deepEqual(before.runner.survivors(), []);
  before.runner.start(startRequest("one", ENTRY), recordFacts().tell);
  const token = before.registered[0]?.token;
  await before.runner.close({ leaveRunning: true });

  const { runner, registered, ...host } = stage(file(true));
  const [survivor] = runner.survivors();
  assert.deepEqual([survivor?.instance, survivor?.incarnation], ["one#1", 1]);
  const facts = recordFacts();
  assert.ok(survivor);
  runner.adopt(survivor, startRequest("one", ENTRY), facts.tell);
  assert.equal(registered[0]?.token, token);
  host.up([ONE]);
  host.says({ type: "thread-spawned", ...ONE });
  host.says(ENDED);
  await facts.next("ended");
  assert.equal(facts.facts.length, 1);
  assert.equal(runner.survivors().length, 0);
  assert.deepEqual(errors, []);
});

test("all threads of a host that survived are adopted, not only the first", async () => {
  const path = join(directory, "many.json");
  const file = (survived: boolean): HostedThreads =>
    hostedThreadsFile(path, () => survived, assert.ifError);
  const before = stage(file(false));
  for (const id of ["one", "two", "three"]) {
    before.runner.start(startRequest(id, ENTRY), recordFacts().tell);
  }
  await before.runner.close({ leaveRunning: true });
  const { runner, registered } = stage(file(true));
  for (const survivor of runner.survivors()) {
    const id = survivor.instance.replace("#1", "");
    runner.adopt(survivor, startRequest(id, ENTRY), recordFacts().tell);
  }
  assert.deepEqual(
    registered.map(({ token }) => token),
    before.registered.map(({ token }) => token),
  );
});

test("readings are told as they came; what a thread cannot know is null", () => {
  const { runner, told, ...host } = stage();
  host.up();
  runner.askUsage();
  assert.deepEqual(told, [{ type: "thread-usage-ask" }]);
  const reading = { ...ONE, cpuPercent: 2.5, heapBytes: 1, eventLoopUtilization: 0.1 };
  host.says({ type: "thread-usage", threads: [reading] });
  assert.deepEqual(runner.usage().get("one#1"), {
    cpuPercent: 2.5,
    memoryBytes: null,
    fileHandles: null,
    threads: null,
  });
});

test("a command is refused as a failed spawn", async () => {
  const facts = recordFacts();
  stage().runner.start(startRequest("one", { kind: "shell", line: "true" }), facts.tell);
  assert.equal((await facts.next("spawn-failed")).failure.code, "SPAWN_FAILED");
});
