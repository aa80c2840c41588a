// log-collector.test.ts: what modules write is in their logs, line by line.
import assert from "node:assert/strict";
import { appendFileSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { place } from "./log-rig.ts";

test("lines are stamped with time and stream, while the module runs and at its end", async (t) => {
  const { attachment, collector, lines, untilLines, directory } = place(t);
  const { outPath, errPath } = attachment();
  const copier = collector();
  copier.attach(attachment());
  appendFileSync(outPath, "hello\nthere\n");
  await untilLines(2);
  appendFileSync(errPath, "oh\n");
  await untilLines(3);
  appendFileSync(outPath, "\nbegun");
  await untilLines(4);
  assert.deepEqual(lines(), ["out hello", "out there", "err oh", "out "]);
  appendFileSync(outPath, " and ended\nno end");
  assert.equal(await copier.detach("api#1", 1), true);
  assert.deepEqual(lines().slice(4), ["out begun and ended", "out no end"]);
  assert.deepEqual(readdirSync(directory), ["logs"]);
  assert.equal(await copier.detach("api#1", 1), false, "it is not there any more");
});

test("bytes that are no text pass unchanged", async (t) => {
  const { attachment, collector, log } = place(t);
  const bytes = Buffer.from([0xff, 0xfe, 0x00, 0x80, 0x0d, 0xe2, 0x82, 0xac, 0x0a]);
  writeFileSync(attachment().outPath, bytes);
  const copier = collector();
  copier.attach(attachment());
  await copier.detach("api#1", 1);
  assert.deepEqual(readFileSync(log).subarray("2026-11-22T12:00:00.000Z out ".length), bytes);
});

test("a very long line is split with a mark, and what follows it is not", async (t) => {
  const { attachment, collector, lines } = place(t);
  const long = "x".repeat(200_000);
  writeFileSync(attachment().outPath, `before\n${long}\nafter\n${"y".repeat(65_536)}\nend\n`);
  const copier = collector();
  copier.attach(attachment());
  await copier.detach("api#1", 1);
  const found = lines();
  assert.equal(found[0], "out before");
  const pieces = found.filter((line) => line.includes("x"));
  assert.deepEqual(
    pieces.map((line) => line.slice(0, 5)),
    ["out x", "out+ ", "out+ ", "out+ "],
  );
  assert.equal(pieces.map((line) => line.replace(/^out\+? /, "")).join(""), long);
  assert.equal(found.at(-3), "out after");
  assert.equal(found.at(-2), `out ${"y".repeat(65_536)}`);
  assert.equal(found.at(-1), "out end");
});

test("the log is rotated by size, and only so many are kept", async (t) => {
  const { attachment, collector, lines, log, logs } = place(t);
  const { outPath } = attachment();
  const copier = collector();
  copier.attach(attachment(1, { maxSizeBytes: 20_000, keep: 2 }));
  let text = "";
  for (let i = 0; i < 3000; i++) text += `line ${i} ${".".repeat(20)}\n`;
  appendFileSync(outPath, text);
  await copier.detach("api#1", 1);
  assert.deepEqual(readdirSync(logs).sort(), [
    "api@1.log",
    "api@1.log.1",
    "api@1.log.2",
    "api@1.offsets",
  ]);
  assert.ok(statSync(`${log}.1`).size < 40_000);
  const kept = [`${log}.2`, `${log}.1`, log].flatMap((path) => lines(path));
  const numbers = kept.map((line) => Number(line.split(" ")[2]));
  assert.equal(numbers.at(-1), 2999);
  numbers.forEach((number, i) => void assert.equal(number, numbers[0]! + i));
});

test("whoever waits for a line is told once, of a new one and of one that is copied already", async (t) => {
  const { attachment, collector, untilLines } = place(t);
  const { outPath, errPath } = attachment();
  const copier = collector();
  const told: string[] = [];
  copier.waitForLine("api#1", 1, /starting/, () => void told.push("before it was attached"));
  copier.attach(attachment());
  appendFileSync(outPath, "starting\nlistening on 80\r\n");
  await untilLines(2);
  const wait = (pattern: RegExp) =>
    new Promise<void>((resolve) => {
      copier.waitForLine("api#1", 1, pattern, () => resolve(void told.push(pattern.source)));
    });
  await wait(/listening on \d+$/g);
  const coming = wait(/^ready: (ja|oui)$/);
  const cancel = copier.waitForLine("api#1", 1, /ready/, () => told.push("cancelled"));
  cancel();
  appendFileSync(errPath, "read");
  appendFileSync(errPath, "y: oui\nready: oui\n");
  await coming;
  const never = copier.waitForLine("api#1", 2, /./, () => told.push("another incarnation"));
  never();
  const atItsEnd = wait(/^no newline$/);
  appendFileSync(outPath, "no newline");
  await copier.detach("api#1", 1);
  await atItsEnd;
  assert.deepEqual(told, [
    "before it was attached",
    "listening on \\d+$",
    "^ready: (ja|oui)$",
    "^no newline$",
  ]);
});

test("lines are told as they are copied, as text", async (t) => {
  const { attachment, collector } = place(t);
  const told: unknown[] = [];
  const copier = collector({
    onLine: (instance, stream, text, timeMs) => told.push([instance, stream, text, timeMs > 0]),
  });
  writeFileSync(attachment().outPath, "schön\n\nda\n");
  copier.attach(attachment());
  await copier.detach("api#1", 1);
  assert.deepEqual(told, [
    ["api#1", "out", "schön", true],
    ["api#1", "out", "", true],
    ["api#1", "out", "da", true],
  ]);
});

test("the next incarnation writes to the same log, behind the last", async (t) => {
  const { attachment, collector, lines } = place(t);
  const copier = collector();
  for (const incarnation of [1, 2, 3]) {
    copier.attach(attachment(incarnation));
    appendFileSync(attachment(incarnation).outPath, `life ${incarnation}`);
    await copier.detach("api#1", incarnation);
  }
  assert.deepEqual(lines(), ["out life 1", "out life 2", "out life 3"]);
});
