// commands.test.ts: commands that cross each other, come at the wrong time or meet a system in trouble.
import assert from "node:assert/strict";
import { test } from "node:test";
import { environmentOf } from "./processes.ts";
import { diary, moduleIn, Rig, sh } from "./rig.ts";

const SERVICE = { command: ["sleep", "300"] };

test("a system that is not up in its own startup time ends `up` with 4 and names who was not ready", async (t) => {
  const rig = new Rig(t);
  rig.system(
    {
      database: { command: diary("database") },
      slow: { ...SERVICE, ready: { log: "never" }, dependsOn: ["database"] },
    },
    { orchestrator: { startupTimeout: "700ms" } },
  );
  for (const words of [["up", "-d"], ["up"]]) {
    const up = await rig.run(...words);
    assert.equal(up.code, 4, up.err);
    assert.match(up.err, /was not up after 700 ms; not ready:.*slow|'slow' was not ready/s);
    await rig.untilNoneLeft();
  }
  assert.ok(rig.read("story").includes("stop database"));
});

test("an optional module that never comes leaves `up` with 0 and the system degraded", async (t) => {
  const rig = new Rig(t);
  rig.system({
    spare: {
      ...SERVICE,
      required: false,
      ready: { log: "never" },
      startupTimeout: "300ms",
      recovery: { ladder: ["manual"] },
    },
    "after-spare": { ...SERVICE, required: false, dependsOn: ["spare"] },
    api: SERVICE,
  });
  await rig.ok("up", "-d");
  const report = await rig.status();
  assert.equal(report.status, "degraded");
  assert.match(report.reasons.join("; "), /'spare' was not ready/);
  assert.equal(moduleIn(report, "after-spare").blockedBy, "spare");
  assert.equal(moduleIn(report, "api").state, "running");
  const health = await rig.run("health", "spare");
  assert.match(health.out, /spare/);
});

test("down during a start, two downs at once, and down of what just went", async (t) => {
  const rig = new Rig(t);
  rig.system({
    database: { command: diary("database") },
    slow: { ...SERVICE, ready: { log: "never" }, dependsOn: ["database"] },
  });
  const up = rig.launch("up", "-d");
  await rig.eventually("it has begun", () => rig.read("story").includes("start database"));
  const downs = await Promise.all([rig.run("down"), rig.run("down")]);
  for (const { code, err } of downs) assert.ok(code === 0 || code === 3, err);
  const ended = await up.ended;
  assert.equal(ended.code, 1, ended.err);
  assert.match(ended.err, /stopped while it was starting/);
  await rig.untilNoneLeft();
  assert.equal((await rig.run("down")).code, 0);
});

test("restart, stop and start that overtake each other end with what was asked last", async (t) => {
  const rig = new Rig(t);
  rig.system({
    api: { command: diary("api") },
    web: { command: diary("web"), dependsOn: ["api"] },
  });
  await rig.ok("up", "-d");
  const restarts = await Promise.all([
    rig.run("restart", "api"),
    rig.run("restart", "api"),
    rig.run("restart", "web"),
  ]);
  for (const { code, err } of restarts) assert.equal(code, 0, err);
  await rig.until("all run", ({ modules }) => modules.every(({ state }) => state === "running"));
  const stop = rig.launch("stop", "api");
  await rig.untilModule("api", "is on its way down", ({ desired }) => desired === "down");
  await rig.ok("start", "api");
  await stop.ended;
  await rig.untilModule(
    "api",
    "runs",
    ({ state, desired }) => state === "running" && desired === "up",
  );
  await rig.ok("down");
  await rig.untilNoneLeft();
});

test("stop of a module that waits for its next attempt keeps it down; start brings it back", async (t) => {
  const rig = new Rig(t);
  rig.system({
    api: {
      command: sh("[ -e fixed ] || exit 9; exec sleep 300"),
      required: false,
      recovery: {
        ladder: [
          { restart: { attempts: 5, backoff: "5m", backoffMax: "10m", window: "2h" } },
          "manual",
        ],
      },
    },
    web: SERVICE,
  });
  await rig.ok("up", "-d", "--no-wait");
  const waits = await rig.untilModule("api", "waits", ({ state }) => state === "backing-off");
  assert.ok(waits.nextAttemptAt !== null);
  await rig.ok("stop", "api");
  assert.equal(moduleIn(await rig.status(), "api").state, "stopped");
  rig.write("fixed", "");
  await rig.ok("start", "api");
  assert.equal(moduleIn(await rig.status(), "api").state, "running");
});

test("kill -9 of the orchestrator under a foreground `up`: it says so and ends with 1", async (t) => {
  const rig = new Rig(t);
  rig.system({ api: SERVICE });
  const up = rig.launch("up");
  await up.said("Ctrl-C stops shop");
  const daemon = rig.daemonPid();
  process.kill(daemon, "SIGKILL");
  const ended = await up.ended;
  assert.equal(ended.code, 1);
  assert.match(ended.err, /orchestrator ended unexpectedly/);
  assert.match(ended.err, /`skelly up` takes charge/);
  await rig.ok("up", "-d");
  assert.equal((await rig.status()).orchestrator.adopted, 1);
  await rig.ok("down");
  await rig.untilNoneLeft();
});

test("a required module that is given up makes the system critical, and `health` and `events` say why", async (t) => {
  const rig = new Rig(t);
  rig.system({
    api: {
      command: sh("[ -e broken ] && exit 9; exec sleep 300"),
      recovery: { ladder: [{ restart: { attempts: 1, backoff: "10ms" } }, "manual"] },
    },
    web: { ...SERVICE, dependsOn: { api: { whenDown: "ignore" } } },
  });
  await rig.ok("up", "-d");
  rig.write("broken", "");
  process.kill(moduleIn(await rig.status(), "api").pid ?? 0, "SIGKILL");
  const report = await rig.until("critical", ({ modules }) =>
    modules.some(({ state }) => state === "failed"),
  );
  assert.equal(report.status, "critical");
  assert.match(report.reasons.join(), /Gave up on 'api' after 1 restart/);
  const health = await rig.run("health");
  assert.equal(health.code, 1);
  assert.match((await rig.run("events", "api")).out, /[Gg]ave up|given up/);
  assert.equal(moduleIn(report, "web").state, "running");
});

test("system-restart: the whole system comes again in order; the orchestrator stays", async (t) => {
  const rig = new Rig(t);
  rig.system({
    database: { command: diary("database") },
    api: {
      command: diary("api"),
      dependsOn: ["database"],
      recovery: { ladder: ["system-restart", "manual"] },
    },
  });
  await rig.ok("up", "-d");
  await rig.eventually("both have begun", () => rig.lines("story").length === 2);
  const before = await rig.status();
  process.kill(moduleIn(before, "api").pid ?? 0, "SIGKILL");
  const now = await rig.until(
    "all came again",
    ({ status, modules }) =>
      status === "healthy" &&
      modules.every(({ incarnation, state }) => incarnation === 2 && state === "running"),
  );
  assert.equal(now.orchestrator.pid, before.orchestrator.pid);
  await rig.eventually("both have begun again", () => rig.lines("story").length === 5);
  const told = rig.lines("story").map((line) => line.split(" ").slice(0, 2).join(" "));
  // Without a sign of readiness the second may be quicker to write than the first.
  const both = ["start api", "start database"];
  assert.deepEqual(told.slice(0, 2).sort(), both);
  assert.equal(told[2], "stop database");
  assert.deepEqual(told.slice(3).sort(), both);
});

test("envFile, env, umask, shell commands and profiles are as the file says", async (t) => {
  const rig = new Rig(t);
  rig.write(".env", 'FROM_FILE="a b"\nBOTH=file\n');
  rig.system(
    {
      api: {
        command: 'umask >mask; echo "$FROM_FILE|$BOTH|$LEVEL" >seen && exec sleep 300',
        envFile: ".env",
        env: { BOTH: "env", LEVEL: "info" },
        umask: "027",
      },
      extra: { ...SERVICE, profiles: ["dev"] },
    },
    { profiles: { dev: { modules: { api: { env: { LEVEL: "debug" } } } } } },
  );
  await rig.ok("up", "-d");
  await rig.eventually("it has told", () => rig.read("seen") !== "");
  assert.equal(rig.read("seen"), "a b|env|info\n");
  assert.equal(rig.read("mask"), "0027\n");
  assert.deepEqual(
    (await rig.status()).modules.map(({ id }) => id),
    ["api"],
  );
  await rig.ok("down");
  rig.write("seen", "");
  await rig.ok("up", "-d", "--profile", "dev");
  await rig.eventually("it has told again", () => rig.read("seen") !== "");
  assert.equal(rig.read("seen"), "a b|env|debug\n");
  const report = await rig.status();
  assert.deepEqual(report.modules.map(({ id }) => id).sort(), ["api", "extra"]);
  const own = environmentOf(moduleIn(report, "extra").pid ?? 0);
  assert.ok(
    !own.some((entry) => entry.startsWith("SKELLY_BUS_URL=")),
    "no bus for who does not join",
  );
});

test("foreground: --logs shows what modules write, --json prints one event a line and nothing else", async (t) => {
  const rig = new Rig(t);
  rig.system({ api: { command: sh("echo words of mine; exec sleep 300") } });
  const shown = rig.launch("up", "--logs");
  await shown.said("words of mine");
  shown.child.kill("SIGINT");
  assert.equal((await shown.ended).code, 130);
  const json = rig.launch("up", "--json");
  await rig.until("up", ({ status }) => status === "healthy");
  json.child.kill("SIGINT");
  const { code, out } = await json.ended;
  assert.equal(code, 130);
  const types = out
    .split("\n")
    .filter(Boolean)
    .map((line) => (JSON.parse(line) as { type: string }).type);
  assert.ok(types.includes("module-state-changed"));
});
