// memory-trim.test.ts: what may be given back, and what is said when it cannot be.
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { neverWritten, trimMemory } from "./memory-trim.ts";

const mapping = (head: string, dirty = 0, anonymous = 0) => `${head}
Size:               4096 kB
Rss:                2048 kB
Shared_Dirty:          0 kB
Private_Clean:      2048 kB
Private_Dirty:    ${String(dirty).padStart(6)} kB
Anonymous:        ${String(anonymous).padStart(6)} kB
Swap:                  0 kB
Locked:                0 kB
VmFlags: rd mr mw me sd
`;

test("only read-only mappings of the binary that were never written are given back", () => {
  const smaps = [
    mapping("00400000-00500000 r--p 00000000 08:01 77                 /opt/node"),
    mapping("00500000-00900000 r-xp 00100000 08:01 77                 /opt/node"),
    mapping("00900000-00a00000 rw-p 00500000 08:01 77                 /opt/node"),
    mapping("00a00000-00b00000 r--p 00600000 08:01 77                 /opt/node", 4, 4),
    mapping("00b00000-00c00000 r--p 00700000 08:01 77                 /opt/node", 0, 8),
    mapping("00d00000-00e00000 r-xp 00800000 08:01 77                 /opt/node", 64),
    mapping("7f000000-7f100000 r-xp 00000000 08:01 99                 /lib/libc.so.6"),
    mapping("7f200000-7f300000 r--s 00000000 08:01 77                 /opt/node"),
    mapping("7f400000-7f500000 rw-p 00000000 00:00 0 "),
  ].join("");
  assert.deepEqual(neverWritten(smaps, "/opt/node"), [
    { start: 0x400000, bytes: 0x100000 },
    { start: 0x500000, bytes: 0x400000 },
    { start: 0xd00000, bytes: 0x100000 },
  ]);
  assert.deepEqual(neverWritten("", "/opt/node"), []);
});

test("it does nothing when it is switched off, and says so", () => {
  assert.deepEqual(trimMemory({ enabled: false }), { done: false, why: "switched off" });
});

const NO_LINUX = process.platform === "linux" ? false : "only Linux has /proc/self/smaps";

test("without a way to call madvise nothing happens, and it says so", { skip: NO_LINUX }, (t) => {
  if (process.getBuiltinModule("node:ffi" as string) !== undefined)
    return t.skip("node:ffi is here");
  const result = trimMemory({ enabled: true, resolveFrom: [join(tmpdir(), "nowhere.js")] });
  assert.deepEqual(result, { done: false, why: "neither node:ffi nor koffi is here" });
});

test("each range is offered once, through koffi where it is installed", { skip: NO_LINUX }, (t) => {
  if (process.getBuiltinModule("node:ffi" as string) !== undefined)
    return t.skip("node:ffi is here");
  const directory = mkdtempSync(join(tmpdir(), "skelly-trim-"));
  t.after(() => rmSync(directory, { recursive: true }));
  const koffi = join(directory, "node_modules", "koffi");
  mkdirSync(koffi, { recursive: true });
  // In koffi's place: writes down what it is asked, calls nothing.
  writeFileSync(
    join(koffi, "index.js"),
    `const calls = (globalThis.madviseCalls = []);
     exports.load = () => ({ func: () => (...values) => (calls.push(values), 0) });`,
  );
  const result = trimMemory({ enabled: true, resolveFrom: [join(directory, "here.js")] });
  assert.ok(result.done, JSON.stringify(result));
  assert.equal(result.by, "koffi");
  const calls = (globalThis as unknown as { madviseCalls: [bigint, bigint, number][] })
    .madviseCalls;
  assert.equal(calls.length, result.ranges);
  const binary = readFileSync("/proc/self/maps", "latin1");
  for (const [start, , advice] of calls) {
    assert.equal(advice, 4);
    assert.match(binary, new RegExp(`^0*${start.toString(16)}-\\S+ r-`, "m"));
  }
});
