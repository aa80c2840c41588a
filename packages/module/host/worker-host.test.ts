// worker-host.test.ts: modules as threads of a real worker host; each on its own line to the orchestrator.
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import type { ThreadCommand } from "@skelly-jelly/contract";
import { FakeOrchestrator, WELCOME } from "./fake-orchestrator.ts";

const HOST = fileURLToPath(new URL("./worker-host.ts", import.meta.url));
const ENTRY = fileURLToPath(new URL("./fixtures/obedient.ts", import.meta.url));

const orchestrator = new FakeOrchestrator();
const acts = new Map<string, string>();
orchestrator.greet = (token) => ({ ...WELCOME, config: { act: acts.get(token) ?? "nothing" } });
let child: ChildProcess;
let ended: Promise<number | null>;

function startHost(): void {
  child = spawn(process.execPath, ["--conditions=source", HOST], {
    env: {
      PATH: process.env["PATH"],
      SKELLY_CONTROL: orchestrator.path,
      SKELLY_TOKEN: "host",
      SKELLY_INCARNATION: "shop/skelly:workers#1/1",
    },
    stdio: ["ignore", "inherit", "inherit"],
  });
  const { promise, resolve } = Promise.withResolvers<number | null>();
  child.on("close", resolve);
  ended = promise;
}

before(async () => {
  await orchestrator.listen();
  startHost();
  await orchestrator.take("host", "thread-list");
  await orchestrator.take("host", "ready");
});
after(async () => {
  child.kill("SIGKILL");
  await orchestrator.close();
});

const spool = (name: string): string => join(orchestrator.directory, name);

function begin(
  token: string,
  more: Partial<Extract<ThreadCommand, { type: "thread-start" }>> = {},
): void {
  const instance = `${token}#1`;
  orchestrator.tell("host", {
    type: "thread-start",
    instance,
    incarnation: 1,
    mode: "worker",
    entry: ENTRY,
    env: {
      SKELLY_CONTROL: orchestrator.path,
      SKELLY_TOKEN: token,
      SKELLY_INCARNATION: `shop/${instance}/1`,
      SKELLY_HOME: orchestrator.directory,
    },
    memoryBytes: null,
    outPath: spool(`${token}.out`),
    errPath: spool(`${token}.err`),
    ...more,
  });
}
const gone = (token: string) =>
  orchestrator.take("host", "thread-ended", (each) => each.instance === `${token}#1`);
const stop = (token: string): boolean =>
  orchestrator.tell(token, { type: "stop", timeoutMs: 5000, reason: "test" });

test("a thread says hello for itself, works, writes to its own files, and stops", async () => {
  begin("one");
  const spawned = await orchestrator.take("host", "thread-spawned");
  assert.deepEqual([spawned.instance, spawned.incarnation], ["one#1", 1]);
  await orchestrator.take("one", "ready");
  orchestrator.tell("one", { type: "check-health", check: 1 });
  assert.equal((await orchestrator.take("one", "health")).numbers["starts"], 1);
  orchestrator.tell("host", { type: "thread-usage-ask" });
  const { threads } = await orchestrator.take("host", "thread-usage");
  assert.equal(threads[0]?.instance, "one#1");
  const usage = threads[0];
  assert.ok(usage?.eventLoopUtilization !== null && usage?.eventLoopUtilization !== undefined);
  assert.ok(usage.cpuPercent === null || usage.cpuPercent >= 0);
  assert.ok(usage.heapBytes === null || usage.heapBytes > 1e6);
  stop("one");
  await orchestrator.take("one", "stopped");
  const end = await gone("one");
  assert.deepEqual([end.code, end.message, end.outOfMemory], [0, null, false]);
  const lines = readFileSync(spool("one.out"), "utf8");
  assert.match(lines, /^started id=one incarnation=1 starts=1\nsaid by console\n/);
  assert.match(lines, /put away\n$/);
  assert.match(readFileSync(spool("one.err"), "utf8"), /^careful /);
});

test("what one thread throws harms neither the host nor another thread", async () => {
  begin("calm");
  await orchestrator.take("calm", "ready");
  acts.set("wild", "crash");
  begin("wild");
  const end = await gone("wild");
  assert.deepEqual([end.code, end.message], [1, "crashed on request"]);
  assert.match(readFileSync(spool("wild.err"), "utf8"), /Error: crashed on request\n {4}at /);
  orchestrator.tell("calm", { type: "check-health", check: 1 });
  assert.equal((await orchestrator.take("calm", "health")).status, "healthy");
  stop("calm");
  await gone("calm");
});

test("process.exit() in a thread ends the thread with that code", async () => {
  acts.set("leaver", "exit");
  begin("leaver");
  assert.equal((await gone("leaver")).code, 3);
});

test("a thread that passes its memory ends with that cause", async () => {
  acts.set("greedy", "leak");
  begin("greedy", { memoryBytes: 16 * 1024 * 1024 });
  assert.equal((await gone("greedy")).outOfMemory, true);
});

test("a thread in an endless loop is ended by terminate", async () => {
  begin("dizzy");
  await orchestrator.take("dizzy", "ready");
  const change = { type: "configure", version: 2, config: { act: "spin" } } as const;
  orchestrator.tell("dizzy", { ...change, phase: "commit" });
  await orchestrator.take("dizzy", "config-answer");
  orchestrator.tell("host", { type: "thread-terminate", instance: "dizzy#1", incarnation: 1 });
  assert.equal((await gone("dizzy")).outOfMemory, false);
});

test("two modules of one file in the host's main thread share no state", async () => {
  for (const token of ["left", "right"]) begin(token, { mode: "main-thread" });
  for (const token of ["left", "right"]) await orchestrator.take(token, "ready");
  for (const token of ["left", "right"]) {
    assert.match(readFileSync(spool(`${token}.out`), "utf8"), /starts=1\n/);
    stop(token);
    await gone(token);
  }
});

test("a module in the host's main thread lives and stops like the others, and starts afresh", async () => {
  begin("inner", { mode: "main-thread" });
  await orchestrator.take("inner", "ready");
  stop("inner");
  assert.equal((await gone("inner")).code, 0);
  begin("inner", { mode: "main-thread", incarnation: 2 });
  await orchestrator.take("inner", "ready");
  stop("inner");
  await gone("inner");
  const starts = readFileSync(spool("inner.out"), "utf8").match(/starts=\d/g);
  assert.deepEqual(starts, ["starts=1", "starts=1"]);
});

test("after the orchestrator's return the host lists what lives, and threads say hello anew", async () => {
  begin("lasting");
  await orchestrator.take("lasting", "ready");
  await orchestrator.drop();
  await orchestrator.listen();
  const { threads } = await orchestrator.take("host", "thread-list");
  assert.deepEqual(threads, [{ instance: "lasting#1", incarnation: 1 }]);
  await orchestrator.take("lasting", "hello", (each) => each.configVersion === 1);
  await orchestrator.take("host", "ready");
});

test("a stop of the host ends its threads, then itself", async () => {
  orchestrator.tell("host", { type: "stop", timeoutMs: 5000, reason: "test" });
  await gone("lasting");
  await orchestrator.take("host", "stopped");
  assert.equal(await ended, 0);
});

test("a module in the main thread that ignores its stop takes the host with it when it is killed", async () => {
  startHost();
  await orchestrator.take("host", "ready");
  acts.set("rooted", "ignore-stop");
  begin("rooted", { mode: "main-thread" });
  await orchestrator.take("rooted", "ready");
  orchestrator.tell("host", { type: "thread-terminate", instance: "rooted#1", incarnation: 1 });
  assert.equal(await ended, 1);
});
