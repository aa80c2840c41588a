// insight.test.ts: why, analyze, doctor and export, with the real command, a real daemon and real processes.
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { Explanation } from "../why/explanation.ts";
import { Rig, sh } from "./rig.ts";

const SHOP = {
  storage: {
    command: ["sleep", "1000"],
    required: false,
    recovery: {
      ladder: [
        { restart: { attempts: 1, backoff: "1s", backoffMax: "1s", window: "5m" } },
        "manual",
      ],
    },
  },
  api: { command: ["sleep", "1000"], required: false, dependsOn: ["storage"] },
};

const answerOf = (out: string): Explanation => JSON.parse(out) as Explanation;

async function kill(rig: Rig, id: string): Promise<void> {
  const module = (await rig.status()).modules.find((each) => each.id === id);
  process.kill(module?.pid ?? 0, "SIGKILL");
}

test("why: a module that waits is traced to the kill of its dependency; the file tells the same later", async (t) => {
  const rig = new Rig(t);
  rig.system(SHOP);
  await rig.ok("up", "-d");
  await kill(rig, "storage");
  await rig.untilModule(
    "storage",
    "is restarted",
    (m) => m.state === "running" && m.restarts === 1,
  );
  await kill(rig, "storage");
  await rig.untilModule("storage", "has failed", ({ state }) => state === "failed");
  await kill(rig, "api");
  await rig.untilModule("api", "waits", ({ state }) => state === "waiting");
  const answer = answerOf((await rig.ok("why", "api", "--json")).out);
  assert.match(
    answer.sentence,
    /^api is waiting: its dependency storage has failed; storage was given up after 1 restart attempt/,
  );
  assert.equal(answer.chain[0]?.module, "storage");
  const killed = answer.chain.filter(({ fact }) => fact === "was killed by SIGKILL");
  assert.ok(killed.length > 0);
  assert.equal(answer.chain.at(-1)?.module, "api");
  const said = await rig.ok("why");
  assert.match(
    said.out.replace(/\s+/g, " "),
    /shop is degraded since .*: storage has failed: it was given up/,
  );
  assert.match(said.out, /→ skelly recover storage/);
  process.kill(rig.daemonPid(), "SIGKILL");
  await rig.eventually("the daemon is gone", async () => (await rig.run("status")).code === 3);
  const later = answerOf((await rig.ok("why", "api", "--json")).out);
  assert.match(
    later.sentence,
    /^Last known: api is waiting: its dependency storage has failed; .*the orchestrator ended without a word/,
  );
  assert.deepEqual(later.next, ["skelly up"]);
});

test("why: who stopped it is told after the stop; a name that is not known is refused with the nearest", async (t) => {
  const rig = new Rig(t);
  rig.system(SHOP);
  const never = await rig.run("why");
  assert.equal(never.code, 3);
  assert.match(never.err, /Not running/);
  await rig.ok("up", "-d");
  await rig.ok("down");
  assert.match(
    (await rig.ok("why")).out.replace(/\s+/g, " "),
    /system is stopped since .*: somebody asked for it/,
  );
  const typo = await rig.run("why", "storge");
  assert.equal(typo.code, 2);
  assert.match(typo.err, /Did you mean 'storage'\?/);
  assert.equal((await rig.run("why", "api", "--at", "noonish")).code, 2);
});

test("analyze: the last start-up and the one before it, from the daemon and from the file", async (t) => {
  const rig = new Rig(t);
  const slow = (seconds: number) => ({
    storage: {
      command: sh(`sleep ${seconds}; echo ready; exec sleep 1000`),
      ready: { log: "ready" },
    },
    api: { command: ["sleep", "1000"], dependsOn: ["storage"] },
  });
  rig.system(slow(0.1));
  await rig.ok("up", "-d");
  await rig.ok("down");
  rig.system(slow(0.5));
  await rig.ok("up", "-d");
  const { out } = await rig.ok("analyze");
  assert.match(out, /shop {2}up in /);
  assert.match(out, /the last of 2/);
  assert.match(out, /Critical path {2}storage \S+ → api /);
  await rig.ok("down");
  const told = JSON.parse((await rig.ok("analyze", "--json", "--compare", "2")).out) as {
    outcome: string;
    criticalPath: { module: string }[];
    comparison: { modules: { module: string; differenceMs: number }[] };
  };
  assert.equal(told.outcome, "up");
  assert.deepEqual(
    told.criticalPath.map(({ module }) => module),
    ["storage", "api"],
  );
  const storage = told.comparison.modules.find(({ module }) => module === "storage");
  assert.ok((storage?.differenceMs ?? 0) > 0);
  assert.match(
    (await rig.ok("analyze", "--run", "2", "--format", "svg")).out,
    /^<svg .*<\/svg>\n$/s,
  );
  const beyond = await rig.run("analyze", "--run", "3");
  assert.equal(beyond.code, 1);
  assert.match(beyond.err, /There is no run 3: the journal knows 2/);
});

test("doctor: a running system is looked at as well; a broken configuration makes it exit 1", async (t) => {
  const rig = new Rig(t);
  rig.system(SHOP);
  await rig.ok("up", "-d");
  type Told = { ok: boolean; checks: { name: string; verdict: string; found: string }[] };
  const told = JSON.parse((await rig.ok("doctor", "--json")).out) as Told;
  assert.equal(told.ok, true);
  const orchestrator = told.checks.find(({ name }) => name === "orchestrator");
  assert.match(orchestrator?.found ?? "", new RegExp(`pid ${rig.daemonPid()}`));
  assert.equal(told.checks.find(({ name }) => name === "journal")?.verdict, "ok");
  await rig.ok("down");
  rig.write("skelly.config.json", '{ "name": "shop", "modules": { "a": { "comand": "x" } } }');
  const broken = await rig.run("doctor");
  assert.equal(broken.code, 1);
  assert.match(broken.out, /✖ configuration .*mistake/);
  assert.match(broken.out, /→ skelly validate/);
});

test("export systemd: the unit is printed, or written once and never over another", async (t) => {
  const rig = new Rig(t);
  rig.system(SHOP, { orchestrator: { shutdownTimeout: "40s" } });
  const printed = await rig.ok("export", "systemd");
  assert.match(printed.out, /^# Runs the system 'shop'/);
  assert.match(printed.out, /^TimeoutStopSec=55$/m);
  assert.match(printed.err, /systemctl --user enable --now skelly-shop\.service/);
  const start = /^ExecStart=(.*)$/m.exec(printed.out)?.[1]?.split(" ") ?? [];
  assert.ok(existsSync(start[0] ?? "") && existsSync(start[1] ?? ""), start.join(" "));
  await rig.ok("export", "systemd", "--system", "--out", "units");
  const file = join(rig.folder, "units", "skelly-shop.service");
  assert.match(readFileSync(file, "utf8"), /WantedBy=multi-user\.target/);
  const again = await rig.run("export", "systemd", "--out", "units");
  assert.equal(again.code, 1);
  assert.match(again.err, /is there already; nothing was written/);
  await rig.ok("export", "systemd", "--out", "units", "--force");
  assert.match(readFileSync(file, "utf8"), /WantedBy=default\.target/);
  assert.equal((await rig.run("export", "kubernetes")).code, 2);
});
