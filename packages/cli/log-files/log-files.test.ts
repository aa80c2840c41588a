// log-files.test.ts: reading logs from their end, across rotations, and following them.
import assert from "node:assert/strict";
import { appendFileSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { belongsTo, logFilesIn } from "./log-folder.ts";
import { followLogs } from "./log-follow.ts";
import { mergeByTime } from "./log-line.ts";
import { tailOf, tailOfInstance } from "./log-tail.ts";

function withFolder(story: (folder: string) => void): void {
  const folder = mkdtempSync(join(tmpdir(), "skelly-logs-"));
  try {
    story(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const line = (second: number, text: string): string =>
  `2026-01-01T00:00:${String(second).padStart(2, "0")}.000Z out ${text}\n`;

test("the last lines are found from the end, also when they are longer than a block", () =>
  withFolder((folder) => {
    const path = join(folder, "api.log");
    const long = "x".repeat(100_000);
    writeFileSync(path, `one\ntwo\n${long}\nthree\nunfinis`);
    assert.deepEqual(tailOf(path, 3).lines, ["two", long, "three"]);
    assert.deepEqual(tailOf(path, 99).lines, ["one", "two", long, "three"]);
    assert.deepEqual(tailOf(path, 0).lines, []);
    writeFileSync(path, "");
    assert.deepEqual(tailOf(path, 5).lines, []);
  }));

test("older parts fill up what the present file lacks", () =>
  withFolder((folder) => {
    writeFileSync(join(folder, "api.log.2"), line(1, "a"));
    writeFileSync(join(folder, "api.log.1"), line(2, "b"));
    writeFileSync(join(folder, "api.log"), line(3, "c"));
    const [file] = logFilesIn(folder);
    assert.ok(file !== undefined);
    const texts = (count: number): string[] =>
      tailOfInstance(file, count).lines.map(({ text }) => text);
    assert.deepEqual(texts(2), ["b", "c"]);
    assert.deepEqual(texts(9), ["a", "b", "c"]);
  }));

test("several modules are one story by time", () =>
  withFolder((folder) => {
    writeFileSync(join(folder, "api.log"), line(1, "first") + line(3, "third"));
    writeFileSync(join(folder, "web.log"), line(2, "second"));
    const lists = logFilesIn(folder).map((file) => tailOfInstance(file, 9).lines);
    assert.deepEqual(
      mergeByTime(lists).map(({ text }) => text),
      ["first", "second", "third"],
    );
  }));

test("replicas are told apart only where there are several", () =>
  withFolder((folder) => {
    for (const name of ["api@1.log", "web@1.log", "web@2.log", "skelly=bus.log", "api@1.log.1"]) {
      writeFileSync(join(folder, name), "");
    }
    const shown = logFilesIn(folder).map((file) => file.shown);
    assert.deepEqual(shown, ["api", "skelly:bus", "web#1", "web#2"]);
    assert.equal(belongsTo("web#2", "web"), true);
    assert.equal(belongsTo("website", "web"), false);
    assert.deepEqual(logFilesIn(join(folder, "nowhere")), []);
  }));

test("following loses nothing at a rotation and starts new files at their beginning", () =>
  withFolder((folder) => {
    const path = join(folder, "api.log");
    writeFileSync(path, line(1, "old"));
    const seen: string[] = [];
    const start = tailOf(path, 0);
    const follower = followLogs(folder, {
      wants: () => true,
      starts: new Map([["api", start]]),
      onLines: (lines) => seen.push(...lines.map(({ module, text }) => `${module} ${text}`)),
    });
    try {
      appendFileSync(path, `${line(2, "new")}2026-01-01T00:00:03.000Z out ha`);
      follower.flush();
      appendFileSync(path, "lf\n");
      renameSync(path, `${path}.1`);
      appendFileSync(path, line(4, "rotated"));
      writeFileSync(join(folder, "web.log"), line(5, "hello"));
      follower.flush();
      assert.deepEqual(seen, ["api new", "api half", "api rotated", "web hello"]);
    } finally {
      follower.close();
    }
  }));
