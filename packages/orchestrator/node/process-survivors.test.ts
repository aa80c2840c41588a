// process-survivors.test.ts: the orchestrator is killed; the modules live on, and the next one takes charge.
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { describe, type TestContext, test } from "node:test";
import type { Survivor } from "../ports/module-runner.ts";
import { ProcessScan } from "./marked-processes.ts";
import { isAlive, readStat, sendSignal } from "./process-identity.ts";
import { eventually, Facts, type Rig, requestFor, rig } from "./process-runner.harness.ts";

const isRunning = (pid: number): boolean => !"ZX".includes(readStat(pid)?.state ?? "X");

type Said = { instance: string; incarnation: number; kind: string; pid?: number };

type Earlier = {
  readonly directory: string;
  readonly runDirectory: string;
  readonly child: ChildProcess;
  readonly pids: readonly number[];
  readonly said: readonly Said[];
  killNow(): Promise<void>;
  file(name: string): string;
};

/** An orchestrator in a process of its own that has started these lines. */
async function earlier(
  t: TestContext,
  how: boolean | { readonly dieWithHost: boolean },
  ...lines: string[]
): Promise<Earlier> {
  const options = typeof how === "boolean" ? { cgroups: how } : how;
  const directory = mkdtempSync(join(tmpdir(), "skelly-survivors-"));
  const runDirectory = join(directory, "run");
  const fixture = join(import.meta.dirname, "process-survivors.fixture.ts");
  const args = ["--conditions=source", fixture, directory, runDirectory];
  const child = spawn(process.execPath, [...args, JSON.stringify(options), ...lines], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  t.after(() => {
    child.kill("SIGKILL");
    // Only a test that failed leaves something.
    for (const { stat } of new ProcessScan(runDirectory).marked()) sendSignal(stat.pid, "SIGKILL");
    rmSync(directory, { recursive: true, force: true });
  });
  const said: Said[] = [];
  createInterface({ input: child.stdout }).on("line", (line) => said.push(JSON.parse(line)));
  const spawned = () => said.filter(({ kind }) => kind === "spawned");
  await eventually("all are spawned", () => spawned().length === lines.length);
  const gone = new Promise<void>((resolve) => child.on("exit", () => resolve()));
  return {
    directory,
    runDirectory,
    child,
    said,
    pids: spawned()
      .sort((a, b) => a.instance.localeCompare(b.instance))
      .map(({ pid }) => pid ?? 0),
    killNow: () => {
      child.kill("SIGKILL");
      return gone;
    },
    file: (name) => join(directory, name),
  };
}

const bySurvivor = (a: Survivor, b: Survivor): number => a.instance.localeCompare(b.instance);

/** Takes charge of a survivor as an orchestrator would. */
function adopt({ runner, directory }: Rig, survivor: Survivor, line = "exec sleep 60") {
  const facts = new Facts();
  const { instance, incarnation } = survivor;
  const module = runner.adopt(
    survivor,
    requestFor(directory, instance, incarnation, line),
    facts.hear,
  );
  return { facts, module };
}

for (const cgroups of [true, false]) {
  describe(cgroups ? "with cgroups" : "without cgroups", () => {
    test("what runs goes on running, is adopted, and its exit code is learned", async (t) => {
      const before = await earlier(t, cgroups, "until [ -e go ]; do sleep 0.01; done; exit 7");
      await before.killNow();
      const here = rig(t, { runDirectory: before.runDirectory, cgroups });
      const survivors = here.runner.survivors();
      assert.deepEqual(
        survivors.map(({ instance, incarnation, pid }) => [instance, incarnation, pid]),
        [["m#1", 1, before.pids[0]]],
      );
      assert.ok(Math.abs((survivors[0]?.startedAtWallMs ?? 0) - Date.now()) < 60_000);
      const { facts } = adopt(here, survivors[0] as Survivor);
      writeFileSync(before.file("go"), "");
      const { code, swept } = await facts.until("ended");
      assert.deepEqual({ code, swept }, { code: 7, swept: 0 });
      assert.deepEqual(
        facts.all.map(({ kind }) => kind),
        ["ended"],
      );
      const next = new Facts();
      here.runner.start(requestFor(here.directory, "m#1", 2, "exit 8"), next.hear);
      assert.equal((await next.until("ended")).code, 8);
    });

    test("the exit code of one that died meanwhile is learned, once", async (t) => {
      const before = await earlier(t, cgroups, "until [ -e go ]; do sleep 0.01; done; exit 9");
      await before.killNow();
      writeFileSync(before.file("go"), "");
      await eventually("it is gone", () => !isRunning(before.pids[0] ?? 0));
      const lives = join(before.runDirectory, "m@1", "lives");
      await eventually("its end is written", () =>
        readFileSync(lives, "utf8").includes("exit 1 9\n"),
      );
      const here = rig(t, { runDirectory: before.runDirectory, cgroups });
      const [survivor] = here.runner.survivors();
      assert.equal(survivor?.pid, null);
      assert.equal((await adopt(here, survivor as Survivor).facts.until("ended")).code, 9);
      await here.runner.close({ leaveRunning: true });
      assert.deepEqual(
        rig(t, { runDirectory: before.runDirectory, cgroups }).runner.survivors(),
        [],
      );
    });

    test("its output is not lost, and nothing dies of a broken pipe", async (t) => {
      const chatty = `n=0; while [ $n -lt 200 ]; do n=$((n+1)); echo line $n; echo err $n >&2; [ $n = 50 ] && until [ -e go ]; do sleep 0.01; done; done; exit 3`;
      const before = await earlier(t, cgroups, chatty);
      await before.killNow();
      writeFileSync(before.file("go"), "");
      const here = rig(t, { runDirectory: before.runDirectory, cgroups });
      const [survivor] = here.runner.survivors();
      assert.equal((await adopt(here, survivor as Survivor).facts.until("ended")).code, 3);
      const out = readFileSync(join(before.runDirectory, "m@1", "1.out"), "utf8");
      assert.equal(out.trimEnd().split("\n").length, 200);
    });

    test("a survivor whose parent process died too is ended, with all of its own", async (t) => {
      const before = await earlier(t, cgroups, `setsid sh -c 'echo $$ >pid; exec sleep 60' & wait`);
      await eventually("the grandchild runs", () => existsSync(before.file("pid")));
      const [pid = 0] = before.pids;
      const parent = readStat(pid)?.parentPid ?? 0;
      await before.killNow();
      process.kill(parent, "SIGKILL");
      await eventually("the parent is gone", () => !isRunning(parent));
      const here = rig(t, { runDirectory: before.runDirectory, cgroups });
      const [survivor] = here.runner.survivors();
      assert.equal(survivor?.pid, pid);
      const { code, signal, stuck } = await adopt(here, survivor as Survivor).facts.until("ended");
      assert.deepEqual({ code, signal, stuck }, { code: null, signal: null, stuck: [] });
      assert.equal(isRunning(pid), false);
      assert.equal(isRunning(Number(readFileSync(before.file("pid"), "utf8"))), false);
    });

    test("an adopted one can be signalled, frozen and killed, and its parent process lost", async (t) => {
      const line = `trap "exit 4" TERM; while :; do sleep 0.01; done`;
      const before = await earlier(t, cgroups, line, line, line);
      await before.killNow();
      const here = rig(t, { runDirectory: before.runDirectory, cgroups });
      const [one, two, three] = here.runner
        .survivors()
        .toSorted(bySurvivor)
        .map((s) => adopt(here, s));
      assert.equal(one?.module.freeze(true), true);
      one?.module.freeze(false);
      one?.module.signal("SIGTERM");
      two?.module.kill();
      process.kill(readStat(before.pids[2] ?? 0)?.parentPid ?? 0, "SIGKILL");
      assert.equal((await one?.facts.until("ended"))?.code, 4);
      assert.equal((await two?.facts.until("ended"))?.signal, "SIGKILL");
      assert.equal((await three?.facts.until("ended"))?.signal, null);
      assert.deepEqual(before.pids.filter(isRunning), []);
    });

    test("an idle parent process is used again, and no instance lives twice", async (t) => {
      const before = await earlier(t, cgroups, "echo $PPID >>parents; exit 0");
      await eventually("it has ended", () => before.said.some(({ kind }) => kind === "ended"));
      await before.killNow();
      const here = rig(t, { runDirectory: before.runDirectory, cgroups });
      assert.deepEqual(here.runner.survivors(), []);
      const facts = new Facts();
      here.runner.start(requestFor(before.directory, "m#1", 2, "echo $PPID >>parents"), facts.hear);
      await facts.until("ended");
      const [first, second] = readFileSync(before.file("parents"), "utf8").trimEnd().split("\n");
      assert.equal(second, first);
    });

    test("with its folder deleted it is still found, by its mark, and ended when adopted", async (t) => {
      const before = await earlier(t, cgroups, "exec sleep 60");
      await before.killNow();
      rmSync(join(before.runDirectory, "m@1"), { recursive: true });
      const here = rig(t, { runDirectory: before.runDirectory, cgroups });
      const [survivor] = here.runner.survivors();
      assert.deepEqual(
        [survivor?.instance, survivor?.incarnation, survivor?.pid],
        ["m#1", 1, before.pids[0]],
      );
      await adopt(here, survivor as Survivor).facts.until("ended");
      assert.equal(isRunning(before.pids[0] ?? 0), false);
      const facts = new Facts();
      here.runner.start(requestFor(here.directory, "m#1", 2, "exit 2"), facts.hear);
      assert.equal((await facts.until("ended")).code, 2);
    });
  });
}

test("a pid that was given out again is not taken for the module", async (t) => {
  const before = await earlier(t, true, "exec sleep 60");
  const [pid = 0] = before.pids;
  const identity = readStat(pid);
  await before.killNow();
  assert.ok(identity !== null && isAlive(identity));
  assert.equal(isAlive({ pid, startTicks: identity.startTicks - 1 }), false);
  const lives = join(before.runDirectory, "m@1", "lives");
  const line = readFileSync(lives, "utf8").trimEnd();
  const other = line.replace(/^pid 1 \S+/, "pid 2 00000000-0000-0000-0000-000000000000");
  appendFileSync(lives, `${other}\npid 3 torn`);
  const here = rig(t, { runDirectory: before.runDirectory });
  const [survivor] = here.runner.survivors();
  assert.deepEqual([survivor?.incarnation, survivor?.pid], [1, pid]);
  const { facts, module } = adopt(here, survivor as Survivor);
  module.kill();
  await facts.until("ended");
});

test("asked to die with their host, modules end when it is killed", async (t) => {
  const before = await earlier(t, { dieWithHost: true }, `trap "" TERM; echo >up; sleep 60`);
  await eventually("it runs", () => existsSync(before.file("up")));
  await before.killNow();
  await eventually("it is gone", () => !isRunning(before.pids[0] ?? 0));
  const here = rig(t, { runDirectory: before.runDirectory });
  const [survivor] = here.runner.survivors();
  const { stuck } = await adopt(here, survivor as Survivor).facts.until("ended");
  assert.deepEqual(stuck, []);
});

test("another run directory's modules are left alone, whatever their system is called", async (t) => {
  const other = rig(t);
  const { facts } = other.start("exec sleep 60");
  const { pid } = await facts.until("spawned");
  const here = rig(t);
  assert.deepEqual(here.runner.survivors(), []);
  await here.runner.close({ leaveRunning: false });
  assert.equal(isRunning(pid ?? 0), true);
});

test("left running at close, modules go on and are adopted; tokens are the same", async (t) => {
  const tokens: string[] = [];
  const channels = {
    register: ({ token }: { token: string }) => {
      tokens.push(token);
      return { tell: () => true, close() {} };
    },
  };
  const first = rig(t, { channels });
  const { facts } = first.start("exec sleep 60");
  const { pid } = await facts.until("spawned");
  // Between the word of its pid and its first instruction it has none, or its parent's.
  const environment = () => readFileSync(`/proc/${pid}/environ`, "latin1");
  await eventually("it has begun", () => environment().includes("SKELLY_TOKEN="));
  assert.match(environment(), new RegExp(`SKELLY_TOKEN=${tokens[0]}`));
  await first.runner.close({ leaveRunning: true });
  assert.equal(isRunning(pid ?? 0), true);
  const second = rig(t, { channels, runDirectory: first.runDirectory });
  const [survivor] = second.runner.survivors();
  const adopted = adopt(second, survivor as Survivor);
  assert.equal(tokens[1], tokens[0]);
  assert.equal(adopted.module.tell({ type: "pause" }), true);
  adopted.module.kill();
  await adopted.facts.until("ended");
});
