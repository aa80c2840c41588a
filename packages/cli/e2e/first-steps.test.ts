// first-steps.test.ts: what a person does first, and what the command says when nobody is there to answer.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Rig } from "./rig.ts";

test("init writes a system that is right, and comes up", async (t) => {
  for (const words of [["init"], ["init", "--ts"]]) {
    const rig = new Rig(t);
    await rig.ok(...words);
    await rig.ok("validate");
    await rig.ok("up", "-d");
    assert.equal((await rig.status()).status, "healthy");
    assert.match((await rig.ok("graph")).out, /\w/);
    await rig.ok("down");
    await rig.untilNoneLeft();
    const again = await rig.run(...words);
    assert.notEqual(again.code, 0, "it does not overwrite what is there");
  }
});

test("without a configuration every verb says so, with wrong usage as its exit code", async (t) => {
  const rig = new Rig(t);
  for (const verb of ["up", "status", "down", "validate", "logs", "events"]) {
    const { code, err } = await rig.run(verb);
    assert.ok(code === 2 || code === 78, `${verb}: ${code} ${err}`);
    assert.match(err, /skelly init|skelly\.config/, verb);
  }
  assert.equal((await rig.run("help")).code, 0);
  assert.match((await rig.run("--version")).out, /\d+\.\d+\.\d+/);
  const unknown = await rig.run("frobnicate");
  assert.equal(unknown.code, 2);
});

test("Ctrl-C while `up -d` waits leaves the system starting, and says so", async (t) => {
  const rig = new Rig(t);
  rig.system({
    slow: {
      command: ["sh", "-c", "until [ -e gate ]; do sleep 0.02; done; echo up; exec sleep 300"],
      ready: { log: "up" },
    },
  });
  const up = rig.launch("up", "-d");
  await rig.untilModule(
    "slow",
    "is starting",
    ({ state, pid }) => state === "starting" && pid !== null,
  );
  up.child.kill("SIGINT");
  const { code, err } = await up.ended;
  assert.equal(code, 130, err);
  assert.match(err, /goes on starting/);
  rig.write("gate", "");
  await rig.until("up", ({ status }) => status === "healthy");
  await rig.ok("down");
  await rig.untilNoneLeft();
});

test("an orchestrator that hangs is told as such, and not waited for for ever", async (t) => {
  const rig = new Rig(t);
  rig.system({ api: { command: ["sleep", "300"] } });
  await rig.ok("up", "-d");
  const daemon = rig.daemonPid();
  process.kill(daemon, "SIGSTOP");
  const status = await rig.run("status");
  assert.equal(status.code, 4, status.err);
  assert.match(status.err, /did not answer/);
  process.kill(daemon, "SIGCONT");
  assert.equal((await rig.status()).status, "healthy");
});
