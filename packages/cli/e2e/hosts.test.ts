// hosts.test.ts: worker threads and in-process modules live in hosts, never in the orchestrator, which stays lean.
import assert from "node:assert/strict";
import { test } from "node:test";
import { commandLineOf } from "./processes.ts";
import { moduleIn, Rig, sh } from "./rig.ts";

/** Says what it is and in which process. */
const TELLER = `import { appendFileSync } from "node:fs";
import { isMainThread } from "node:worker_threads";
const say = (what, ctx) => appendFileSync("story", [what, ctx.id, process.pid, isMainThread].join(" ") + "\\n");
export default defineModule({ name: "teller",
  start(ctx) { say("start", ctx); ctx.log.info("hello from " + ctx.id); if (ctx.config.bomb) setTimeout(() => { throw new Error("bang"); }, 50); },
  stop(ctx) { say("stop", ctx); } });`;

const saidBy = (rig: Rig, id: string): string[][] =>
  rig
    .lines("story")
    .map((line) => line.split(" "))
    .filter(([, name]) => name === id);

test("workers and in-process modules run in hosts; required and optional ones do not share one", async (t) => {
  const rig = new Rig(t);
  const entry = rig.entry("teller.mjs", TELLER);
  rig.system({
    "process-one": { entry },
    "worker-one": { entry, run: "worker", dependsOn: ["process-one"] },
    "worker-two": { entry, run: "worker" },
    "worker-spare": { entry, run: "worker", required: false },
    inside: { entry, run: "in-process" },
    "inside-spare": { entry, run: "in-process", required: false },
  });
  await rig.ok("up", "-d");
  const report = await rig.status();
  assert.equal(report.status, "healthy");
  assert.deepEqual(Object.fromEntries(report.modules.map(({ id, runner }) => [id, runner])), {
    "process-one": "process",
    "worker-one": "worker",
    "worker-two": "worker",
    "worker-spare": "worker",
    inside: "in-process",
    "inside-spare": "in-process",
  });
  const pidOf = (id: string): string => saidBy(rig, id)[0]?.[2] ?? "";
  assert.equal(pidOf("worker-one"), pidOf("worker-two"));
  const hosts = ["process-one", "worker-one", "worker-spare", "inside", "inside-spare"].map(pidOf);
  assert.equal(new Set(hosts).size, 5);
  assert.ok(!hosts.includes(String(rig.daemonPid())));
  assert.equal(saidBy(rig, "worker-one")[0]?.[3], "false");
  assert.equal(saidBy(rig, "inside")[0]?.[3], "true");
  const all = (await rig.status("--all")).modules
    .filter(({ hidden }) => hidden)
    .map(({ id }) => id);
  for (const id of ["skelly:workers", "skelly:workers-optional", "skelly:in-process"])
    assert.ok(all.includes(id), `${id} in ${all}`);
  assert.match((await rig.ok("logs", "worker-two")).out, /hello from worker-two/);
  await rig.ok("down");
  for (const id of ["worker-one", "worker-spare", "inside", "process-one"])
    assert.deepEqual(
      saidBy(rig, id).map(([what]) => what),
      ["start", "stop"],
      id,
    );
  const stops = rig.lines("story").filter((line) => line.startsWith("stop"));
  const at = (id: string): number => stops.findIndex((line) => line.includes(` ${id} `));
  assert.ok(at("worker-one") < at("process-one"));
  await rig.untilNoneLeft();
});

test("kill -9 of a worker host: its workers come back and it is not charged to them", async (t) => {
  const rig = new Rig(t);
  const entry = rig.entry("teller.mjs", TELLER);
  const recovery = { ladder: [{ restart: { attempts: 1, backoff: "10s" } }, "manual"] };
  rig.system({
    one: { entry, run: "worker", recovery },
    two: { entry, run: "worker", recovery },
    other: { command: ["sleep", "300"] },
  });
  await rig.ok("up", "-d");
  const other = moduleIn(await rig.status(), "other").pid;
  for (const life of [2, 3]) {
    const host = moduleIn(await rig.status("--all"), "skelly:workers");
    process.kill(host.pid ?? 0, "SIGKILL");
    if (life === 3) {
      // The host's own second attempt has a back-off.
      await rig.untilModule("skelly:workers", "has died", ({ state }) => state !== "running");
    }
    const now = await rig.until("both are back", ({ modules }) =>
      modules
        .filter(({ runner }) => runner === "worker")
        .every(({ incarnation, state }) => incarnation === life && state === "running"),
    );
    for (const id of ["one", "two"]) assert.equal(moduleIn(now, id).restarts, 0, "not charged");
    assert.equal(moduleIn(now, "other").pid, other);
  }
});

test("a worker that crashes is started again; its host and the other workers stay", async (t) => {
  const rig = new Rig(t);
  const entry = rig.entry("teller.mjs", TELLER);
  const recovery = { ladder: [{ restart: { attempts: 2, backoff: "10ms" } }, "manual"] };
  rig.system({
    calm: { entry, run: "worker" },
    bomb: { entry, run: "worker", required: true, config: { bomb: true }, recovery },
  });
  await rig.ok("up", "-d");
  const host = moduleIn(await rig.status("--all"), "skelly:workers").pid;
  const bomb = await rig.untilModule("bomb", "is given up", ({ state }) => state === "failed");
  assert.equal(bomb.restarts, 2);
  const now = await rig.status("--all");
  assert.equal(now.status, "critical");
  assert.equal(moduleIn(now, "skelly:workers").pid, host);
  assert.deepEqual(
    [moduleIn(now, "calm").incarnation, moduleIn(now, "calm").state],
    [1, "running"],
  );
  assert.match((await rig.ok("logs", "bomb")).out, /bang/);
});

test("the orchestrator loads no http, no fetch and no user code, and nothing runs that nobody needs", async (t) => {
  const probe = `if (/daemon\\.cjs$/.test(process.argv[1] ?? "")) process.on("SIGUSR2", () =>
    require("node:fs").writeFileSync("loaded", JSON.stringify({ list: process.moduleLoadList, cache: Object.keys(require("node:module")._cache) })));`;
  const rig = new Rig(t, { env: { NODE_OPTIONS: "--require ./probe.cjs" } });
  rig.write("probe.cjs", probe);
  const entry = rig.entry("teller.mjs", TELLER);
  rig.system({
    plain: { command: ["sleep", "300"], ready: { exec: ["true"] } },
    inside: { entry, run: "in-process", config: { pageSize: 3 } },
  });
  await rig.ok("up", "-d");
  process.kill(rig.daemonPid(), "SIGUSR2");
  await rig.eventually("it has told", () => rig.read("loaded").endsWith("}"));
  const { list, cache } = JSON.parse(rig.read("loaded")) as { list: string[]; cache: string[] };
  const heavy = list.filter((name) =>
    /(^|[ /:])(_?http2?|https|undici|inspector|tls|_tls_wrap)(_|$|\b)/.test(
      name.replace(/^NativeModule /, ""),
    ),
  );
  assert.deepEqual(
    heavy.filter((name) => name.startsWith("NativeModule") && !name.includes("internal/")),
    [],
  );
  assert.deepEqual(
    cache.filter((file) => file.includes("teller")),
    [],
  );
  const hidden = (await rig.status("--all")).modules
    .filter((module) => module.hidden)
    .map(({ id }) => id);
  assert.ok(!hidden.includes("skelly:workers"), "no worker, no host for workers");
  const daemons = rig.processes().filter((pid) => commandLineOf(pid).includes("daemon.cjs"));
  assert.equal(daemons.length, 1);
});

test("a system of plain programs starts neither hub nor hosts", async (t) => {
  const rig = new Rig(t);
  rig.system({ api: { command: sh("exec sleep 300") } });
  await rig.ok("up", "-d");
  const report = await rig.status("--all");
  assert.deepEqual(
    report.modules.map(({ id }) => id),
    ["api"],
  );
  assert.equal(report.orchestrator.bus, "none");
  // The orchestrator, the module and its parent.
  assert.equal(rig.processes().length, 3);
});
