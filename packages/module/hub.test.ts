// hub.test.ts: the hub as a module: in this process, and as a program with a client of its own.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { connectBus } from "@skelly-jelly/event-bus";
import { testModule } from "./harness.ts";
import { FakeOrchestrator } from "./host/fake-orchestrator.ts";
import { createHubModule, type HubFile } from "./hub.ts";

const directory = mkdtempSync(join(tmpdir(), "skelly-hub-"));
after(() => rmSync(directory, { recursive: true, force: true }));
const ANN = { user: "ann", password: "secret-1" };
const BOB = { user: "bob", password: "secret-2" };

function hubFile(name: string, content: HubFile): string {
  const path = join(directory, `${name}.json`);
  writeFileSync(`${path}.tmp`, JSON.stringify(content), { mode: 0o600 });
  renameSync(`${path}.tmp`, path);
  return path;
}
const program = (name: string): string => fileURLToPath(new URL(`./host/${name}`, import.meta.url));
const socketOf = (name: string): string => join(directory, `${name}.sock`);
const joinHub = (name: string, { user, password }: typeof ANN) =>
  connectBus({ url: `nats://${user}:${password}@127.0.0.1:1`, socketPath: socketOf(name) });

test("it serves the users of its file, tells its numbers, and takes a changed file without a restart", async () => {
  const content = { port: null, socketPath: socketOf("a"), users: [ANN] };
  await using hub = testModule(createHubModule(hubFile("a", content)), { bus: null });
  await hub.start();
  const ann = await joinHub("a", ANN);
  const heard = Promise.withResolvers<unknown>();
  ann.subscribe("greeting", ({ data }) => heard.resolve(data));
  ann.publish("greeting", "hello");
  assert.equal(await heard.promise, "hello");
  const { status, numbers } = await hub.health();
  assert.equal(status, "healthy");
  assert.deepEqual([numbers["connections"], numbers["subscriptions"]], [1, 1]);

  hubFile("a", { ...content, users: [ANN, BOB] });
  while (!hub.lines.some((line) => line.includes("was read again"))) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  const bob = await joinHub("a", BOB);
  await bob.flush();
  await bob.close();
  await ann.close();
});

test("another address takes a restart; a broken file changes nothing", async () => {
  const content = { port: null, socketPath: socketOf("b"), users: [ANN] };
  const path = hubFile("b", content);
  await using hub = testModule(createHubModule(path), { bus: null });
  await hub.start();
  writeFileSync(path, '{"users": [');
  const broken = await hub.configure({ any: 1 });
  assert.equal(broken.outcome, "refused");
  assert.match(broken.message ?? "", /b\.json/);
  hubFile("b", { ...content, socketPath: socketOf("other") });
  assert.equal((await hub.configure({ any: 2 })).outcome, "restart-needed");
});

test("a module in a process joins the hub that its environment names", async () => {
  await using hub = testModule(
    createHubModule(hubFile("d", { port: null, socketPath: socketOf("d"), users: [ANN, BOB] })),
    { bus: null },
  );
  await hub.start();
  const orchestrator = await new FakeOrchestrator().listen();
  const args = ["--conditions=source", program("process-host.ts"), program("fixtures/talker.ts")];
  const child = spawn(process.execPath, args, {
    env: {
      SKELLY_CONTROL: orchestrator.path,
      SKELLY_TOKEN: "talker",
      SKELLY_INCARNATION: "shop/talker#1/1",
      SKELLY_BUS_URL: `nats://${BOB.user}:${BOB.password}@127.0.0.1:1`,
      SKELLY_BUS_SOCKET: socketOf("d"),
    },
    stdio: ["ignore", "ignore", "pipe"],
  });
  let complaints = "";
  child.stderr.on("data", (chunk) => {
    complaints += chunk;
  });
  const ended = new Promise((resolve) => child.on("close", resolve));
  await orchestrator.take("talker", "ready");
  const ann = await joinHub("d", ANN);
  ann.publish("fail", 1);
  assert.equal((await ann.request("ask", "this")).data, "talker heard this");
  await ann.close();
  orchestrator.tell("talker", { type: "stop", timeoutMs: 5000, reason: "test" });
  assert.equal(await ended, 0);
  assert.match(complaints, /event bus error=".*cannot bear it/);
  await orchestrator.close();
});

test("as a program it is a module like any other", async () => {
  const orchestrator = await new FakeOrchestrator().listen();
  const path = hubFile("c", { port: 0, socketPath: socketOf("c"), users: [ANN] });
  const args = ["--conditions=source", program("hub-main.ts")];
  const child = spawn(process.execPath, args, {
    env: {
      SKELLY_CONTROL: orchestrator.path,
      SKELLY_TOKEN: "hub",
      SKELLY_INCARNATION: "shop/skelly:bus#1/1",
      SKELLY_HUB_CONFIG: path,
    },
    stdio: ["ignore", "ignore", "inherit"],
  });
  const ended = new Promise((resolve) => child.on("close", resolve));
  await orchestrator.take("hub", "ready");
  const ann = await joinHub("c", ANN);
  await ann.flush();
  await ann.close();
  orchestrator.tell("hub", { type: "stop", timeoutMs: 5000, reason: "test" });
  await orchestrator.take("hub", "stopped");
  assert.equal(await ended, 0);
  await orchestrator.close();
});
