// readme.test.ts: the README's first system and first module, as they stand there, run by the command.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { symlinkSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { moduleIn, Rig } from "../packages/cli/e2e/rig.ts";
import { fencesOf, fileOf, ROOT } from "../tools/doctest.ts";

const python = spawnSync("python3", ["--version"]).status === 0;

test("the README's shop starts in order, takes a new value, mends itself, and leaves nobody", {
  skip: python ? false : "there is no python3 on this machine",
}, async (t) => {
  const rig = new Rig(t);
  const fences = fencesOf("README.md");
  const system = fences.find(({ language }) => language === "yaml")?.text ?? "";
  const store = fences.find((fence) => fileOf(fence) === "store.ts")?.text ?? "";
  const port = await freePort();
  rig.write("skelly.config.yaml", system.replaceAll("8080", String(port)));
  rig.write("store.ts", store);
  symlinkSync(join(ROOT, "node_modules"), join(rig.folder, "node_modules"));

  await rig.ok("validate");
  await rig.ok("up", "-d");
  const up = await rig.status();
  assert.equal(up.status, "healthy");
  const page = await fetch(`http://127.0.0.1:${port}/`);
  assert.match(await page.text(), /store\.ts/);
  const moves = (await rig.events()).flatMap((event) =>
    event.type === "module-state-changed" ? [`${event.module} ${event.to}`] : [],
  );
  assert.ok(moves.indexOf("store running") < moves.indexOf("web starting"));

  assert.match((await rig.ok("config", "set", "store", "pageSize", "50")).out, /applied/);
  assert.equal((await rig.ok("config", "get", "store", "pageSize")).out.trim(), "50");

  process.kill(moduleIn(up, "store").pid ?? 0, "SIGKILL");
  await rig.untilModule("store", "lives its second life", ({ incarnation, state }) => {
    return incarnation === 2 && state === "running";
  });
  const thawed = await rig.untilModule("mailer", "goes on", ({ state }) => state === "running");
  assert.equal(thawed.incarnation, 1, "it was frozen, not started again");
  const mailer = await rig.events("mailer");
  assert.ok(mailer.some((e) => e.type === "module-state-changed" && e.to === "paused"));

  await rig.ok("down");
  await rig.untilNoneLeft();
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}
