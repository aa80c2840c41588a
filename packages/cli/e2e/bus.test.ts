// bus.test.ts: the event bus under the command: modules of any language join it; its death is nobody's but its own.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { isAlive } from "./processes.ts";
import { moduleIn, Rig } from "./rig.ts";

const PYTHON_MODULE = fileURLToPath(new URL("./plain_module.py", import.meta.url));
const noPython =
  spawnSync("python3", ["--version"]).status === 0 ? false : "python3 is not on this machine";

test("a Python program with plain sockets is a module: it publishes, hears, answers, is refused", {
  skip: noPython,
}, async (t) => {
  const rig = new Rig(t);
  const asker = rig.entry(
    "asker.mjs",
    `import { appendFileSync } from "node:fs";
     export default defineModule({ name: "asker", async start(ctx) {
       ctx.bus.subscribe("plain.echo", ({ data }) => appendFileSync("echoes", JSON.stringify(data) + "\\n"));
       const answer = await ctx.bus.request("plain.double", 21, { timeoutMs: 10_000 });
       appendFileSync("answers", JSON.stringify(answer) + "\\n");
       ctx.bus.publish("plain.news", { price: 3 });
     } });`,
  );
  rig.system({
    plain: {
      command: ["python3", PYTHON_MODULE],
      ready: { log: "^listening$" },
      bus: {
        publish: ["plain.echo", "_INBOX.>"],
        subscribe: ["plain.*", "skelly.shop.lifecycle.*"],
      },
    },
    asker: { entry: asker, dependsOn: ["plain"] },
    witness: { command: ["sleep", "300"], dependsOn: ["asker"] },
  });
  await rig.ok("up", "-d");
  await rig.eventually("its echo came back", () => rig.lines("echoes").length === 1);
  assert.deepEqual(JSON.parse(rig.lines("echoes")[0] ?? ""), { heard: { price: 3 } });
  assert.match(rig.lines("answers")[0] ?? "", /\b42\b/);
  const notes = (): [string, unknown][] =>
    rig.lines("python.notes").map((line) => JSON.parse(line) as [string, unknown]);
  const refused = notes().filter(([kind]) => kind === "refused");
  assert.equal(refused.length, 3);
  for (const [, what] of refused) assert.match(String(what), /Permissions Violation/);
  await rig.eventually("it heard of the lives of others", () =>
    notes().some(
      ([kind, what]) =>
        kind === "lifecycle" &&
        JSON.stringify(what) === '["skelly.shop.lifecycle.witness","witness","starting","running"]',
    ),
  );
  const file = JSON.parse(rig.read(".skelly/bus.json")) as {
    users: { user: string; password: string }[];
  };
  assert.equal(new Set(file.users.map(({ password }) => password)).size, file.users.length);
  await rig.ok("down");
  await rig.untilNoneLeft();
});

test("kill -9 of the hub: no module sickens or restarts, and they find each other again", async (t) => {
  const rig = new Rig(t);
  const talker = rig.entry(
    "talker.mjs",
    `export default defineModule({ name: "talker", start(ctx) {
       let n = 0; ctx.every(10, () => ctx.bus.publish("counts", { n: ++n })); } });`,
  );
  const listener = rig.entry(
    "listener.mjs",
    `import { appendFileSync } from "node:fs";
     export default defineModule({ name: "listener", start(ctx) {
       ctx.bus.subscribe("counts", ({ data }) => appendFileSync("heard", data.n + "\\n")); } });`,
  );
  rig.system(
    {
      talker: { entry: talker },
      listener: { entry: listener },
      thread: { entry: talker, run: "worker", bus: { publish: ["counts"] } },
      deaf: { command: ["sleep", "300"] },
    },
    { orchestrator: { healthCheckInterval: "50ms", unhealthyThreshold: 2 } },
  );
  await rig.ok("up", "-d");
  await rig.eventually("they talk", () => rig.lines("heard").length > 10);
  const before = await rig.status("--all");
  for (const life of [2, 3]) {
    const hub = moduleIn(await rig.status("--all"), "skelly:bus");
    process.kill(hub.pid ?? 0, "SIGKILL");
    await rig.untilModule(
      "skelly:bus",
      "is back",
      ({ incarnation, state }) => incarnation === life && state === "running",
    );
    const heard = rig.lines("heard").length;
    await rig.eventually("they talk again", () => rig.lines("heard").length > heard + 10);
  }
  const after = await rig.status("--all");
  for (const { id, pid } of before.modules.filter(({ hidden }) => !hidden)) {
    const now = moduleIn(after, id);
    assert.deepEqual([now.pid, now.incarnation, now.restarts], [pid, 1, 0], id);
  }
  const sick = (await rig.events()).filter(
    (event) =>
      event.type === "module-health-changed" &&
      event.module !== "skelly:bus" &&
      !["healthy", "unknown"].includes(event.to),
  );
  assert.deepEqual(sick, []);
});

test("a declared hub is a module of the system; it dies and comes back like any other", async (t) => {
  const rig = new Rig(t);
  rig.system({
    "event-bus": { hub: true },
    web: {
      command: ["sleep", "300"],
      bus: true,
      dependsOn: { "event-bus": { whenDown: "ignore" } },
    },
  });
  await rig.ok("up", "-d");
  const before = await rig.status("--all");
  assert.deepEqual(
    before.modules.map(({ id }) => id),
    ["event-bus", "web"],
  );
  assert.match(before.orchestrator.bus, /^nats:\/\/127\.0\.0\.1:\d+$/);
  process.kill(moduleIn(before, "event-bus").pid ?? 0, "SIGKILL");
  await rig.untilModule(
    "event-bus",
    "is back",
    ({ incarnation, state }) => incarnation === 2 && state === "running",
  );
  const after = await rig.status();
  assert.equal(after.orchestrator.bus, before.orchestrator.bus, "port and credentials outlast it");
  assert.ok(isAlive(moduleIn(before, "web").pid ?? 0));
});

test("hub and orchestrator both die: clients stay connected to the hub, and the next one adopts it", async (t) => {
  const rig = new Rig(t);
  const talker = rig.entry(
    "talker.mjs",
    `import { appendFileSync } from "node:fs";
     export default defineModule({ name: "talker", start(ctx) {
       ctx.bus.subscribe("counts", () => appendFileSync("heard", "x\\n"));
       ctx.every(10, () => ctx.bus.publish("counts", {})); } });`,
  );
  rig.system({ talker: { entry: talker } });
  await rig.ok("up", "-d");
  await rig.eventually("it talks", () => rig.lines("heard").length > 5);
  const before = await rig.status("--all");
  const daemon = rig.daemonPid();
  process.kill(daemon, "SIGKILL");
  await rig.eventually("it is gone", () => !isAlive(daemon));
  const then = rig.lines("heard").length;
  await rig.eventually("it talks on", () => rig.lines("heard").length > then + 5);
  await rig.ok("up", "-d");
  const after = await rig.status("--all");
  for (const { id, pid } of before.modules) assert.equal(moduleIn(after, id).pid, pid, id);
  await rig.until("healthy", ({ status }) => status === "healthy");
  // It is heard again, and stops when it is asked.
  await rig.ok("down");
  await rig.untilNoneLeft();
});
