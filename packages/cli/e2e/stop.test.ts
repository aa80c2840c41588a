// stop.test.ts: however a system is told to stop, all of it stops, in order, and nothing is left.
import assert from "node:assert/strict";
import { test } from "node:test";
import { isAlive } from "./processes.ts";
import { diary, moduleIn, Rig, sh } from "./rig.ts";

const CHAIN = {
  database: { command: diary("database") },
  api: { command: diary("api"), dependsOn: ["database"] },
  web: { command: diary("web"), dependsOn: ["api"] },
};

/** The order in which modules were asked to stop, by the times they wrote themselves. */
const stopsIn = (rig: Rig): (string | undefined)[] =>
  rig
    .lines("story")
    .map((line) => line.split(" "))
    .filter(([what]) => what === "stop")
    .sort((a, b) => Number(BigInt(a[2] ?? 0) - BigInt(b[2] ?? 0)))
    .map(([, name]) => name);

/** Processes that leave group and session, and want to know nothing of signals. */
const LEAVERS = `trap '' TERM INT HUP
  setsid sh -c 'while :; do sleep 300; done' &
  ( ( setsid sh -c 'exec 2>/dev/null; while :; do sleep 300; done' & ) & )
  echo left >>ready`;

for (const [name, code] of [
  ["SIGINT", 130],
  ["SIGTERM", 143],
  ["SIGHUP", 129],
] as const) {
  test(`${name} to \`up\` stops everything in reverse order and ends with ${code}`, async (t) => {
    const rig = new Rig(t);
    rig.system(CHAIN);
    const up = rig.launch("up");
    await rig.until("up", ({ status }) => status === "healthy");
    await rig.eventually("all have begun", () => rig.lines("story").length === 3);
    up.child.kill(name);
    const ended = await up.ended;
    assert.equal(ended.code, code, ended.err);
    assert.match(ended.out, /shop is down: 3 modules stopped/);
    assert.deepEqual(stopsIn(rig), ["web", "api", "database"]);
    await rig.untilNoneLeft();
  });
}

test("`down` and SIGTERM to the orchestrator itself stop everything in reverse order", async (t) => {
  for (const how of ["down", "kill"]) {
    const rig = new Rig(t);
    rig.system(CHAIN);
    await rig.ok("up", "-d");
    await rig.eventually("all have begun", () => rig.lines("story").length === 3);
    const daemon = rig.daemonPid();
    if (how === "down") await rig.ok("down");
    else process.kill(daemon, "SIGTERM");
    await rig.untilNoneLeft();
    assert.deepEqual(stopsIn(rig), ["web", "api", "database"]);
    await rig.eventually("the orchestrator is gone", () => !isAlive(daemon));
    assert.equal((await rig.run("status")).code, 3);
  }
});

test("`up` whose orchestrator was asked to stop by somebody else ends with 0", async (t) => {
  const rig = new Rig(t);
  rig.system(CHAIN);
  const up = rig.launch("up");
  await rig.until("up", ({ status }) => status === "healthy");
  await rig.ok("down");
  const ended = await up.ended;
  assert.equal(ended.code, 0, ended.err);
  assert.match(ended.out, /shop has ended/);
});

test("grandchildren that ignore SIGTERM and left the group are ended too", async (t) => {
  const rig = new Rig(t);
  rig.system({
    api: {
      command: sh(`(${LEAVERS}); echo main >>ready; exec sleep 300`),
      stop: { timeout: "5s" },
    },
  });
  await rig.ok("up", "-d");
  await rig.eventually("they have left", () => rig.lines("ready").length === 2);
  const { pid } = moduleIn(await rig.status(), "api");
  const others = rig.processes().filter((one) => one !== pid && one !== rig.daemonPid());
  assert.ok(others.length >= 3, "there are some to be ended");
  await rig.ok("down");
  assert.deepEqual(rig.modulesLeft(), [], "nothing is left when `down` returns");
});

test("a module that ignores SIGTERM is killed at its stop.timeout and named", async (t) => {
  const rig = new Rig(t);
  const deaf = sh("trap '' TERM; while :; do sleep 300; done");
  rig.system({
    database: { command: diary("database") },
    deaf: { command: deaf, stop: { timeout: "300ms" }, dependsOn: ["database"] },
  });
  await rig.ok("up", "-d");
  const down = await rig.ok("down");
  assert.match(down.out, /deaf did not stop in time and was killed/);
  assert.deepEqual(stopsIn(rig), ["database"]);
  assert.deepEqual(rig.modulesLeft(), []);
  await rig.ok("up", "-d");
  const json = JSON.parse((await rig.ok("down", "--json")).out) as { killed: string[] };
  assert.deepEqual(json.killed, ["deaf"]);
});

test("a second Ctrl-C kills at once what would have had minutes", async (t) => {
  const rig = new Rig(t);
  const slow = sh("trap 'echo asked >>story' TERM; echo begun >>story; while :; do sleep 1; done");
  rig.system(
    {
      database: { command: ["sleep", "300"] },
      slow: { command: slow, stop: { timeout: "5m" }, dependsOn: ["database"] },
    },
    { orchestrator: { shutdownTimeout: "10m" } },
  );
  const up = rig.launch("up");
  await rig.until("up", ({ status }) => status === "healthy");
  await rig.eventually("it listens", () => rig.lines("story").length === 1);
  up.child.kill("SIGINT");
  await rig.eventually("it was asked", () => rig.lines("story").includes("asked"));
  up.child.kill("SIGINT");
  const ended = await up.ended;
  assert.equal(ended.code, 130, ended.err);
  await rig.untilNoneLeft();
});

test("a second SIGTERM to the orchestrator kills at once", async (t) => {
  const rig = new Rig(t);
  const slow = sh("trap 'echo asked >>story' TERM; echo begun >>story; while :; do sleep 1; done");
  rig.system(
    { slow: { command: slow, stop: { timeout: "5m" } } },
    { orchestrator: { shutdownTimeout: "10m" } },
  );
  await rig.ok("up", "-d");
  await rig.eventually("it listens", () => rig.lines("story").length === 1);
  const daemon = rig.daemonPid();
  process.kill(daemon, "SIGTERM");
  await rig.eventually("it was asked", () => rig.lines("story").includes("asked"));
  process.kill(daemon, "SIGTERM");
  await rig.untilNoneLeft();
});

test("Ctrl-C while it starts stops what was started", async (t) => {
  const rig = new Rig(t);
  rig.system({
    database: { command: diary("database") },
    api: { command: diary("api"), dependsOn: ["database"], ready: { log: "never said" } },
  });
  const up = rig.launch("up");
  await rig.eventually("api has begun", () => rig.read("story").includes("start api"));
  up.child.kill("SIGINT");
  const ended = await up.ended;
  assert.equal(ended.code, 130, ended.err);
  assert.deepEqual(stopsIn(rig), ["api", "database"]);
  await rig.untilNoneLeft();
});

test("kill -9 of `up` leaves the system running; the next `up` attaches to it", async (t) => {
  const rig = new Rig(t);
  rig.system(CHAIN);
  const first = rig.launch("up");
  const before = await rig.until("up", ({ status }) => status === "healthy");
  first.child.kill("SIGKILL");
  await first.ended;
  const second = rig.launch("up");
  await second.said(`running already (pid ${before.orchestrator.pid})`);
  const now = await rig.status();
  assert.equal(moduleIn(now, "web").pid, moduleIn(before, "web").pid);
  second.child.kill("SIGINT");
  assert.equal((await second.ended).code, 130);
  await rig.untilNoneLeft();
});

test("one module is stopped and started; what depends on it follows its edge", async (t) => {
  const rig = new Rig(t);
  rig.system(CHAIN);
  await rig.ok("up", "-d");
  await rig.ok("stop", "web");
  const stopped = moduleIn(await rig.status(), "web");
  assert.deepEqual([stopped.desired, stopped.state, stopped.pid], ["down", "stopped", null]);
  await rig.ok("start", "web");
  const started = moduleIn(await rig.status(), "web");
  assert.deepEqual([started.state, started.incarnation, started.restarts], ["running", 2, 0]);
  await rig.ok("restart", "web");
  assert.equal(moduleIn(await rig.status(), "web").incarnation, 3);
  const unknown = await rig.run("restart", "wbe");
  assert.equal(unknown.code, 2);
  assert.match(unknown.err, /web/);
});

test("a stop that takes longer than the system's shutdownTimeout is ended, and all is named", async (t) => {
  const rig = new Rig(t);
  const deaf = sh("trap '' TERM; while :; do sleep 300; done");
  rig.system(
    {
      one: { command: deaf, stop: { timeout: "5m" } },
      two: { command: deaf, stop: { timeout: "5m" }, dependsOn: ["one"] },
    },
    { orchestrator: { shutdownTimeout: "400ms" } },
  );
  const up = await rig.run("up", "-d");
  if (up.code === 78) {
    // Policies that contradict themselves are refused: then nothing was started.
    assert.match(up.err, /shutdownTimeout|stop\.timeout/);
    assert.deepEqual(rig.modulesLeft(), []);
    return;
  }
  assert.equal(up.code, 0, up.err);
  const down = await rig.run("down");
  for (const id of ["one", "two"])
    assert.match(down.out, new RegExp(`${id} did not stop in time and was killed`));
  assert.deepEqual(rig.modulesLeft(), []);
});
