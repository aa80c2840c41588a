// log-collector.test.ts: what modules write is in their logs, each line once, whatever dies.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import type { LogCollectorOptions } from "./log-collection.ts";
import { createLogCollector } from "./log-collector.ts";
import { createSystemClock } from "./system-clock.ts";

const clock = createSystemClock({ keepAlive: true });
const STAMP = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z /;

function place(t: TestContext) {
  const directory = mkdtempSync(join(tmpdir(), "skelly-logs-"));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  const logs = join(directory, "logs");
  const attachment = (incarnation = 1, limits: { maxSizeBytes?: number; keep?: number } = {}) => ({
    instance: "api#1",
    incarnation,
    outPath: join(directory, `${incarnation}.out`),
    errPath: join(directory, `${incarnation}.err`),
    maxSizeBytes: 10_000_000,
    keep: 3,
    ...limits,
  });
  const collector = (options: Partial<LogCollectorOptions> = {}) => {
    const made = createLogCollector({
      directory: logs,
      clock,
      coalesceMs: 1,
      retryMs: 5,
      ...options,
    });
    t.after(() => made.close());
    return made;
  };
  const log = join(logs, "api@1.log");
  /** The log without its times. */
  const lines = (path = log): string[] =>
    readFileSync(path, "utf8")
      .split("\n")
      .slice(0, -1)
      .map((line) => {
        assert.match(line, STAMP);
        return line.replace(STAMP, "");
      });
  const until = async (isSo: () => boolean) => {
    for (let i = 0; i < 2000 && !isSo(); i++) await new Promise((go) => setTimeout(go, 2));
    assert.ok(isSo(), "did not come about within 4 s");
  };
  const untilLines = (count: number) => until(() => existsSync(log) && lines().length >= count);
  return { directory, logs, log, attachment, collector, lines, until, untilLines };
}

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

test("a log that someone moves away or empties goes on", async (t) => {
  const { attachment, collector, lines, log, untilLines } = place(t);
  const { outPath } = attachment();
  const copier = collector();
  copier.attach(attachment());
  appendFileSync(outPath, "one\n");
  await untilLines(1);
  renameSync(log, `${log}.mine`);
  appendFileSync(outPath, "two\n");
  await untilLines(1);
  assert.deepEqual(lines(), ["out two"]);
  writeFileSync(log, "");
  appendFileSync(outPath, "three\n");
  await untilLines(1);
  assert.deepEqual(lines(), ["out three"]);
  assert.deepEqual(lines(`${log}.mine`), ["out one"]);
});

test("what was written while no orchestrator was there carries the time of its reading, and says so", async (t) => {
  const { attachment, collector, lines, untilLines } = place(t);
  const { outPath } = attachment();
  const first = collector();
  first.attach(attachment());
  appendFileSync(outPath, "seen\nbegun");
  await untilLines(1);
  first.close();
  appendFileSync(outPath, " while away\nlost?\nunfinished");
  const next = collector();
  next.attach(attachment());
  await untilLines(3);
  appendFileSync(outPath, " no more\nseen again\n");
  await untilLines(5);
  assert.deepEqual(lines(), [
    "out seen",
    "out~ begun while away",
    "out~ lost?",
    "out unfinished no more",
    "out seen again",
  ]);
});

test("a daemon that is killed while it copies leaves no line out and none twice", async (t) => {
  const { attachment, collector, lines, log, logs } = place(t);
  const limits = { maxSizeBytes: 300_000, keep: 1000 };
  const program = `
    import { createLogCollector } from ${JSON.stringify(new URL("log-collector.ts", import.meta.url))};
    import { createSystemClock } from ${JSON.stringify(new URL("system-clock.ts", import.meta.url))};
    const clock = createSystemClock({ keepAlive: true });
    createLogCollector({ directory: process.argv[1], clock, coalesceMs: 1 }).attach(JSON.parse(process.argv[2]));
    setInterval(() => {}, 1000);`;
  const { outPath, errPath } = attachment();
  let out = 0;
  let err = 0;
  const write = () => {
    let text = "";
    for (let i = 0; i < 2000; i++) text += `o ${out++} ${"-".repeat(40)}\n`;
    appendFileSync(outPath, text);
    text = "";
    for (let i = 0; i < 500; i++) text += `e ${err++}\n`;
    appendFileSync(errPath, text);
  };
  write();
  for (let round = 0; round < 4; round++) {
    const child = spawn(
      process.execPath,
      [
        "--conditions=source",
        "--input-type=module",
        "-e",
        program,
        logs,
        JSON.stringify(attachment(1, limits)),
      ],
      { stdio: ["ignore", "ignore", "inherit"], cwd: import.meta.dirname },
    );
    const before = existsSync(log) ? statSync(log).size : 0;
    for (let i = 0; i < 2000; i++) {
      write();
      if (existsSync(log) && statSync(log).size !== before) break;
      await new Promise((go) => setTimeout(go, 3));
    }
    child.kill("SIGKILL");
    await once(child, "exit");
    // The worst that a kill can leave: lines that were written, but not committed.
    if (existsSync(log)) appendFileSync(log, "2026-01-01T00:00:00.000Z out never committed\n");
  }
  const last = collector();
  last.attach(attachment(1, limits));
  assert.equal(await last.detach("api#1", 1), true);
  const files = readdirSync(logs)
    .filter((name) => name.startsWith("api@1.log"))
    .map((name) => ({ path: join(logs, name), age: Number(/\d+$/.exec(name.slice(6))?.[0] ?? 0) }))
    .sort((a, b) => b.age - a.age);
  const all = files.flatMap(({ path }) => lines(path));
  const numbersOf = (letter: string) =>
    all.flatMap((line) => (line.split(" ")[1] === letter ? [Number(line.split(" ")[2])] : []));
  assert.deepEqual(
    numbersOf("o"),
    Array.from({ length: out }, (_, i) => i),
  );
  assert.deepEqual(
    numbersOf("e"),
    Array.from({ length: err }, (_, i) => i),
  );
  assert.ok(files.length > 1, "it was rotated meanwhile");
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

test("a log that cannot be written loses nothing, says why, and goes on when it can", async (t) => {
  const { attachment, collector, lines, log, logs, until, untilLines } = place(t);
  mkdirSync(log, { recursive: true });
  const copier = collector();
  copier.attach(attachment());
  appendFileSync(attachment().outPath, "kept\n");
  assert.match(copier.describe()[0]!.state, /^cannot be written: EISDIR/);
  let told = false;
  rmSync(logs, { recursive: true });
  await until(() => copier.describe()[0]!.state === "copying");
  copier.waitForLine("api#1", 1, /kept/, () => {
    told = true;
  });
  await untilLines(1);
  await until(() => told);
  assert.deepEqual(lines(), ["out kept"]);
  assert.equal(copier.describe()[0]!.waitingBytes, 0);
});

test("the space of what is copied is given back while the module writes on", async (t) => {
  const { attachment, collector, until, lines } = place(t);
  const { outPath } = attachment();
  const copier = collector({ releaseBytes: 100_000 });
  copier.attach(attachment());
  const blocks = () => statSync(outPath).blocks * 512;
  const text = `${"z".repeat(99)}\n`.repeat(10_000);
  appendFileSync(outPath, text);
  const given = () => blocks() < 200_000 || copier.describe()[0]!.notes.length > 0;
  await until(given);
  const { notes } = copier.describe()[0]!;
  if (notes.length > 0) return t.skip(notes[0]!);
  assert.ok(statSync(outPath).size === text.length);
  appendFileSync(outPath, "more\n");
  await copier.detach("api#1", 1);
  assert.equal(lines().length, 10_001);
  assert.equal(lines().at(-1), "out more");
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

test("a spool that its module empties is read from its beginning", async (t) => {
  const { attachment, collector, lines, untilLines } = place(t);
  const { outPath } = attachment();
  const copier = collector();
  copier.attach(attachment());
  appendFileSync(outPath, "a long first line\n");
  await untilLines(1);
  writeFileSync(outPath, "short\n");
  await untilLines(2);
  assert.deepEqual(lines(), ["out a long first line", "out short"]);
});
