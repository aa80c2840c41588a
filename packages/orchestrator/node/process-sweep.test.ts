// process-sweep.test.ts: nobody is left: what a module leaves behind, with cgroups and without.
import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { readStat } from "./process-identity.ts";
import { eventually, type Rig, rig } from "./process-runner.harness.ts";

const isRunning = (pid: number): boolean => !"ZX".includes(readStat(pid)?.state ?? "X");

/** Waits until a file of pids has this many lines. */
async function pidsIn({ file }: Rig, name: string, count: number): Promise<number[]> {
  const lines = (): string[] =>
    existsSync(file(name)) ? readFileSync(file(name), "utf8").trimEnd().split("\n") : [];
  await eventually(`${name} has ${count} lines`, () => lines().length >= count);
  return lines().map(Number);
}

const STUBBORN = `trap "" TERM INT HUP; echo $$ >>pids; while :; do sleep 60; done`;

for (const cgroups of [true, false]) {
  describe(cgroups ? "where a cgroup can be had" : "where only the environment tells", () => {
    test("a grandchild that ignores SIGTERM and left the group is killed after a crash", async (t) => {
      const here = rig(t, { cgroups });
      const { facts, module } = here.start(`setsid sh -c '${STUBBORN}' & wait`);
      const [grandchild = 0] = await pidsIn(here, "pids", 1);
      const { pid } = await facts.until("spawned");
      process.kill(pid ?? 0, "SIGKILL");
      const ended = await facts.until("ended");
      assert.equal(isRunning(grandchild), false);
      assert.deepEqual(
        { ...ended, swept: ended.swept >= 1 },
        {
          kind: "ended",
          code: null,
          signal: "SIGKILL",
          outOfMemory: false,
          swept: true,
          stuck: [],
        },
      );
      module.kill();
      assert.equal(facts.all.length, 2);
    });

    test("a daemon that forked twice is killed when its founder exits", async (t) => {
      const here = rig(t, { cgroups });
      const { facts } = here.start(
        `(setsid sh -c '${STUBBORN}' >/dev/null 2>&1 &) ; until [ -s pids ]; do :; done; exit 4`,
      );
      const ended = await facts.until("ended");
      assert.equal(ended.code, 4);
      assert.ok(ended.swept >= 1);
      assert.equal(isRunning((await pidsIn(here, "pids", 1))[0] ?? 0), false);
    });

    test("kill ends all of it, stop signal or not", async (t) => {
      const here = rig(t, { cgroups });
      const { facts, module } = here.start(`setsid sh -c '${STUBBORN}' & ${STUBBORN}`);
      const pids = await pidsIn(here, "pids", 2);
      module.signal("SIGTERM");
      module.kill();
      assert.equal((await facts.until("ended")).signal, "SIGKILL");
      assert.deepEqual(pids.filter(isRunning), []);
    });

    test("a shell line's stop signal reaches its whole group, a command's only the command", async (t) => {
      const here = rig(t, { cgroups });
      const line = `trap 'echo one >>seen; exit 0' TERM; sh -c 'trap "echo two >>seen; exit 0" TERM; echo $$ >>pids; while :; do sleep 0.01; done' & echo $$ >>pids; wait; wait`;
      const whole = here.start(line);
      await pidsIn(here, "pids", 2);
      whole.module.signal("SIGTERM");
      await whole.facts.until("ended");
      const seen = here.read("seen");
      const alone = here.start({ kind: "command", argv: ["sh", "-c", line] });
      await pidsIn(here, "pids", 4);
      alone.module.signal("SIGTERM");
      await alone.facts.until("ended");
      assert.match(seen, /one/);
      assert.equal(here.read("seen").slice(seen.length), "one\n");
    });

    test("frozen, nothing of it moves; thawed, it goes on; killed while frozen, it ends", async (t) => {
      const here = rig(t, { cgroups });
      const { facts, module } = here.start(
        `setsid sh -c 'echo $$ >>pids; while :; do echo >>beat; done' & ${STUBBORN}`,
      );
      await pidsIn(here, "pids", 2);
      await eventually("it beats", () => existsSync(here.file("beat")));
      assert.equal(module.freeze(true), true);
      const [pid = 0] = await pidsIn(here, "pids", 2);
      await eventually("it has come to rest", () => {
        const before = here.read("beat").length;
        for (let turn = 0; turn < 50; turn += 1) readStat(pid);
        return here.read("beat").length === before;
      });
      const still = here.read("beat").length;
      module.freeze(false);
      await eventually("it beats again", () => here.read("beat").length > still);
      module.freeze(true);
      module.kill();
      assert.equal((await facts.until("ended")).signal, "SIGKILL");
    });

    test("frozen and killed by someone else, it is told within a second", async (t) => {
      const { facts, module } = rig(t, { cgroups }).start("exec sleep 60");
      const { pid } = await facts.until("spawned");
      module.freeze(true);
      process.kill(pid ?? 0, "SIGKILL");
      assert.equal((await facts.until("ended")).signal, "SIGKILL");
    });

    test("the parent process killed from outside: the module is ended with it, and starts anew", async (t) => {
      const here = rig(t, { cgroups });
      const { facts } = here.start(`setsid sh -c '${STUBBORN}' & ${STUBBORN}`);
      const pids = await pidsIn(here, "pids", 2);
      const { pid } = await facts.until("spawned");
      process.kill(readStat(pid ?? 0)?.parentPid ?? 0, "SIGKILL");
      const { code, signal, stuck } = await facts.until("ended");
      assert.deepEqual({ code, signal, stuck }, { code: null, signal: null, stuck: [] });
      assert.deepEqual(pids.filter(isRunning), []);
      assert.equal((await here.start("exit 5").facts.until("ended")).code, 5);
    });

    test("the parent process outlives every signal but SIGKILL, and hears what comes after", async (t) => {
      const here = rig(t, { cgroups });
      const { facts } = here.start("exec sleep 60");
      const { pid } = await facts.until("spawned");
      const parent = readStat(pid ?? 0)?.parentPid ?? 0;
      for (const signal of ["SIGTERM", "SIGINT", "SIGHUP", "SIGPIPE", "SIGQUIT", "SIGUSR1"]) {
        process.kill(parent, signal);
      }
      process.kill(pid ?? 0, "SIGKILL");
      await facts.until("ended");
      for (const signal of ["SIGTERM", "SIGINT"]) process.kill(parent, signal);
      assert.equal((await here.start("exit 6").facts.until("ended")).code, 6);
    });

    test("release ends the parent process and leaves no folder but the spools'", async (t) => {
      const here = rig(t, { cgroups });
      const { facts } = here.start("echo $PPID >parent");
      await facts.until("ended");
      here.runner.release("api");
      const parent = Number(here.read("parent"));
      await eventually("the parent is gone", () => !isRunning(parent));
      await eventually("its pipes are gone", () => !existsSync(`${here.runDirectory}/api/cmd`));
      assert.equal(existsSync(`${here.runDirectory}/api/1.out`), true);
      const cgroup = here.runner.cgroupPath("api");
      assert.equal(cgroup !== null && existsSync(cgroup), false);
      assert.equal((await here.start("exit 1").facts.until("ended")).code, 1);
    });

    test("close ends all modules and all parents", async (t) => {
      const here = rig(t, { cgroups });
      const started = [1, 2, 3].map((n) =>
        here.start(`echo $PPID >>pids; ${STUBBORN}`, {}, `m#${n}`),
      );
      const pids = await pidsIn(here, "pids", 6);
      await here.runner.close({ leaveRunning: false });
      assert.deepEqual(pids.filter(isRunning), []);
      for (const { facts } of started) assert.equal((await facts.until("ended")).signal, "SIGKILL");
    });
  });
}

test("output goes to its own directory when there is one, and release leaves no other folder", async (t) => {
  const spoolDirectory = `${rig(t).directory}/spool`;
  const here = rig(t, { spoolDirectory });
  await here.start("echo hello").facts.until("ended");
  assert.equal(readFileSync(`${spoolDirectory}/api/1.out`, "utf8"), "hello\n");
  here.runner.release("api");
  await eventually("its folder is gone", () => !existsSync(`${here.runDirectory}/api`));
  assert.equal(existsSync(`${spoolDirectory}/api/1.out`), true);
});

test("groups that a module made below its own are swept and removed too", async (t) => {
  const here = rig(t);
  const path = here.runner.cgroupPath("api");
  if (path === null) return t.skip("no writable cgroup v2 tree here");
  const { facts, module } = here.start("exec sleep 60");
  const { pid } = await facts.until("spawned");
  await eventually("it is inside", () =>
    readFileSync(`${path}/cgroup.procs`, "utf8").includes(`${pid}`),
  );
  mkdirSync(`${path}/below`);
  const { writeFileSync } = await import("node:fs");
  writeFileSync(`${path}/below/cgroup.procs`, `${pid}`);
  module.kill();
  assert.equal((await facts.until("ended")).signal, "SIGKILL");
  await here.runner.close({ leaveRunning: false });
  assert.equal(existsSync(path), false);
});
