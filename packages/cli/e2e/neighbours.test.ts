// neighbours.test.ts: several systems on one machine, of one name even, leave each other alone.
import assert from "node:assert/strict";
import { test } from "node:test";
import { isAlive } from "./processes.ts";
import { pidsOf, Rig } from "./rig.ts";

const SERVICE = { command: ["sleep", "300"] };

test("two systems of one name in two folders: one comes, dies and goes without harm to the other", async (t) => {
  const here = new Rig(t);
  const there = new Rig(t);
  const entry = here.entry("unit.mjs", 'export default defineModule({ name: "unit" });');
  there.entry("unit.mjs", 'export default defineModule({ name: "unit" });');
  for (const rig of [here, there]) {
    rig.system({ api: SERVICE, web: SERVICE, unit: { entry, run: "worker" } });
  }
  await here.ok("up", "-d");
  const ours = pidsOf(await here.status("--all"));
  await there.ok("up", "-d");
  const theirs = pidsOf(await there.status("--all"));
  assert.deepEqual(pidsOf(await here.status("--all")), ours);
  for (const id of Object.keys(ours)) assert.notEqual(ours[id] ?? -1, theirs[id] ?? -2, id);
  const daemon = there.daemonPid();
  process.kill(daemon, "SIGKILL");
  await there.eventually("it is gone", () => !isAlive(daemon));
  await there.ok("up", "-d");
  assert.deepEqual(pidsOf(await there.status("--all")), theirs, "it found its own");
  assert.deepEqual(pidsOf(await here.status("--all")), ours);
  await there.ok("down");
  await there.untilNoneLeft();
  const after = await here.status("--all");
  assert.equal(after.status, "healthy");
  assert.deepEqual(pidsOf(after), ours);
  await here.ok("down");
});

test("SKELLY_HOME puts the state elsewhere; -c names a file in another folder; modules run beside it", async (t) => {
  const rig = new Rig(t);
  rig.write(
    "deep/skelly.config.yaml",
    "modules:\n  api:\n    command: [sh, -c, 'pwd >where; exec sleep 300']\n    cwd: ./inner\n",
  );
  rig.write("deep/inner/here", "");
  await rig.ok("up", "-d", "-c", "deep/skelly.config.yaml");
  await rig.eventually("it says where", () => rig.read("deep/inner/where") !== "");
  assert.match(rig.read("deep/inner/where"), /\/deep\/inner$/m);
  assert.match((await rig.ok("status", "-c", "deep/skelly.config.yaml")).out, /^deep|deep /m);
  await rig.ok("down", "-c", "deep/skelly.config.yaml");
  const elsewhere = new Rig(t, { env: { SKELLY_HOME: `${rig.folder}/state` } });
  elsewhere.system({ api: SERVICE });
  await elsewhere.ok("up", "-d");
  assert.ok(rig.read("state/daemon.json") !== "");
  assert.equal(elsewhere.read(".skelly/daemon.json"), "");
  await elsewhere.ok("down");
});
