// crash.test.ts: modules die; they are replaced, nobody lives twice, and dependents follow their edges.
import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { test } from "node:test";
import { isAlive, parentOf } from "./processes.ts";
import { diary, moduleIn, pidsOf, Rig, sh } from "./rig.ts";

/** Says `twice` when another one of it lives (one that is dead and not yet buried has no `exe`). */
const ALONE = `mkdir -p alive
  for p in alive/*; do readlink "/proc/\${p#alive/}/exe" >/dev/null && echo twice >>story; done
  : >alive/$$`;

const kill = (pid: number | null): void => {
  assert.ok(pid !== null);
  process.kill(pid, "SIGKILL");
};

test("kill -9 of a module: it is replaced at once, alone, with its children gone", async (t) => {
  const rig = new Rig(t);
  rig.system({ api: { command: sh(`${ALONE}; sleep 300 & echo $! >>children; wait`) } });
  await rig.ok("up", "-d");
  for (const life of [2, 3]) {
    const before = await rig.untilModule("api", "runs", ({ state }) => state === "running");
    await rig.eventually("its child lives", () => rig.lines("children").length === life - 1);
    kill(before.pid);
    // Later attempts wait for their back-off: asked for, they come at once.
    if (life === 3) await rig.ok("recover", "api");
    const after = await rig.untilModule(
      "api",
      `is in its life ${life}`,
      ({ incarnation, state }) => incarnation === life && state === "running",
    );
    assert.notEqual(after.pid, before.pid);
    assert.deepEqual(after.exit, { code: null, signal: "SIGKILL" });
  }
  await rig.eventually("three children", () => rig.lines("children").length === 3);
  const alive = rig.lines("children").filter((pid) => isAlive(Number(pid)));
  assert.equal(alive.length, 1, "the children of the dead died with them");
  assert.deepEqual(rig.lines("story"), []);
});

test("kill -9 of a module's parent process: the module goes with it and comes back once", async (t) => {
  const rig = new Rig(t);
  rig.system({ api: { command: sh(`${ALONE}; exec sleep 300`) } });
  await rig.ok("up", "-d");
  const before = moduleIn(await rig.status(), "api");
  const parent = parentOf(before.pid ?? 0);
  assert.notEqual(parent, rig.daemonPid());
  kill(parent);
  const after = await rig.untilModule(
    "api",
    "is back",
    (now) => now.incarnation === 2 && now.state === "running",
  );
  assert.equal(isAlive(before.pid ?? 0), false);
  assert.equal(moduleIn(await rig.status(), "api").pid, after.pid);
  assert.deepEqual(rig.lines("story"), []);
});

test("when a dependency dies its dependents wait, pause, restart, stop or go on, as their edge says", async (t) => {
  const rig = new Rig(t);
  const ticker = (name: string): string[] =>
    sh(`while :; do echo x >>${name}.ticks; sleep 0.01; done`);
  const ticks = (name: string): number => rig.lines(`${name}.ticks`).length;
  const gate = "until [ -e gate ]; do sleep 0.02; done; echo ready; exec sleep 300";
  const edge = (whenDown: string) => ({
    command: diary(whenDown),
    dependsOn: { database: { whenDown } },
  });
  rig.system({
    database: { command: sh(gate), ready: { log: "^ready$" } },
    waiter: edge("wait"),
    pauser: { ...edge("pause"), command: ticker("pauser") },
    restarter: edge("restart"),
    stopper: edge("stop"),
    ignorer: { ...edge("ignore"), command: ticker("ignorer") },
  });
  rig.write("gate", "");
  await rig.ok("up", "-d");
  const before = pidsOf(await rig.status());
  rmSync(`${rig.folder}/gate`);
  kill(before["database"] ?? null);
  const down = await rig.until(
    "they have followed",
    (now) =>
      moduleIn(now, "database").incarnation === 2 &&
      moduleIn(now, "pauser").state === "paused" &&
      moduleIn(now, "stopper").state === "waiting",
  );
  assert.deepEqual(moduleIn(down, "stopper").waitingFor, ["database"]);
  for (const id of ["waiter", "pauser", "ignorer"]) assert.equal(pidsOf(down)[id], before[id], id);
  const [paused, going] = [ticks("pauser"), ticks("ignorer")];
  await rig.eventually("time goes by", () => ticks("ignorer") > going + 20);
  assert.equal(ticks("pauser"), paused, "a paused module does not run");
  rig.write("gate", "");
  const up = await rig.until(
    "all is back",
    (now) =>
      now.modules.every(({ state }) => state === "running") &&
      moduleIn(now, "restarter").incarnation === 2,
  );
  for (const id of ["waiter", "pauser", "ignorer"]) assert.equal(pidsOf(up)[id], before[id], id);
  assert.equal(moduleIn(up, "stopper").incarnation, 2);
  assert.equal(moduleIn(up, "restarter").restarts, 0, "it is nobody's failure");
  await rig.eventually("it goes on", () => ticks("pauser") > paused);
});

test("a module that cannot live is given up after its attempts, and `recover` tries again", async (t) => {
  const rig = new Rig(t);
  rig.system({
    api: {
      command: sh("echo life >>story; [ -e fixed ] || exit 9; exec sleep 300"),
      required: false,
      recovery: { ladder: [{ restart: { attempts: 2, backoff: "10ms" } }, "manual"] },
    },
    web: { command: diary("web") },
  });
  await rig.ok("up", "-d");
  const given = await rig.untilModule("api", "is given up", ({ state }) => state === "failed");
  assert.equal(given.failure?.code, "RESTARTS_SPENT");
  assert.deepEqual(given.exit, { code: 9, signal: null });
  assert.equal(rig.lines("story").filter((line) => line === "life").length, 3);
  assert.equal((await rig.status()).status, "degraded");
  rig.write("fixed", "");
  await rig.ok("recover", "api");
  await rig.until("all is well", ({ status }) => status === "healthy");
});

test("exit codes and restart rules: always, on-failure, never", async (t) => {
  const rig = new Rig(t);
  const ladder = { ladder: [{ restart: { attempts: 1, backoff: "10ms" } }, "manual"] };
  const once = (name: string, code: number): string[] =>
    sh(`[ -e ${name} ] && exec sleep 300; : >${name}; echo up; sleep 0.1; exit ${code}`);
  const service = (name: string, code: number, more: object) => [
    name,
    { command: once(name, code), required: false, recovery: ladder, ready: { log: "up" }, ...more },
  ];
  rig.system(
    Object.fromEntries([
      service("always", 0, { ready: false }),
      service("on-failure", 1, { restart: "on-failure", ready: false }),
      service("content", 3, { restart: "on-failure", successExitCodes: [0, 3] }),
      service("never", 4, { restart: "never" }),
    ]),
  );
  await rig.ok("up", "-d");
  const end = await rig.until(
    "all have come to rest",
    (now) =>
      ["always", "on-failure"].every(
        (id) => moduleIn(now, id).incarnation === 2 && moduleIn(now, id).state === "running",
      ) &&
      moduleIn(now, "content").state === "completed" &&
      moduleIn(now, "never").state === "failed",
  );
  assert.deepEqual(moduleIn(end, "always").exit, { code: 0, signal: null });
  assert.deepEqual(moduleIn(end, "content").exit, { code: 3, signal: null });
  assert.deepEqual(moduleIn(end, "never").exit, { code: 4, signal: null });
});
