// process-host.test.ts: one module in a real process, on a real control socket.
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { FakeOrchestrator, WELCOME } from "./fake-orchestrator.ts";

const HOST = fileURLToPath(new URL("./process-host.ts", import.meta.url));
const fixture = (name: string): string =>
  fileURLToPath(new URL(`./fixtures/${name}.ts`, import.meta.url));

const orchestrator = await new FakeOrchestrator().listen();
const children = new Set<ChildProcess>();
after(async () => {
  for (const child of children) child.kill("SIGKILL");
  await orchestrator.close();
});

type Host = {
  readonly child: ChildProcess;
  readonly ended: Promise<{ readonly code: number | null; readonly signal: string | null }>;
  readonly output: { out: string; err: string };
};

function host(token: string, name = "obedient", env: Record<string, string> = {}): Host {
  const child = spawn(process.execPath, ["--conditions=source", HOST, fixture(name)], {
    env: {
      PATH: process.env["PATH"],
      SKELLY_CONTROL: orchestrator.path,
      SKELLY_TOKEN: token,
      SKELLY_INCARNATION: `shop/${token}#1/1`,
      SKELLY_HOME: orchestrator.directory,
      ...env,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  children.add(child);
  const output = { out: "", err: "" };
  child.stdout?.on("data", (chunk) => (output.out += chunk));
  child.stderr?.on("data", (chunk) => (output.err += chunk));
  const { promise: ended, resolve } = Promise.withResolvers<Awaited<Host["ended"]>>();
  child.on("close", (code, signal) => {
    children.delete(child);
    resolve({ code, signal });
  });
  return { child, ended, output };
}

test("a module lives in a process: ready, health, lines by level, stop", async () => {
  const { ended, output } = host("api");
  const hello = await orchestrator.take("api", "hello");
  assert.equal(hello.incarnation, "shop/api#1/1");
  await orchestrator.take("api", "ready");
  orchestrator.tell("api", { type: "check-health", check: 1 });
  const { numbers, status } = await orchestrator.take("api", "health");
  assert.equal(status, "healthy");
  assert.equal(numbers["starts"], 1);
  assert.equal(typeof numbers["eventLoopLagMs"], "number");
  orchestrator.tell("api", { type: "stop", timeoutMs: 5000, reason: "test" });
  await orchestrator.take("api", "stopped");
  assert.deepEqual(await ended, { code: 0, signal: null });
  assert.match(output.out, /^started id=api incarnation=1 starts=1\nsaid by console\n/);
  assert.match(output.out, /put away\n$/);
  assert.equal(output.err, 'careful text="two words" list=[1]\n');
});

test("the module survives the orchestrator and takes up what the next one says", async () => {
  const { ended, output } = host("survivor");
  await orchestrator.take("survivor", "ready");
  orchestrator.greet = () => ({ ...WELCOME, configVersion: 4, config: { act: "nothing" } });
  await orchestrator.drop();
  await orchestrator.listen();
  const hello = await orchestrator.take("survivor", "hello", (each) => each.configVersion === 1);
  assert.equal(hello.token, "survivor");
  await orchestrator.take("survivor", "ready");
  assert.equal((await orchestrator.take("survivor", "health")).check, null);
  const answer = await orchestrator.take("survivor", "config-answer");
  assert.deepEqual([answer.version, answer.outcome], [4, "applied"]);
  orchestrator.greet = () => WELCOME;
  orchestrator.tell("survivor", { type: "stop", timeoutMs: 5000, reason: "test" });
  assert.equal((await ended).code, 0);
  assert.equal(output.out.match(/started/g)?.length, 1);
});

test("SIGTERM stops it as an order would", async () => {
  const { child, ended, output } = host("signalled");
  await orchestrator.take("signalled", "ready");
  child.kill("SIGTERM");
  await orchestrator.take("signalled", "stopped");
  assert.equal((await ended).code, 0);
  assert.match(output.out, /put away/);
});

test("a second signal ends it at once", async () => {
  orchestrator.greet = () => ({ ...WELCOME, config: { act: "ignore-stop" } });
  const { child, ended } = host("stubborn");
  await orchestrator.take("stubborn", "ready");
  orchestrator.greet = () => WELCOME;
  child.kill("SIGTERM");
  child.kill("SIGINT");
  assert.ok([130, 143].includes((await ended).code ?? 0));
});

for (const [act, text] of [
  ["crash", "uncaughtException: Error: crashed on request\n    at "],
  ["reject", "unhandledRejection: Error: rejected on request\n    at "],
] as const) {
  test(`an error that nobody catches (${act}) is logged with its stack and ends it with code 1`, async () => {
    const { ended, output } = host(`fails-${act}`);
    await orchestrator.take(`fails-${act}`, "ready");
    const change = { type: "configure", version: 2, config: { act } } as const;
    orchestrator.tell(`fails-${act}`, { ...change, phase: "commit" });
    assert.equal((await ended).code, 1);
    assert.ok(output.err.replaceAll("\\n", "\n").includes(text), output.err);
  });
}

test("a file without a module is a failed start that is not retried and says what to write", async () => {
  const { ended } = host("empty", "not-a-module");
  const failed = await orchestrator.take("empty", "start-failed");
  assert.equal(failed.retry, false);
  assert.match(failed.message, /export default defineModule/);
  assert.equal((await ended).code, 78);
});

test("a file that is not there is a failed start", async () => {
  const { ended } = host("absent", "nowhere");
  assert.match((await orchestrator.take("absent", "start-failed")).message, /nowhere\.ts/);
  assert.equal((await ended).code, 1);
});

test("started by hand it says what it is for", async () => {
  const { ended, output } = host("", "obedient", { SKELLY_INCARNATION: "" });
  assert.equal((await ended).code, 2);
  assert.match(output.err, /SKELLY_INCARNATION/);
});

test("a denied module that works goes on working and says so once", async () => {
  const { child, ended, output } = host("denied");
  await orchestrator.take("denied", "ready");
  orchestrator.greet = () => ({ type: "denied", message: "no such incarnation" });
  orchestrator.tell("denied", { type: "denied", message: "no such incarnation" });
  orchestrator.greet = () => WELCOME;
  while (!output.err.includes("does not know")) await new Promise(setImmediate);
  child.kill("SIGTERM");
  assert.equal((await ended).code, 0);
});

test("a line that is no message, or too long, does no harm", async () => {
  const { child, ended, output } = host("flooded");
  await orchestrator.take("flooded", "ready");
  orchestrator.write("flooded", "nonsense\n");
  orchestrator.write("flooded", "x".repeat(1024 * 1024 + 1));
  await orchestrator.take("flooded", "hello", (each) => each.configVersion === 1);
  assert.match(output.err, /a line that is no message/);
  assert.match(output.err, /a line that is too long/);
  child.kill("SIGTERM");
  assert.equal((await ended).code, 0);
});
