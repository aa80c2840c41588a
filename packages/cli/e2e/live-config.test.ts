// live-config.test.ts: the configuration of a running system changes: by its file, and by `config set`.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { test } from "node:test";
import type { SystemEvent } from "@skelly-jelly/contract";
import { moduleIn, pidsOf, Rig } from "./rig.ts";

const yaml = (sizes: Record<string, number>, more = ""): string =>
  `name: shop
modules:
${Object.entries(sizes)
  .map(([id, size]) => `  ${id}:\n    command: [sleep, "300"]\n    env: { SIZE: "${size}" }\n`)
  .join("")}${more}`;

const rejections = (events: readonly SystemEvent[]): SystemEvent[] =>
  events.filter(({ type }) => type === "config-rejected");

/** A module that keeps what it is told in a file, and refuses page sizes above 100. */
const PAGER = `import { appendFileSync } from "node:fs";
const check = (config) => { if (!(config.pageSize <= 100)) throw new Error("pageSize must be at most 100"); return config; };
export default defineModule({ name: "pager", config: check,
  start(ctx) { appendFileSync("sizes", "start " + ctx.config.pageSize + "\\n"); },
  reconfigure(ctx, next) { appendFileSync("sizes", "live " + next.pageSize + "\\n"); return "applied"; } });`;

test("twenty quick writes are applied once; only what changed is touched", async (t) => {
  const rig = new Rig(t);
  rig.write("skelly.config.yaml", yaml({ one: 1, two: 1, three: 1 }));
  await rig.ok("up", "-d");
  const before = pidsOf(await rig.status());
  for (let size = 2; size <= 21; size++) {
    rig.write("skelly.config.yaml", yaml({ one: size, two: 1, four: 1 }));
  }
  const after = await rig.until("the change has come", (now) => {
    const ids = now.modules.map(({ id }) => id);
    return (
      ids.includes("four") &&
      !ids.includes("three") &&
      now.modules.every(({ state }) => state === "running") &&
      moduleIn(now, "one").incarnation === 2
    );
  });
  assert.equal(pidsOf(after)["two"], before["two"]);
  assert.notEqual(pidsOf(after)["one"], before["one"]);
  assert.equal(moduleIn(after, "one").restarts, 0);
  const { environmentOf } = await import("./processes.ts");
  assert.ok(environmentOf(moduleIn(after, "one").pid ?? 0).includes("SIZE=21"));
  const left = rig.processes().filter((pid) => pid === before["three"]);
  assert.deepEqual(left, [], "what was removed is gone");
});

test("a broken file changes nothing and is reported; mended, it is applied", async (t) => {
  const rig = new Rig(t);
  rig.write("skelly.config.yaml", yaml({ one: 1, two: 1 }));
  await rig.ok("up", "-d");
  const before = pidsOf(await rig.status());
  for (const [count, broken] of [
    [1, "modules:\n  one: [unclosed"],
    [2, yaml({ one: 2 }, "  two:\n    comand: [sleep, '300']\n")],
    [3, yaml({ one: 2 }, "    dependsOn: [nobody]\n")],
  ] as const) {
    rig.write("skelly.config.yaml", broken);
    await rig.eventually(
      "it is reported",
      async () => rejections(await rig.events()).length === count,
    );
  }
  const told = rejections(await rig.events());
  assert.match(JSON.stringify(told[1]), /skelly\.config\.yaml:\d+.*comand.*command/);
  assert.match((await rig.ok("events")).out, /nobody/);
  assert.deepEqual(pidsOf(await rig.status()), before);
  rig.write("skelly.config.yaml", yaml({ one: 1, two: 7 }));
  const after = await rig.untilModule(
    "two",
    "is new",
    ({ incarnation, state }) => incarnation === 2 && state === "running",
  );
  assert.notEqual(after.pid, before["two"]);
  assert.equal(pidsOf(await rig.status())["one"], before["one"]);
});

test("a half-written file, and one put in the old one's place, as editors do", async (t) => {
  const rig = new Rig(t);
  rig.write("skelly.config.yaml", yaml({ one: 1 }));
  await rig.ok("up", "-d");
  const { renameSync } = await import("node:fs");
  for (const life of [2, 3]) {
    const whole = yaml({ one: life });
    writeFileSync(`${rig.folder}/skelly.config.yaml.new`, whole.slice(0, 30));
    writeFileSync(`${rig.folder}/skelly.config.yaml.new`, whole);
    renameSync(`${rig.folder}/skelly.config.yaml.new`, `${rig.folder}/skelly.config.yaml`);
    await rig.untilModule(
      "one",
      "is new",
      ({ incarnation, state }) => incarnation === life && state === "running",
    );
  }
});

test("a changed `config` reaches a module of ours while it runs, and a refused one changes nothing", async (t) => {
  const rig = new Rig(t);
  const entry = rig.entry("pager.mjs", PAGER);
  const system = (pageSize: number): void =>
    rig.system({ pager: { entry, config: { pageSize } }, other: { command: ["sleep", "300"] } });
  system(20);
  await rig.ok("up", "-d");
  const before = pidsOf(await rig.status());
  system(30);
  await rig.eventually("it was told", () => rig.lines("sizes").includes("live 30"));
  const set = await rig.ok("config", "set", "pager", "pageSize", "40");
  assert.match(set.out, /pager: pageSize = 40, applied as version 3/);
  assert.equal((await rig.ok("config", "get", "pager", "pageSize")).out.trim(), "40");
  const refused = await rig.run("config", "set", "pager", "pageSize", "400");
  assert.notEqual(refused.code, 0);
  assert.match(refused.err, /pageSize must be at most 100/);
  assert.equal((await rig.ok("config", "get", "pager", "pageSize")).out.trim(), "40");
  system(500);
  await rig.eventually("the file's value is refused too", async () =>
    JSON.stringify(rejections(await rig.events())).includes("at most 100"),
  );
  assert.equal((await rig.ok("config", "get", "pager", "pageSize")).out.trim(), "40");
  const after = await rig.status();
  assert.deepEqual(pidsOf(after), before);
  assert.equal(moduleIn(after, "pager").configVersion, 3);
  assert.deepEqual(rig.lines("sizes"), ["start 20", "live 30", "live 40"]);
});

test("a program that knows nothing of us is restarted with its new configuration file", async (t) => {
  const rig = new Rig(t);
  const command = ["sh", "-c", 'cat "$SKELLY_CONFIG_FILE" >>seen; exec sleep 300'];
  rig.system({
    plain: { command, config: { pageSize: 20 } },
    other: { command: ["sleep", "300"] },
  });
  await rig.ok("up", "-d");
  await rig.eventually("it has read", () => rig.lines("seen").length === 1);
  const before = pidsOf(await rig.status());
  await rig.ok("config", "set", "plain", "pageSize", "50");
  await rig.eventually("it has read again", () => rig.lines("seen").length === 2);
  assert.deepEqual(rig.lines("seen"), ['{"pageSize":20}', '{"pageSize":50}']);
  const after = await rig.status();
  assert.equal(pidsOf(after)["other"], before["other"]);
  assert.equal(moduleIn(after, "plain").incarnation, 2);
});

test("a module that joins the bus is added while the system runs: the hub comes, or learns of it", async (t) => {
  const rig = new Rig(t);
  const listener = rig.entry(
    "listener.mjs",
    `import { appendFileSync } from "node:fs";
     export default defineModule({ name: "listener", start(ctx) {
       ctx.bus.subscribe("skelly.shop.lifecycle.*", ({ data }) => appendFileSync("lives", data.module + " " + data.to + "\\n"));
       ctx.bus.subscribe("words", ({ data }) => appendFileSync("words", data + "\\n")); } });`,
  );
  const talker = rig.entry(
    "talker.mjs",
    'export default defineModule({ name: "talker", start(ctx) { ctx.every(10, () => ctx.bus.publish("words", ctx.id)); } });',
  );
  const plain = { command: ["sleep", "300"] };
  rig.system({ plain });
  await rig.ok("up", "-d");
  const before = pidsOf(await rig.status("--all"));
  assert.deepEqual(Object.keys(before), ["plain"]);
  rig.system({ plain, listener: { entry: listener } });
  await rig.untilModule("listener", "runs", ({ state }) => state === "running");
  rig.system({ plain, listener: { entry: listener }, talker: { entry: talker } });
  await rig.untilModule("talker", "runs", ({ state }) => state === "running");
  await rig.eventually("it is heard", () => rig.lines("words").includes("talker"));
  await rig.eventually("lives are told on the bus", () =>
    rig.lines("lives").includes("talker running"),
  );
  assert.equal(pidsOf(await rig.status())["plain"], before["plain"]);
  rig.system({ plain });
  await rig.until("all but one are gone, the hub too", ({ modules }) => modules.length === 1);
  assert.equal(pidsOf(await rig.status())["plain"], before["plain"]);
  await rig.ok("down");
  await rig.untilNoneLeft();
});

test("a worker is added, reconfigured and removed while the system runs; its host comes and goes", async (t) => {
  const rig = new Rig(t);
  const entry = rig.entry("pager.mjs", PAGER);
  const plain = { command: ["sleep", "300"] };
  const thread = (pageSize: number) => ({ entry, run: "worker", config: { pageSize } });
  rig.system({ plain });
  await rig.ok("up", "-d");
  rig.system({ plain, thread: thread(5) });
  await rig.untilModule("thread", "runs", ({ state }) => state === "running");
  rig.system({ plain, thread: thread(6) });
  await rig.eventually("it was told", () => rig.lines("sizes").includes("live 6"));
  const now = await rig.status();
  assert.equal(moduleIn(now, "thread").incarnation, 1);
  rig.system({ plain });
  await rig.until("only one is left", ({ modules }) => modules.length === 1);
  assert.deepEqual(rig.lines("sizes"), ["start 5", "live 6"]);
});
