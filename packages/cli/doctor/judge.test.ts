// judge.test.ts: what the doctor makes of a machine and a system, and what it tells people to do.
import assert from "node:assert/strict";
import { test } from "node:test";
import { renderDoctor } from "../render/doctor.ts";
import { moduleStatus, plainLook, statusReport } from "../testing/looks.ts";
import type { Check } from "./check.ts";
import { judgeMachine, type Needs } from "./judge-machine.ts";
import { judgeRuntime, judgeState, judgeSystem, type SystemFacts } from "./judge-system.ts";
import { type MachineFacts, machineFacts, type StateFacts } from "./machine-facts.ts";

const GOOD: MachineFacts = {
  platform: "linux",
  arch: "x64",
  kernel: "6.1.0",
  commands: {
    sh: "/bin/sh",
    mkfifo: "/bin/mkfifo",
    setpriv: "/bin/setpriv",
    perl: "/bin/perl",
    fallocate: "/bin/fallocate",
  },
  cgroupV2: { writable: true, controllers: ["cpu", "memory", "pids"] },
  cgroupV1: null,
  openFiles: { soft: 20_000, hard: 20_000 },
  processes: 10_000,
  inotifyWatches: 65_536,
  inotifyInstances: 128,
  pressure: true,
  clockSource: "tsc",
  wallMs: Date.UTC(2026, 0, 1),
  native: "koffi",
};
const NEEDS: Needs = { modules: 20, limited: 2, users: 0, fileHandlesMax: 1000 };

const STATE: StateFacts = {
  home: "/srv/shop/.skelly",
  trouble: null,
  freeBytes: 50e9,
  socket: "/srv/shop/.skelly/control.sock",
  socketElsewhere: false,
  journalsDamaged: 0,
};

const DAEMON = {
  pid: 1,
  version: "0.1.0",
  socketPath: "",
  configFile: "/srv/shop/skelly.config.yaml",
  startedAt: "2026-01-01T00:00:00.000Z",
};
const SYSTEM: SystemFacts = {
  configFile: "/srv/shop/skelly.config.yaml",
  problems: [],
  modules: 2,
  version: "0.1.0",
  daemonFile: DAEMON,
  daemonAlive: true,
  status: statusReport([moduleStatus({ id: "api", enforcement: "cgroup-v2" })]),
};

const machine = (changes: Partial<MachineFacts>, needs: Partial<Needs> = {}): readonly Check[] =>
  judgeMachine({ ...GOOD, ...changes }, { ...NEEDS, ...needs });

/** `name verdict` of all that is not well. */
const troubles = (checks: readonly Check[]): string[] =>
  checks.filter(({ verdict }) => verdict !== "ok").map(({ name, verdict }) => `${name} ${verdict}`);

const lacks = (name: keyof MachineFacts["commands"]) => ({
  commands: { ...GOOD.commands, [name]: null },
});

test("a machine that has everything is well, and each trouble says what it means and what to do", () => {
  assert.deepEqual(troubles(machine({})), []);
  const worst = [
    ...machine({
      ...lacks("perl"),
      cgroupV2: null,
      pressure: false,
      native: null,
      clockSource: "hpet",
    }),
    ...judgeState({ ...STATE, freeBytes: 1e6, journalsDamaged: 2 }),
    ...judgeSystem({ ...SYSTEM, status: null }),
  ].filter(({ verdict }) => verdict !== "ok");
  assert.ok(worst.length >= 8);
  for (const check of worst) assert.ok(check.means !== null && check.todo !== null, check.name);
});

test("only what is needed is missing; the rest is a warning", () => {
  assert.deepEqual(troubles(machine(lacks("sh"))), ["sh missing"]);
  assert.deepEqual(troubles(machine(lacks("mkfifo"))), ["mkfifo missing"]);
  assert.deepEqual(troubles(machine(lacks("perl"))), ["perl warn"]);
  assert.deepEqual(troubles(machine(lacks("fallocate"))), ["fallocate warn"]);
  assert.deepEqual(troubles(machine(lacks("setpriv"))), ["setpriv warn"]);
  assert.deepEqual(troubles(machine(lacks("setpriv"), { users: 1 })), ["setpriv missing"]);
});

test("limits: the kernel's groups of either version, or the warning that it only watches", () => {
  const read = { writable: false, controllers: ["cpu"] };
  const bare = { writable: true, controllers: [] };
  const v1 = { writable: true, controllers: ["cpu", "memory", "pids"] };
  assert.deepEqual(troubles(machine({ cgroupV2: bare, cgroupV1: v1 })), []);
  assert.deepEqual(troubles(machine({ cgroupV2: read, cgroupV1: null })), ["cgroups warn"]);
  assert.deepEqual(troubles(machine({ cgroupV2: bare, cgroupV1: null })), ["cgroups warn"]);
  const told = machine({ cgroupV2: null }).find(({ name }) => name === "cgroups");
  assert.match(told?.means ?? "", /2 modules with limits/);
});

test("the number of modules decides whether files, processes and watches are enough", () => {
  const tight = { openFiles: { soft: 256, hard: 4096 }, processes: 100, inotifyWatches: 100 };
  assert.deepEqual(troubles(machine(tight, { modules: 5 })), []);
  assert.deepEqual(troubles(machine(tight, { modules: 100 })), [
    "open files warn",
    "processes warn",
    "inotify warn",
  ]);
  assert.deepEqual(troubles(machine(tight, { modules: 5, fileHandlesMax: 9000 })), [
    "limits.fileHandles warn",
  ]);
  const none = { openFiles: { soft: null, hard: null }, processes: null };
  assert.deepEqual(troubles(machine(none, { modules: 1000 })), []);
});

test("no Node.js that fits, or a program that is not whole, is missing", () => {
  const old = { path: "/usr/bin/node", version: "20.1.0" };
  const good = { path: "/opt/node", version: "24.1.0" };
  const facts = { version: "0.1.0", found: [old, good], used: good, trouble: null, lacks: [] };
  assert.deepEqual(troubles(judgeRuntime(facts)), []);
  assert.match(judgeRuntime(facts)[1]?.means ?? "", /also here: 20\.1\.0/);
  const without = { ...facts, found: [old], used: null, trouble: "The orchestrator needs Node.js" };
  assert.deepEqual(troubles(judgeRuntime(without)), ["Node.js missing"]);
  assert.deepEqual(troubles(judgeRuntime({ ...facts, lacks: ["daemon.cjs"] })), [
    "program missing",
  ]);
});

test("a state folder that cannot be written, or a full disk, is missing; little room is a warning", () => {
  assert.deepEqual(troubles(judgeState(STATE)), []);
  assert.deepEqual(troubles(judgeState({ ...STATE, trouble: "EACCES" })), ["folder missing"]);
  assert.deepEqual(troubles(judgeState({ ...STATE, freeBytes: 1e6 })), ["disk missing"]);
  assert.deepEqual(troubles(judgeState({ ...STATE, freeBytes: 100e6 })), ["disk warn"]);
  assert.deepEqual(troubles(judgeState({ ...STATE, freeBytes: null })), []);
});

test("an orchestrator is looked at together with its files", () => {
  assert.deepEqual(troubles(judgeSystem(SYSTEM)), []);
  const silent = { ...SYSTEM, status: null };
  assert.deepEqual(troubles(judgeSystem(silent)), ["orchestrator missing"]);
  assert.deepEqual(troubles(judgeSystem({ ...silent, daemonAlive: false })), ["orchestrator warn"]);
  assert.deepEqual(troubles(judgeSystem({ ...silent, daemonFile: null })), []);
  assert.deepEqual(troubles(judgeSystem({ ...SYSTEM, version: "0.2.0" })), ["version warn"]);
  const other = { ...DAEMON, pid: 2, configFile: "/srv/other/skelly.config.yaml" };
  assert.deepEqual(troubles(judgeSystem({ ...SYSTEM, daemonFile: other })), [
    "state files warn",
    "file in force warn",
  ]);
});

test("a wrong configuration is missing, a warning in it a warning, none at all no reason to fail", () => {
  const problem = { code: "X", severity: "error", path: [], message: "no", file: null } as never;
  assert.deepEqual(troubles(judgeSystem({ ...SYSTEM, problems: [problem] })), [
    "configuration missing",
  ]);
  assert.deepEqual(troubles(judgeSystem({ ...SYSTEM, configFile: null })), ["configuration warn"]);
});

test("this machine can be looked at, and nothing of the look stays", () => {
  const facts = machineFacts("/nowhere", process.env, {
    wallMs: Date.now(),
    nodeVersion: "26.0.0",
  });
  assert.equal(facts.platform, process.platform);
  assert.equal(facts.native, "node:ffi");
  assert.ok(judgeMachine(facts, NEEDS).length >= 12);
});

test("the report says in its last line whether anything is missing", () => {
  const lines = (checks: readonly Check[]) => renderDoctor(checks, plainLook(80));
  assert.equal(lines(machine({})).at(-1), "All is well.");
  assert.equal(
    lines(machine(lacks("perl"))).at(-1),
    "All that is needed is here; 1 thing could be better.",
  );
  const broken = lines(machine(lacks("sh")));
  assert.equal(broken.at(-1), "1 thing missing that is needed.");
  assert.ok(broken.some((line) => line.includes("→ install it (Debian: apt-get install dash)")));
  assert.ok(broken.every((line) => line.length <= 120));
});
