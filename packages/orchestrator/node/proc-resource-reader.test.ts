// proc-resource-reader.test.ts: readings of real processes, and of what cannot be known.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { type TestContext, test } from "node:test";
import { createProcResourceReader } from "./proc-resource-reader.ts";
import { emptyProcStat, parseProcStat, readProcStat } from "./proc-stat.ts";
import { processMemory } from "./process-memory.ts";
import { createSystemClock } from "./system-clock.ts";

const clock = createSystemClock();
const skip = process.platform === "linux" ? false : "reads /proc, which only Linux has";

async function program(t: TestContext, script: string) {
  const child = spawn("sh", ["-c", script], { stdio: ["pipe", "pipe", "inherit"], detached: true });
  t.after(() => {
    try {
      process.kill(-child.pid!, "SIGKILL");
    } catch {
      // It has ended by itself.
    }
  });
  await once(child.stdout, "data");
  return child;
}

test("a command with spaces and parentheses does not shift the fields", () => {
  const line =
    "42 (a) b (c)) S 7 42 42 0 -1 4194560 1 2 3 4 11 22 33 44 20 0 9 0 12345 99 321 18446744073709551615\n";
  const bytes = Buffer.from(line);
  const stat = emptyProcStat();
  assert.ok(parseProcStat(bytes, bytes.length, stat));
  assert.deepEqual(stat, {
    state: "S",
    parentPid: 7,
    ticks: 110,
    threads: 9,
    startTicks: 12345,
    residentPages: 321,
  });
  assert.equal(parseProcStat(bytes, 10, stat), false);
});

test("a reading covers the whole tree: children and grandchildren", { skip }, async (t) => {
  const one = await program(t, "echo up; exec sleep 30");
  const tree = await program(t, "sh -c 'sleep 30 & echo up; wait' & wait");
  const reader = createProcResourceReader({ clock });
  t.after(() => reader.close());
  const ask = [
    { instance: "one#1", pid: one.pid! },
    { instance: "tree#1", pid: tree.pid! },
  ];
  const first = reader.read(ask);
  assert.equal(first.get("one#1")!.threads, 1);
  assert.equal(first.get("one#1")!.cpuPercent, null, "no span yet");
  assert.equal(first.get("tree#1")!.threads, 3);
  assert.ok(first.get("tree#1")!.memoryBytes! > first.get("one#1")!.memoryBytes!);
  assert.ok(first.get("one#1")!.fileHandles! >= 3);
  const second = reader.read(ask);
  assert.ok(second.get("one#1")!.cpuPercent! >= 0);
});

test("processor time is told, also that of a child that has come and gone", { skip }, async (t) => {
  const script =
    "echo up; read go; sh -c 'i=0; while [ $i -lt 400000 ]; do i=$((i+1)); done'; echo done; read end";
  const child = await program(t, script);
  const reader = createProcResourceReader({ clock });
  t.after(() => reader.close());
  const ask = [{ instance: "busy#1", pid: child.pid! }];
  reader.read(ask);
  const done = once(child.stdout, "data");
  child.stdin.write("\n");
  await done;
  assert.ok(reader.read(ask).get("busy#1")!.cpuPercent! > 0);
});

test("the processes of its cgroup are read when they are known", { skip }, async (t) => {
  const one = await program(t, "echo up; exec sleep 30");
  const two = await program(t, "echo up; exec sleep 30");
  const reader = createProcResourceReader({ clock, pidsOf: () => [one.pid!, two.pid!] });
  t.after(() => reader.close());
  const usage = reader.read([{ instance: "both#1", pid: one.pid! }]).get("both#1")!;
  assert.equal(usage.threads, 2);
});

test("own memory and disk traffic are told; the network is nobody's", { skip }, async (t) => {
  const child = await program(t, "echo up; exec sleep 30");
  const time = { nowMs: 0 };
  const reader = createProcResourceReader({ clock: { ...clock, nowMs: () => time.nowMs } });
  t.after(() => reader.close());
  const ask = [{ instance: "one#1", pid: child.pid! }];
  const first = reader.read(ask).get("one#1")!;
  assert.ok(first.privateBytes! > 0 && first.privateBytes! < first.memoryBytes!);
  assert.equal(first.diskReadBytesPerSecond, null, "no span yet");
  time.nowMs = 6000;
  const second = reader.read(ask).get("one#1")!;
  assert.ok(second.diskReadBytesPerSecond! >= 0 && second.diskWrittenBytesPerSecond! >= 0);
  assert.equal(second.networkBytesPerSecond, null);
});

test("what cannot be known is null, not zero", { skip }, async () => {
  const unknown = { cpuPercent: null, memoryBytes: null, fileHandles: null, threads: null };
  const gone = spawn("true");
  await once(gone, "exit");
  const reader = createProcResourceReader({ clock });
  const readings = reader.read([
    { instance: "thread#1", pid: null },
    { instance: "gone#1", pid: gone.pid! },
  ]);
  assert.deepEqual([...readings.values()], [unknown, unknown]);
  const elsewhere = createProcResourceReader({ clock, platform: "darwin" });
  assert.deepEqual(elsewhere.read([{ instance: "me#1", pid: process.pid }]).get("me#1"), unknown);
  assert.equal(elsewhere.enforcement("me#1", { memoryBytes: 1 }), "none");
});

test("no file stays open for an instance that is no longer asked for", { skip }, async (t) => {
  const child = await program(t, "echo up; exec sleep 30");
  const reader = createProcResourceReader({ clock });
  const ask = [{ instance: "one#1", pid: child.pid! }];
  const handles = () => readdirSync("/proc/self/fd").length;
  const before = handles();
  reader.read(ask);
  assert.equal(handles(), before + 1);
  for (let i = 0; i < 4; i++) reader.read([]);
  assert.equal(handles(), before);
  reader.close();
});

test("the orchestrator's own reading has no processor share before there is a span", () => {
  const reader = createProcResourceReader({ clock });
  assert.equal(reader.own().cpuPercent, null);
  const own = reader.own();
  assert.ok(own.cpuPercent === null || own.cpuPercent >= 0);
  assert.ok(own.rssBytes > 1_000_000);
});

test("it says how limits are enforced", { skip }, () => {
  const reader = createProcResourceReader({ clock });
  assert.equal(reader.enforcement("a#1", {}), "none");
  assert.equal(reader.enforcement("a#1", { fileHandles: 100 }), "rlimit");
  assert.equal(reader.enforcement("a#1", { fileHandles: 100, memoryBytes: 1 }), "watched");
});

test("a process's memory is told in all its measures", { skip }, () => {
  const memory = processMemory(process.pid)!;
  assert.ok(memory.rssBytes >= memory.pssBytes!);
  assert.ok(memory.privateBytes! <= memory.rssBytes);
  assert.ok(memory.peakBytes! >= memory.rssBytes);
  assert.equal(processMemory(2 ** 22 + 1), null);
  assert.equal(readProcStat(2 ** 22 + 1), null);
});
