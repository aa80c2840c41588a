// hosted-runner.live.test.ts: a real worker host, real threads and the real control socket.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import type { ModuleMessage, RunSpec } from "@skelly-jelly/contract";
import { createControlSocket } from "./control-socket.ts";
import { recordFacts, STOP, startRequest } from "./fact-recorder.ts";
import { createHostedRunner } from "./hosted-runner.ts";
import { createSystemClock } from "./system-clock.ts";

const HOST = fileURLToPath(new URL("../../module/host/worker-host.ts", import.meta.url));
const ENTRY: RunSpec = {
  kind: "entry",
  file: fileURLToPath(new URL("../../module/host/fixtures/obedient.ts", import.meta.url)),
};

const directory = mkdtempSync(join(tmpdir(), "skelly-live-"));
const control = createControlSocket({
  path: join(directory, "control.sock"),
  clock: createSystemClock({ keepAlive: true }),
  onRequest: () => undefined,
  log: () => undefined,
});
await control.opened;
const heard: ((message: ModuleMessage) => void)[] = [];
const down: (() => void)[] = [];
const channel = control.register({
  instance: "skelly:workers#1",
  incarnation: 1,
  token: "host",
  onMessage(message) {
    if (message.type === "hello") {
      channel.tell(startRequest("skelly:workers", ENTRY).welcome);
    }
    for (const hear of heard) hear(message);
  },
  onLost: () => undefined,
});
const host = spawn(process.execPath, ["--conditions=source", HOST], {
  env: {
    SKELLY_CONTROL: control.path,
    SKELLY_TOKEN: "host",
    SKELLY_INCARNATION: "shop/skelly:workers#1/1",
  },
  stdio: "ignore",
});
host.on("close", () => {
  for (const call of down) call();
});
const spoolPaths = (instance: string, incarnation: number) => ({
  outPath: join(directory, `${instance}.${incarnation}.out`),
  errPath: join(directory, `${instance}.${incarnation}.err`),
});
const runner = createHostedRunner({
  system: "shop",
  mode: "worker",
  host: {
    tell: (message) => channel.tell(message),
    onMessage: (call) => void heard.push(call),
    onDown: (call) => void down.push(call),
  },
  channels: control,
  controlSocket: control.path,
  spoolPaths,
  threads: null,
});
after(async () => {
  host.kill("SIGKILL");
  await control.close();
  rmSync(directory, { recursive: true, force: true });
});

test("a hosted module is spawned, ready, healthy, stopped, and ended last", async () => {
  const facts = recordFacts();
  const module = runner.start(startRequest("one", ENTRY), facts.tell);
  await facts.next("spawned");
  await facts.said("ready");
  assert.equal(module.tell({ type: "check-health", check: 1 }), true);
  assert.equal((await facts.said("health")).status, "healthy");
  module.tell(STOP);
  await facts.said("stopped");
  assert.equal((await facts.next("ended")).code, 0);
  assert.equal(facts.facts.at(-1)?.kind, "ended");
  assert.match(readFileSync(spoolPaths("one#1", 1).outPath, "utf8"), /^started id=one /);
});

test("one that throws and one that will not stop end without harm to a third", async () => {
  const calm = recordFacts();
  const third = runner.start(startRequest("calm", ENTRY), calm.tell);
  await calm.said("ready");
  const wild = recordFacts();
  runner.start(startRequest("wild", ENTRY, { config: { act: "crash" } }), wild.tell);
  assert.equal((await wild.next("ended")).code, 1);
  const deaf = recordFacts();
  const stubborn = runner.start(
    startRequest("deaf", ENTRY, { config: { act: "spin" } }),
    deaf.tell,
  );
  await deaf.said("ready");
  stubborn.kill();
  assert.equal((await deaf.next("ended")).signal, "SIGKILL");
  third.tell({ type: "check-health", check: 1 });
  assert.equal((await calm.said("health")).status, "healthy");
});

test("a host that is killed takes its threads along, as the host's failure", async () => {
  const facts = recordFacts();
  runner.start(startRequest("last", ENTRY), facts.tell);
  await facts.said("ready");
  host.kill("SIGKILL");
  assert.equal((await facts.next("ended")).hostDied, true);
});
