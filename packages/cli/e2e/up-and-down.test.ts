// up-and-down.test.ts: the everyday life of the command: up, status, down, and how each of them ends.
import assert from "node:assert/strict";
import { closeSync, existsSync, mkdtempSync, openSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { isAlive, openFilesOf } from "./processes.ts";
import { moduleIn, Rig, sh } from "./rig.ts";

const SERVICE = { command: ["sleep", "60"] };

for (const node of ["system", "own"] as const) {
  test(`up -d, status and down, with the ${node} Node.js`, async (t) => {
    const rig = new Rig(t, { node });
    rig.system({ database: SERVICE, api: { ...SERVICE, dependsOn: ["database"] } });
    const up = await rig.ok("up", "-d");
    assert.match(up.out, /database.*running/);
    const daemon = rig.daemonPid();
    const report = await rig.status();
    assert.equal(report.status, "healthy");
    assert.equal(report.orchestrator.pid, daemon);
    assert.match((await rig.ok("status")).out, /api +.*running/);
    const down = await rig.ok("down");
    assert.match(down.out, /2 modules/);
    await rig.eventually("the orchestrator is gone", () => !isAlive(daemon));
    await rig.untilNoneLeft();
    assert.equal(existsSync(`${rig.home}/daemon.json`), false);
    assert.equal(existsSync(`${rig.home}/control.sock`), false);
  });
}

test("status --json has the promised shape", async (t) => {
  const rig = new Rig(t);
  rig.system({
    database: { command: ["sleep", "60"], config: { pageSize: 20 } },
    api: { ...SERVICE, dependsOn: ["database"], required: false },
  });
  await rig.ok("up", "-d");
  const report = await rig.status();
  const { orchestrator, modules } = report;
  assert.equal(report.system, "shop");
  assert.deepEqual(report.reasons, []);
  assert.equal(new Date(report.since).toISOString(), report.since);
  assert.equal(typeof report.uptimeMs, "number");
  assert.equal(typeof orchestrator.version, "string");
  assert.ok(orchestrator.rssBytes > 1e6);
  assert.ok(orchestrator.cpuPercent === null || orchestrator.cpuPercent >= 0);
  assert.equal(orchestrator.adopted, 0);
  assert.deepEqual(
    modules.map(({ id }) => id),
    ["database", "api"],
  );
  const { since, pid, readyMs, usage, metrics, enforcement, ...api } = moduleIn(report, "api");
  assert.equal(new Date(since).toISOString(), since);
  assert.ok(pid !== null && isAlive(pid));
  assert.ok(readyMs !== null && readyMs >= 0);
  for (const key of ["cpuPercent", "memoryBytes", "fileHandles", "threads"] as const) {
    assert.ok(usage[key] === null || usage[key] >= 0, key);
  }
  assert.equal(typeof metrics, "object");
  assert.ok(["cgroup-v2", "cgroup-v1", "rlimit", "watched", "none"].includes(enforcement));
  const promised = {
    id: "api",
    runner: "process",
    required: false,
    desired: "up",
    state: "running",
    health: "unknown",
    level: "full",
    incarnation: 1,
    restarts: 0,
    exit: null,
    dependsOn: ["database"],
    waitingFor: [],
    failure: null,
    configVersion: 1,
  };
  assert.deepEqual(
    Object.fromEntries(Object.entries(api).filter(([key]) => key in promised)),
    promised,
  );
});

test("status of what does not run ends with 3, wrong usage with 2, bad configuration with 78", async (t) => {
  const rig = new Rig(t);
  rig.system({ api: SERVICE });
  const status = await rig.run("status", "--json");
  assert.equal(status.code, 3);
  assert.equal((JSON.parse(status.out) as { status: string }).status, "stopped");
  assert.equal((await rig.run("down")).code, 0, "what does not run is down");
  const usage = await rig.run("statsu");
  assert.equal(usage.code, 2);
  assert.match(usage.err, /status/);
  assert.equal((await rig.run("up", "--frobnicate")).code, 2);
  rig.system({ api: { comand: "sleep 1" } });
  const bad = await rig.run("up", "-d");
  assert.equal(bad.code, 78);
  assert.match(bad.err, /did you mean 'command'/);
  assert.deepEqual(rig.processes(), []);
  assert.equal(existsSync(rig.home), false);
});

test("a required module that fails to start ends `up -d` with 1, stops the rest, and says why", async (t) => {
  const rig = new Rig(t);
  rig.system({
    database: SERVICE,
    api: {
      command: sh("echo cannot; exit 7"),
      dependsOn: ["database"],
      recovery: { ladder: ["manual"] },
      ready: { log: "never" },
    },
  });
  const up = await rig.run("up", "-d");
  assert.equal(up.code, 1);
  assert.match(up.err, /'api' exited with code 7/);
  await rig.untilNoneLeft();
});

test("a module that is never ready ends `up -d` with 4 and is named", async (t) => {
  const rig = new Rig(t);
  rig.system({
    slow: {
      ...SERVICE,
      ready: { log: "ready" },
      startupTimeout: "300ms",
      recovery: { ladder: ["manual"] },
    },
  });
  const up = await rig.run("up", "-d");
  assert.equal(up.code, 4);
  assert.match(up.err, /'slow' was not ready after 300 ms/);
  await rig.untilNoneLeft();
});

test("a system of tasks ends by itself: 0 when they succeed, 1 when a required one fails", async (t) => {
  const rig = new Rig(t);
  rig.system({
    one: { command: sh("echo one >>story"), task: true },
    two: { command: sh("echo two >>story"), task: true, dependsOn: ["one"] },
  });
  const good = await rig.run("up");
  assert.equal(good.code, 0, good.err);
  assert.deepEqual(rig.lines("story"), ["one", "two"]);
  rig.system({ one: { command: sh("exit 5"), task: true, recovery: { ladder: ["manual"] } } });
  const bad = await rig.run("up");
  assert.equal(bad.code, 1);
  assert.match(bad.err, /'one' exited with code 5/);
  await rig.untilNoneLeft();
});

test("a second `up` is refused with the pid of the first; two at once give one orchestrator", async (t) => {
  const rig = new Rig(t);
  rig.system({ api: SERVICE });
  const both = await Promise.all([rig.run("up", "-d"), rig.run("up", "-d")]);
  assert.deepEqual(both.map(({ code }) => code).sort(), [0, 1]);
  const daemon = rig.daemonPid();
  const again = await rig.run("up", "-d");
  assert.equal(again.code, 1);
  assert.match(again.err, new RegExp(`already running \\(pid ${daemon}\\)`));
  for (const { code, err } of both) if (code === 1) assert.match(err, new RegExp(`${daemon}`));
  assert.equal(moduleIn(await rig.status(), "api").incarnation, 1);
});

test("`up -d` leaves no inherited file behind, in the daemon or in a module", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "skelly-e2e-"));
  const held = openSync(join(folder, "held"), "w");
  const rig = new Rig(t, { folder, inherits: held });
  rig.system({ api: SERVICE });
  const up = rig.launch("up", "-d");
  closeSync(held);
  // `ended` waits for the end of both pipes: who inherited them would hold them open.
  assert.equal((await up.ended).code, 0);
  assert.ok(![...openFilesOf(rig.daemonPid()).values()].includes(join(folder, "held")));
  const own = openFilesOf(moduleIn(await rig.status(), "api").pid ?? 0);
  assert.deepEqual([...own.keys()].sort(), [0, 1, 2], JSON.stringify([...own]));
  assert.match(own.get(1) ?? "", /\/run\/api\/1\.out$/);
  assert.match(own.get(2) ?? "", /\/run\/api\/1\.err$/);
});

test("a folder too deep for a socket path works all the same", async (t) => {
  const rig = new Rig(t);
  const deep = "very-long-name-of-a-folder/".repeat(6);
  rig.write(
    `${deep}skelly.config.json`,
    JSON.stringify({ modules: { api: { command: ["sleep", "60"] } } }),
  );
  const at = ["-c", `${deep}skelly.config.json`];
  await rig.ok("up", "-d", ...at);
  assert.equal(existsSync(`${rig.folder}/${deep}.skelly/control.sock`), false);
  assert.match((await rig.ok("status", ...at)).out, /api.*running/);
  await rig.ok("down", ...at);
  await rig.untilNoneLeft();
});
