// survival.test.ts: the orchestrator may die at any instant: what runs goes on, and the next one takes charge of it.
import assert from "node:assert/strict";
import { existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { commandLineOf, endProcesses, environmentOf, isAlive, parentOf } from "./processes.ts";
import { diary, moduleIn, Rig, sh } from "./rig.ts";

/** kill -9, and it is gone. */
async function killDaemon(rig: Rig): Promise<number> {
  const daemon = rig.daemonPid();
  process.kill(daemon, "SIGKILL");
  await rig.eventually("the orchestrator is gone", () => !isAlive(daemon));
  return daemon;
}

test("each module has a parent process of its own, which outlives the orchestrator", async (t) => {
  const rig = new Rig(t);
  rig.system({ api: { command: ["sleep", "300"] }, web: { command: ["sleep", "300"] } });
  await rig.ok("up", "-d");
  const { modules } = await rig.status();
  const parents = modules.map(({ pid }) => parentOf(pid ?? 0));
  assert.equal(new Set(parents).size, 2);
  for (const parent of parents)
    assert.match(commandLineOf(parent), /^\/bin\/sh [\s\S]* skelly-parent /);
  await killDaemon(rig);
  for (const parent of parents) assert.ok(isAlive(parent));
  for (const { pid } of modules) assert.ok(isAlive(pid ?? 0));
});

test("a module is in the journal before it runs, and carries its mark", async (t) => {
  const rig = new Rig(t);
  rig.write(
    "look.mjs",
    `import { DatabaseSync } from "node:sqlite";
     import { appendFileSync } from "node:fs";
     const database = new DatabaseSync(".skelly/journal.db", { readOnly: true });
     const tables = database.prepare("select name from sqlite_master where type = 'table'").all();
     const rows = tables.flatMap(({ name }) => database.prepare('select * from "' + name + '"').all());
     const intents = rows.filter((row) => row.instance === "api" && typeof row.incarnation === "number");
     appendFileSync("seen", JSON.stringify({ intents, mark: process.env.SKELLY_INCARNATION }) + "\\n");
     setInterval(() => {}, 1000);`,
  );
  rig.system({ api: { command: [process.execPath, "--no-warnings", "look.mjs"] } });
  await rig.ok("up", "-d");
  for (const life of [1, 2]) {
    await rig.eventually("it has looked", () => rig.lines("seen").length === life);
    const seen = JSON.parse(rig.lines("seen").at(-1) ?? "") as {
      intents: { incarnation: number }[];
      mark: string;
    };
    assert.equal(Math.max(...seen.intents.map(({ incarnation }) => incarnation)), life);
    assert.equal(seen.mark, `shop/api/${life}`);
    const { pid } = await rig.untilModule("api", "runs", ({ incarnation }) => incarnation === life);
    assert.ok(environmentOf(pid ?? 0).includes(`SKELLY_INCARNATION=shop/api/${life}`));
    if (life === 1) process.kill(pid ?? 0, "SIGKILL");
  }
});

test("kill -9 of the orchestrator: modules write on, the next one adopts them; no line lost, none twice", async (t) => {
  const rig = new Rig(t);
  const count =
    "i=0; while :; do i=$((i + 1)); echo line $i; [ $((i % 200)) = 0 ] && sleep 0.01; done";
  rig.system({
    database: { command: diary("database") },
    writer: {
      command: sh(`trap 'echo last $i; exit 0' TERM; ${count}`),
      dependsOn: ["database"],
      logs: { maxSize: "50MB" },
    },
  });
  await rig.ok("up", "-d");
  const before = await rig.status();
  await killDaemon(rig);
  const dead = await rig.run("status");
  assert.equal(dead.code, 3);
  assert.match(dead.err, /ended without stopping/);
  const up = await rig.ok("up", "-d");
  assert.match(up.out, /running/);
  const after = await rig.status();
  assert.equal(after.orchestrator.adopted, 2);
  assert.notEqual(after.orchestrator.pid, before.orchestrator.pid);
  for (const id of ["database", "writer"]) {
    const [was, is] = [moduleIn(before, id), moduleIn(after, id)];
    assert.deepEqual([is.pid, is.incarnation, is.restarts], [was.pid, was.incarnation, 0], id);
    assert.equal(is.state, "running");
  }
  await rig.ok("down");
  const { out } = await rig.ok("logs", "writer", "--json", "-n", "10000000");
  const numbers = [...out.matchAll(/line (\d+)/g)].map((match) => Number(match[1]));
  const last = Number(/last (\d+)/.exec(out)?.[1]);
  assert.ok(numbers.length > 100);
  assert.equal(numbers.length, last, "every line once");
  assert.ok(
    numbers.every((number, index) => number === index + 1),
    "and in order",
  );
  await rig.untilNoneLeft();
});

test("the exit code of a module that died while nobody looked is learned", async (t) => {
  const rig = new Rig(t);
  const script = "until [ -e die ]; do sleep 0.02; done; exit 7";
  rig.system({
    api: { command: sh(script), restart: "never", required: false },
    back: { command: sh(`[ -e die ] && exec sleep 300; ${script}`) },
  });
  await rig.ok("up", "-d");
  const { modules } = await rig.status();
  await killDaemon(rig);
  rig.write("die", "");
  await rig.eventually("both are dead", () => modules.every(({ pid }) => !isAlive(pid ?? 0)));
  await rig.ok("up", "-d");
  const now = await rig.status();
  assert.equal(now.orchestrator.adopted, 2);
  const api = moduleIn(now, "api");
  assert.deepEqual(
    [api.state, api.exit, api.incarnation],
    ["failed", { code: 7, signal: null }, 1],
  );
  const back = await rig.untilModule(
    "back",
    "is back",
    ({ incarnation, state }) => incarnation === 2 && state === "running",
  );
  assert.deepEqual(back.exit, { code: 7, signal: null });
});

test("kill -9 of orchestrator and modules together: everything is started anew, with new numbers", async (t) => {
  const rig = new Rig(t);
  rig.system({
    api: { command: ["sleep", "300"] },
    web: { command: ["sleep", "300"], dependsOn: ["api"] },
  });
  await rig.ok("up", "-d");
  await killDaemon(rig);
  await endProcesses(`SKELLY_RIG=${rig.folder}`);
  await rig.ok("up", "-d");
  const now = await rig.status();
  assert.equal(now.status, "healthy");
  for (const { incarnation } of now.modules) assert.equal(incarnation, 2);
  await rig.ok("down");
  await rig.untilNoneLeft();
});

test("the orchestrator is killed again and again while it starts: nobody lives twice", async (t) => {
  const rig = new Rig(t);
  const alone = `mkdir -p alive; for p in alive/$0.*; do readlink "/proc/\${p##*.}/exe" >/dev/null && echo twice $0 >>story; done; : >alive/$0.$$; sleep 0.05; echo ready; exec sleep 300`;
  const modules = Object.fromEntries(
    Array.from({ length: 6 }, (_, index) => [
      `m${index}`,
      {
        command: ["sh", "-c", alone, `m${index}`],
        ready: { log: "ready" },
        ...(index > 2 && { dependsOn: [`m${index - 3}`] }),
      },
    ]),
  );
  rig.system(modules);
  const alive = join(rig.folder, "alive");
  const lives = (): number => (existsSync(alive) ? readdirSync(alive).length : 0);
  for (let round = 0; round < 4; round++) {
    const before = lives();
    const up = rig.launch("up", "-d");
    const daemons = (): number[] =>
      rig.processes().filter((pid) => commandLineOf(pid).includes("daemon.cjs"));
    // In the middle of its start: some have come to life by now, and others have not. Or all live.
    await rig.eventually(
      "something came to life, or all lived already",
      () => lives() > before + (round % 3) || up.child.exitCode !== null,
    );
    for (const pid of daemons()) process.kill(pid, "SIGKILL");
    await up.ended;
  }
  await rig.ok("up", "-d");
  const { status, modules: now } = await rig.status();
  assert.equal(status, "healthy");
  assert.deepEqual(rig.lines("story"), []);
  const running = rig.processes().filter((pid) => commandLineOf(pid) === "sleep 300");
  assert.deepEqual(running.sort(), now.map(({ pid }) => pid).sort());
  await rig.ok("down");
  await rig.untilNoneLeft();
});

test("worker threads outlive the orchestrator with their host, and are adopted in the same life", async (t) => {
  const rig = new Rig(t);
  const entry = rig.entry(
    "unit.mjs",
    `import { appendFileSync } from "node:fs";
     export default defineModule({ name: "unit", health: () => ({ ticks: 1 }),
       start(ctx) { appendFileSync("story", "start " + ctx.id + "\\n"); ctx.every(10, () => appendFileSync(ctx.id + ".ticks", "x")); },
       stop(ctx) { appendFileSync("story", "stop " + ctx.id + "\\n"); } });`,
  );
  rig.system(
    { thread: { entry, run: "worker" }, process: { entry }, inside: { entry, run: "in-process" } },
    { orchestrator: { healthCheckInterval: "100ms" } },
  );
  await rig.ok("up", "-d");
  const before = await rig.status("--all");
  await killDaemon(rig);
  const ticks = rig.read("thread.ticks").length;
  await rig.eventually("it works on", () => rig.read("thread.ticks").length > ticks + 3);
  await rig.ok("up", "-d");
  const after = await rig.until("healthy", ({ status }) => status === "healthy");
  for (const { id, pid, incarnation } of before.modules) {
    const now = moduleIn(after, id);
    assert.deepEqual([now.pid, now.incarnation, now.restarts], [pid, incarnation, 0], id);
  }
  await rig.untilModule("thread", "answers again", ({ health }) => health === "healthy");
  await rig.ok("down");
  for (const id of ["thread", "process", "inside"])
    assert.equal(rig.lines("story").filter((line) => line === `stop ${id}`).length, 1, id);
  assert.equal(rig.lines("story").filter((line) => line.startsWith("start")).length, 3);
  await rig.untilNoneLeft();
});

test("what left the file while nobody looked is ended; what changed in it is started anew; what came is started", async (t) => {
  const rig = new Rig(t);
  const service = (size: number) => ({ command: ["sleep", "300"], env: { SIZE: String(size) } });
  rig.system({ gone: service(1), changed: service(1), same: service(1) });
  await rig.ok("up", "-d");
  const before = await rig.status();
  await killDaemon(rig);
  rig.system({ changed: service(2), same: service(1), came: service(1) });
  await rig.ok("up", "-d");
  const after = await rig.until("all run", ({ modules }) =>
    modules.every(({ state }) => state === "running"),
  );
  assert.deepEqual(after.modules.map(({ id }) => id).sort(), ["came", "changed", "same"]);
  assert.equal(moduleIn(after, "same").pid, moduleIn(before, "same").pid);
  await rig.eventually(
    "the one that left is gone",
    () => !isAlive(moduleIn(before, "gone").pid ?? 0),
  );
  await rig.eventually("the changed one is as the file says", async () => {
    const { pid } = moduleIn(await rig.status(), "changed");
    return pid !== null && environmentOf(pid).includes("SIZE=2");
  });
  await rig.ok("down");
  await rig.untilNoneLeft();
});

test("killed while a module was paused: the next orchestrator lets it go on", async (t) => {
  const rig = new Rig(t);
  const gate = "until [ -e gate ]; do sleep 0.02; done; echo ready; exec sleep 300";
  rig.system({
    database: { command: sh(gate), ready: { log: "^ready$" } },
    api: {
      command: sh("while :; do echo x >>ticks; sleep 0.01; done"),
      dependsOn: { database: { whenDown: "pause" } },
    },
  });
  rig.write("gate", "");
  await rig.ok("up", "-d");
  const before = moduleIn(await rig.status(), "api").pid;
  rmSync(join(rig.folder, "gate"));
  process.kill(moduleIn(await rig.status(), "database").pid ?? 0, "SIGKILL");
  await rig.untilModule("api", "is paused", ({ state }) => state === "paused");
  await killDaemon(rig);
  rig.write("gate", "");
  await rig.ok("up", "-d");
  await rig.until("all run", ({ modules }) => modules.every(({ state }) => state === "running"));
  assert.equal(moduleIn(await rig.status(), "api").pid, before);
  const ticks = rig.lines("ticks").length;
  await rig.eventually("it goes on", () => rig.lines("ticks").length > ticks);
  await rig.ok("down");
  await rig.untilNoneLeft();
});
