// machine.test.ts: the real machine answers as the check of a configuration expects.
import assert from "node:assert/strict";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { machine } from "./machine.ts";

let home = "";
before(() => {
  home = mkdtempSync(join(tmpdir(), "skelly-machine-"));
  mkdirSync(join(home, "bin", "folder"), { recursive: true });
  writeFileSync(join(home, "bin", "runs"), "#!/bin/sh\n");
  writeFileSync(join(home, "bin", "plain"), "text");
  chmodSync(join(home, "bin", "runs"), 0o755);
  chmodSync(join(home, "bin", "plain"), 0o644);
  symlinkSync(join(home, "nowhere"), join(home, "bin", "dangling"));
});
after(() => rmSync(home, { recursive: true, force: true }));

test("a command is found on the PATH or by its path, and only when it may be run", () => {
  const env = { PATH: `/none::${join(home, "bin")}` };
  const find = (name: string, cwd = "/"): string | null => machine.findCommand(name, cwd, env);
  assert.equal(find("runs"), join(home, "bin", "runs"));
  assert.equal(find("./runs", join(home, "bin")), join(home, "bin", "runs"));
  for (const name of ["plain", "folder", "dangling", "absent", "", "./runs"]) {
    assert.equal(find(name), null, name);
  }
  assert.equal(machine.findCommand("runs", "/", {}), null);
});

test("what is there, what is in a directory and what a file says are answers, never errors", () => {
  assert.equal(machine.exists(home), "directory");
  assert.equal(machine.exists(join(home, "bin", "plain")), "file");
  assert.equal(machine.exists("/dev/null"), "other");
  assert.equal(machine.exists(join(home, "bin", "plain", "below")), null);
  assert.deepEqual([...machine.names(join(home, "bin"))].sort(), [
    "dangling",
    "folder",
    "plain",
    "runs",
  ]);
  assert.deepEqual(machine.names(join(home, "absent")), []);
  assert.equal(machine.readText(join(home, "bin", "plain")), "text");
  assert.equal(machine.readText(home), null);
});
