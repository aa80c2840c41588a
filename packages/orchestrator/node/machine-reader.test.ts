// machine-reader.test.ts: readings of a machine, made of files like the kernel's.
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { createMachineReader } from "./machine-reader.ts";

test("a machine is read: processor since the last time, memory, load, pressure", (t) => {
  const proc = mkdtempSync(join(tmpdir(), "skelly-proc-"));
  t.after(() => rmSync(proc, { recursive: true }));
  const write = (name: string, text: string): void => writeFileSync(join(proc, name), text);
  mkdirSync(join(proc, "pressure"));
  write("stat", "cpu  100 0 100 700 100 0 0 0 0 0\ncpu0 1 2 3 4 5 6 7 8 9 10\n");
  write("meminfo", "MemTotal:        1000 kB\nMemFree:  5 kB\nMemAvailable:     250 kB\n");
  write("loadavg", "1.25 1.00 0.75 1/100 4711\n");
  write("pressure/memory", "some avg10=21.50 avg60=0.00 avg300=0.00 total=1\nfull avg10=1.00\n");
  const read = createMachineReader({ directory: proc, proc });
  assert.equal(read().cpuPercent, null, "no span yet");
  write("stat", "cpu  130 0 120 740 110 0 0 0 0 0\n");
  const { cpuPercent, memoryTotalBytes, memoryAvailableBytes, load, pressure, diskFreeBytes } =
    read();
  assert.deepEqual([cpuPercent, load], [50, 1.25]);
  assert.deepEqual([memoryTotalBytes, memoryAvailableBytes], [1_024_000, 256_000]);
  assert.deepEqual(pressure, { cpu: null, memory: 21.5, io: null });
  assert.ok((diskFreeBytes ?? 0) > 0);
});

test("of a machine without these files everything is unknown, nothing zero", () => {
  const nowhere = join(tmpdir(), "skelly-no-such-folder");
  const reading = createMachineReader({ directory: nowhere, proc: nowhere })();
  const { cores, ...rest } = reading;
  assert.ok((cores ?? 0) > 0);
  assert.deepEqual(rest, {
    cpuPercent: null,
    memoryTotalBytes: null,
    memoryAvailableBytes: null,
    load: null,
    diskFreeBytes: null,
    pressure: { cpu: null, memory: null, io: null },
  });
});
