// main.test.ts: the command from outside, against a daemon made of glass.
import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { NOT_BUILT } from "./commands/verbs.ts";
import { type Rig, rig } from "./testing/rig.ts";
import { STORIES } from "./testing/stories.ts";

const withRig = async (
  options: Parameters<typeof rig>[0],
  story: (rig: Rig) => Promise<void>,
): Promise<void> => {
  const made = rig(options);
  try {
    await story(made);
  } finally {
    made.dispose();
  }
};

test("up -d starts the system, status shows it, down stops it", () =>
  withRig({}, async ({ skelly, folder }) => {
    const up = await skelly("up", "-d");
    assert.equal(up.code, 0, up.err);
    assert.match(up.out, /database +starting → running/);
    assert.match(up.out, /● shop {2}healthy/);
    assert.match(up.out, /● api +running +healthy/);
    assert.equal(readFileSync(join(folder, ".skelly", ".gitignore"), "utf8"), "*\n");

    const status = await skelly("ps");
    assert.equal(status.code, 0);
    assert.match(status.out, /MODULE +STATE +HEALTH +UPTIME +RESTARTS +PID +CPU +MEM\n/);
    const json = JSON.parse((await skelly("status", "--json")).out);
    assert.deepEqual(
      json.modules.map(({ id }: { id: string }) => id),
      ["database", "api"],
    );

    const again = await skelly("up", "-d");
    assert.equal(again.code, 1);
    assert.match(again.err, /shop is already running \(pid \d+\)/);

    const down = await skelly("down");
    assert.equal(down.code, 0);
    assert.match(down.out, /✔ shop is down: 2 modules stopped/);
    assert.equal((await skelly("status")).code, 3);
  }));

test("status of nothing says how to start it, and is one document for programs", () =>
  withRig({}, async ({ skelly }) => {
    const plain = await skelly("status");
    assert.equal(plain.code, 3);
    assert.match(plain.err, /Not running .*skelly\.config\.json\)\.\n {2}Start it: `skelly up`\./);
    const json = await skelly("status", "--json");
    assert.equal(json.code, 3);
    assert.equal(JSON.parse(json.out).status, "stopped");
    const down = await skelly("down");
    assert.equal(down.code, 0);
    assert.match(down.out, /Not running/);
  }));

test("an orchestrator that died without a goodbye is told from one that never ran", () =>
  withRig({}, async ({ skelly, folder }) => {
    mkdirSync(join(folder, ".skelly"));
    const dead = { pid: 2 ** 22 + 1, version: "1", startedAt: "2026-01-01T00:00:00.000Z" };
    writeFileSync(join(folder, ".skelly", "daemon.json"), JSON.stringify(dead));
    const status = await skelly("status");
    assert.equal(status.code, 3);
    assert.match(status.err, /ended without stopping its system/);
    assert.match(status.err, /`skelly up` takes charge of them again/);
  }));

test("up in the foreground stops everything on Ctrl-C and ends with 130", () =>
  withRig({}, async ({ launch, skelly }) => {
    const up = launch("up", "--logs");
    await up.said("Ctrl-C stops shop");
    await up.said("database | hello from database");
    up.child.kill("SIGINT");
    const { code, out } = await up.ended;
    assert.equal(code, 130);
    assert.match(out, /api +stopping → stopped[\s\S]*database +stopping → stopped/);
    assert.match(out, /shop is down: 2 modules stopped/);
    assert.equal((await skelly("status")).code, 3);
  }));

test("a second Ctrl-C kills what takes its time", () =>
  withRig({ name: STORIES.stopsSlowly }, async ({ launch }) => {
    const up = launch("up");
    await up.said("Ctrl-C stops");
    up.child.kill("SIGTERM");
    await up.said("one module takes its time");
    up.child.kill("SIGTERM");
    const { code, out } = await up.ended;
    assert.equal(code, 143);
    assert.match(out, /Killing everything now/);
    assert.match(out, /killed as you asked: database, api/);
  }));

test("up attaches to a system whose launcher is gone", () =>
  withRig({}, async ({ launch, skelly }) => {
    await skelly("up", "-d");
    const up = launch("up");
    await up.said("attached to it");
    await up.said("Ctrl-C stops");
    await skelly("down");
    const { code, out } = await up.ended;
    assert.equal(code, 0);
    assert.match(out, /shop has ended/);
  }));

test("a system that ends by itself gives 0, and 1 when a required module failed", async () => {
  await withRig({ name: STORIES.endsByItself }, async ({ skelly }) => {
    assert.equal((await skelly("up")).code, 0);
  });
  await withRig({ name: STORIES.endsFailed }, async ({ skelly }) => {
    const { code, out, err } = await skelly("up");
    assert.equal(code, 1, `${out}${err}`);
    assert.match(out, /database +running → failed +'database' exited with code 7/);
    assert.match(err, /failed: database/);
  });
});

test("a failed start says which module and why, and exits with 1", () =>
  withRig({ name: STORIES.failsToStart }, async ({ skelly }) => {
    const { code, err } = await skelly("up");
    assert.equal(code, 1);
    assert.match(err, /skelly: 'database' exited with code 7 before it was ready/);
  }));

test("an orchestrator that dies is quoted with its last words", async () => {
  await withRig({ name: STORIES.diesAtOnce }, async ({ skelly }) => {
    const { code, err } = await skelly("up", "-d");
    assert.equal(code, 1);
    assert.match(err, /The orchestrator exited with code 9\.\n.*\n {2}the lock is held/);
  });
  await withRig({ name: STORIES.diesWhileStarting }, async ({ skelly }) => {
    const { code, err } = await skelly("up", "-d");
    assert.equal(code, 1);
    assert.match(err, /ended before the system was up\.\n {2}out of luck/);
  });
  await withRig({ name: STORIES.diesLater }, async ({ skelly }) => {
    const { code, err } = await skelly("up");
    assert.equal(code, 1);
    assert.match(err, /ended unexpectedly[\s\S]*panic/);
  });
});

test("single modules are stopped and started by name, and slips are refused", () =>
  withRig({}, async ({ skelly }) => {
    await skelly("up", "-d");
    const stop = await skelly("stop", "api");
    assert.equal(stop.code, 0, stop.err);
    assert.match(stop.out, /api +running → stopped +asked by `skelly stop`/);
    const restart = await skelly("restart", "api", "database", "--json");
    assert.equal(JSON.parse(restart.out).modules.length, 2);
    const slip = await skelly("stop", "apo");
    assert.equal(slip.code, 2);
    assert.match(slip.err, /There is no module 'apo'/);
    const none = await skelly("stop");
    assert.equal(none.code, 2);
    assert.match(none.err, /needs the name of a module\.\n.*`skelly down`/);
  }));

test("configuration is read from file and running system; a refusal changes nothing", () =>
  withRig({}, async ({ skelly }) => {
    assert.equal((await skelly("config", "get", "api", "pageSize")).out, "20\n");
    await skelly("up", "-d");
    assert.equal(JSON.parse((await skelly("config", "get")).out).database.name, "database");
    const set = await skelly("config", "set", "api", "pageSize", "30");
    assert.match(set.out, /api: pageSize = 30, applied as version 2/);
    const refused = await skelly("config", "set", "api", "color", "bad");
    assert.equal(refused.code, 1);
    assert.match(refused.err, /refused its configuration\.\n {2}colour: not a colour/);
  }));

test("what happened is told by events, as lines and as NDJSON", () =>
  withRig({}, async ({ skelly }) => {
    await skelly("up", "-d");
    const lines = (await skelly("events")).out;
    assert.match(lines, /\d\d:\d\d:\d\d\.\d{3} {2}api +starting → running \(pid \d+\) +ready/);
    const json = (await skelly("events", "--json", "-n", "2")).out.trim().split("\n");
    assert.equal(JSON.parse(json.at(-1) ?? "").type, "system-status-changed");
  }));

test("wrong words are refused with the nearest right one, exit 2", () =>
  withRig({}, async ({ skelly }) => {
    const cases: [string[], RegExp][] = [
      [["statsu"], /`skelly statsu` is not a command\. Did you mean 'status'\?/],
      [["up", "--detatch"], /does not know --detatch\. Did you mean '--detach'\?/],
      ...NOT_BUILT.map((verb): [string[], RegExp] => [[verb], /skelly [a-z]+ is not built yet/]),
      [["config", "diff"], /skelly config diff is not built yet/],
      [["logs", "apii"], /There is no module 'apii'\. Did you mean 'api'\?/],
      [["events", "-n", "many"], /--lines must be a whole number \(got 'many'\)/],
    ];
    const answers = await Promise.all(cases.map(([words]) => skelly(...words)));
    for (const [index, { code, err }] of answers.entries()) {
      assert.equal(code, 2);
      assert.match(err, cases[index]?.[1] as RegExp);
    }
  }));

test("a wrong configuration is refused as a whole: exit 78, nothing is started", () =>
  withRig({}, async ({ skelly, folder }) => {
    const wrong = { name: "shop", modules: { a: { comand: "x" }, b: { dependsOn: ["nobody"] } } };
    writeFileSync(join(folder, "skelly.config.json"), JSON.stringify(wrong, null, 2));
    for (const verb of ["validate", "up"]) {
      const { code, err } = await skelly(verb);
      assert.equal(code, 78);
      assert.match(err, /skelly\.config\.json:\d+:\d+[\s\S]*comand[\s\S]*nobody/);
    }
    assert.equal(existsSync(join(folder, ".skelly")), false);
  }));

test("validate, graph, init and completion work without a daemon", () =>
  withRig({}, async ({ skelly, folder }) => {
    assert.equal(
      (await skelly("validate")).out,
      "✔ skelly.config.json is right: 2 modules, 2 waves\n",
    );
    assert.match((await skelly("graph")).out, /wave 2\n└ api +after database/);
    const init = await skelly("init", "new-one");
    assert.equal(init.code, 0);
    assert.equal((await skelly("validate", "-c", "new-one")).code, 0);
    const again = await skelly("init", "new-one");
    assert.equal(again.code, 1);
    assert.match(again.err, /is there already; nothing was changed/);
    assert.match(
      readFileSync(join(folder, "new-one", "skelly.config.yaml"), "utf8"),
      /name: new-one/,
    );
    for (const shell of ["bash", "zsh", "fish"]) {
      assert.match((await skelly("completion", shell)).out, /skelly modules/);
    }
    assert.equal((await skelly("modules")).out, "database\napi\n");
    assert.match((await skelly("--version")).out, /^skelly 9\.9\.9\n/);
  }));
