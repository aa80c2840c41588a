// steady-writer.test.ts: a full disk ends nobody who writes, and what it did not take is written later.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { steadyWriter } from "./steady-writer.ts";

test("what a file does not take waits, and follows with the next writing", (t) => {
  const directory = mkdtempSync(join(tmpdir(), "skelly-steady-"));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  const path = join(directory, "out");
  const fd = openSync(path, "w");
  const write = steadyWriter(fd);
  write("one\n");
  // As good as a full disk: this descriptor takes nothing for a while.
  closeSync(fd);
  write("two\n");
  assert.equal(openSync(path, "a"), fd);
  write("three\n");
  closeSync(fd);
  assert.equal(readFileSync(path, "utf8"), "one\ntwo\nthree\n");
});

test("a process whose output file is full goes on", { skip: process.platform !== "linux" }, (t) => {
  const directory = mkdtempSync(join(tmpdir(), "skelly-steady-"));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  const module = JSON.stringify(new URL("./steady-writer.ts", import.meta.url).href);
  const program = `
    import { steadyOutput } from ${module};
    steadyOutput();
    process.stdout.write("x".repeat(5000) + "\\n");
    console.log("more");
    setTimeout(() => process.exit(9), 20);`;
  // A limit on the size of files is refused as a full disk is, by an error of write(2).
  const { status } = spawnSync(
    "sh",
    [
      "-c",
      `trap "" XFSZ; ulimit -f 1; exec "$0" --input-type=module -e "$1" >"$2"`,
      process.execPath,
      program,
      join(directory, "out"),
    ],
    { timeout: 10_000 },
  );
  assert.equal(status, 9);
});
