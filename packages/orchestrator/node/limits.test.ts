// limits.test.ts: real modules against real limits, kept by the kernel's groups and without any.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { dirname } from "node:path";
import { describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { ResourceLimits } from "@skelly-jelly/contract";
import { groupName, openCgroupRoot, removeFolder } from "./cgroup.ts";
import { ownPlace } from "./cgroup-places.ts";
import { LimitGroups } from "./limit-groups.ts";
import { readProcStat, TICK_MS } from "./proc-stat.ts";
import { isAlive, readStat } from "./process-identity.ts";
import { eventually, type Rig, rig, type Started } from "./process-runner.harness.ts";
import { processTree } from "./process-tree.ts";

const MIB = 1024 * 1024;
const NO_GROUPS = noGroups();
const SPIN = "for n in 1 2 3 4; do (while :; do :; done) & done; wait";
/** Reads for ever into its memory. */
const HOG = "exec tail /dev/zero";

/** Why not everything can be kept by the kernel here; `false` when it can. */
function noGroups(): string | false {
  const name = `/skelly-look-${process.pid}`;
  const root = openCgroupRoot("look", name);
  const groups = new LimitGroups(groupName("look", name), root);
  const wanted = ["cpuPercent", "memoryBytes", "threads"] as const;
  const missing = wanted.filter((what) => !groups.offer.has(what));
  groups.close();
  if (root !== null) removeFolder(root);
  return missing.length === 0 ? false : `no writable cgroup for ${missing.join(", ")}`;
}

const limited = (r: Rig, line: string, limits: ResourceLimits, name = "api"): Started =>
  r.start(line, { limits }, name);

async function pidOf({ facts }: Started): Promise<number> {
  const { pid } = await facts.until("spawned");
  assert.ok(pid !== null);
  return pid;
}

/** What a module's processes use, by the kernel's account, in percent of one core. */
async function usedPercent(pid: number, forMs: number): Promise<number> {
  const spent = (): number =>
    processTree(pid).reduce((sum, each) => sum + (readProcStat(each)?.ticks ?? 0), 0) * TICK_MS;
  const [from, before] = [performance.now(), spent()];
  await sleep(forMs);
  return ((spent() - before) / (performance.now() - from)) * 100;
}

/** Controller, and what its files are called in v1 and in v2. */
const FILES = {
  memoryPeak: ["memory", "memory.max_usage_in_bytes", "memory.peak"],
  memoryMax: ["memory", "memory.limit_in_bytes", "memory.max"],
  tasks: ["pids", "pids.current", "pids.current"],
  tasksMax: ["pids", "pids.max", "pids.max"],
  quota: ["cpu", "cpu.cfs_quota_us", "cpu.max"],
} as const;

const fileOf = (r: Rig, what: keyof typeof FILES, instance: string): string => {
  const [controller, v1, v2] = FILES[what];
  const inV2 = `${r.runner.cgroupPath(instance)}/${v2}`;
  if (existsSync(inV2)) return inV2;
  return `${ownPlace(controller)}/${groupName("test", r.runDirectory)}/${instance}/${v1}`;
};

/** What the kernel says of an instance's group. */
const counted = (r: Rig, what: keyof typeof FILES, instance = "api"): string =>
  readFileSync(fileOf(r, what, instance), "latin1").trim();

describe("limits that the kernel keeps", { skip: NO_GROUPS }, () => {
  test("25 % of a core is 25 %, whoever spins in how many processes", async (t) => {
    const r = rig(t);
    const used = await usedPercent(await pidOf(limited(r, SPIN, { cpuPercent: 25 })), 10_000);
    assert.ok(used <= 28, `it used ${used.toFixed(1)} %`);
    assert.match(String(r.runner.enforcedBy("api", { cpuPercent: 25 }).cpuPercent), /^cgroup-v/);
    const { periods = 0, throttledPeriods = 0 } = r.runner.throttlingOf("api") ?? {};
    assert.ok(periods >= 80);
    // In a period in which it was not held back, others left it less than its share.
    const starved = throttledPeriods < periods * 0.97;
    assert.ok(used >= 22 || starved, `it used ${used.toFixed(1)} % of a machine that had more`);
  });

  test("who allocates without end is stopped at its limit, and its neighbour is not", async (t) => {
    const r = rig(t);
    const neighbour = limited(r, "exec sleep 60", { memoryBytes: 64 * MIB }, "neighbour");
    const hog = limited(r, HOG, { memoryBytes: 64 * MIB }, "hog");
    const ended = await hog.facts.until("ended");
    assert.deepEqual([ended.signal, ended.outOfMemory], ["SIGKILL", true]);
    const peak = Number(counted(r, "memoryPeak", "hog"));
    assert.ok(peak <= 64 * MIB * 1.1, `it came to ${peak} bytes`);
    const left = readStat(await pidOf(neighbour));
    assert.ok(left !== null && isAlive(left));
    const again = limited(r, "kill -KILL $$", { memoryBytes: 64 * MIB }, "hog");
    assert.equal(
      (await again.facts.until("ended")).outOfMemory,
      false,
      "an ordinary kill is told apart",
    );
  });

  test("a fork bomb is held at its limit, and ended whole", async (t) => {
    const r = rig(t);
    const bomb = limited(r, "exec perl -e 'fork while 1'", { threads: 20, cpuPercent: 50 });
    await pidOf(bomb);
    const most = () => Number(counted(r, "tasks"));
    await eventually("it is at its limit", () => most() === 21);
    await sleep(300);
    assert.equal(most(), 21, "twenty, and its parent process");
    bomb.module.kill();
    assert.deepEqual((await bomb.facts.until("ended")).stuck, []);
    assert.deepEqual(r.runner.processesOf("api"), []);
  });

  test("limits change while it runs, and one that had none gets its group then", async (t) => {
    const r = rig(t);
    const module = limited(r, SPIN, {});
    const pid = await pidOf(module);
    await eventually("it spins in four processes", () => processTree(pid).length >= 5);
    assert.match(String(r.runner.enforcedBy("api", { threads: 9 }).threads), /^cgroup-v/);
    assert.equal(module.module.limit?.({ cpuPercent: 20, threads: 9 }), true);
    const used = await usedPercent(pid, 3000);
    assert.ok(used <= 25, `it used ${used.toFixed(1)} %`);
    assert.equal(module.module.limit?.({ cpuPercent: 60, threads: 9 }), true);
    const more = await usedPercent(pid, 3000);
    assert.ok(more > 25, `it used ${more.toFixed(1)} %`);
    assert.equal(counted(r, "tasksMax"), "10");
    assert.equal(module.module.limit?.({}), false);
    assert.match(counted(r, "quota"), /^(-1|max 100000)$/);
  });

  test("its groups go with it", async (t) => {
    const r = rig(t);
    const module = limited(r, "exec sleep 60", { cpuPercent: 25, memoryBytes: 64 * MIB });
    await pidOf(module);
    const file = fileOf(r, "memoryMax", "api");
    assert.equal(counted(r, "memoryMax"), String(64 * MIB));
    await r.runner.close({ leaveRunning: false });
    assert.deepEqual([existsSync(file), existsSync(dirname(dirname(file)))], [false, false]);
  });
});

describe("limits that no group keeps", () => {
  test("25 % of a core is about that, by pauses; and free again when they end", async (t) => {
    const r = rig(t, { cgroups: false });
    const module = limited(r, SPIN, { cpuPercent: 25 });
    const pid = await pidOf(module);
    assert.deepEqual(r.runner.enforcedBy("api", { cpuPercent: 25 }), { cpuPercent: "watched" });
    await eventually("it spins in four processes", () => processTree(pid).length >= 5);
    const free = await usedPercent(pid, 2000);
    assert.equal(module.module.pace?.(25), true);
    const used = await usedPercent(pid, 10_000);
    assert.ok(used <= 33, `it used ${used.toFixed(1)} %`);
    // Where others leave it less than its share, it cannot have more.
    assert.ok(used >= Math.min(17, free / 2), `it used ${used.toFixed(1)} % of ${free.toFixed(1)}`);
    assert.equal(module.module.pace?.(null), true);
    for (let look = 0; look < 20; look++) {
      const states = processTree(pid).map((each) => readStat(each)?.state);
      assert.ok(!states.includes("T"), "nobody is stopped any more");
      await sleep(25);
    }
  });

  test("1,000 open files means 1,000", async (t) => {
    const { start, read } = rig(t);
    const script = `my @f; while (open my $h, "<", "/dev/null") { push @f, $h } print fileno $f[-1]`;
    const { facts } = start(`exec perl -e '${script}' >last`, { limits: { fileHandles: 1000 } });
    assert.equal((await facts.until("ended")).code, 0);
    assert.equal(read("last"), "999");
  });

  test("what is paused runs on when its orchestrator dies in the midst of it", async (t) => {
    const child = spawn("sleep", ["60"], { stdio: "ignore" });
    t.after(() => child.kill("SIGKILL"));
    const guard = new URL("./thaw-guard.ts", import.meta.url).href;
    const host = spawn(
      process.execPath,
      [
        "--input-type=module",
        "--eval",
        `const { ThawGuard } = await import("${guard}");
         new ThawGuard(null).remember([${child.pid}]);
         process.kill(${child.pid}, "SIGSTOP");
         setTimeout(() => process.kill(process.pid, "SIGKILL"), 200);`,
      ],
      { stdio: "ignore" },
    );
    const state = (): string => readStat(child.pid ?? 0)?.state ?? "gone";
    await eventually("it is stopped", () => state() === "T");
    await once(host, "exit");
    await eventually("it runs on", () => state() === "S");
  });
});
