// log-survival.test.ts: each line is in the log once, whatever dies, fills up or is moved away.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { place } from "./log-rig.ts";

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

test("a full disk is said, and what came meanwhile is copied when there is room", async (t) => {
  const { attachment, collector, lines, log, logs, until, untilLines } = place(t);
  mkdirSync(logs);
  symlinkSync("/dev/full", log);
  const copier = collector();
  copier.attach(attachment());
  let told = false;
  copier.waitForLine("api#1", 1, /two/, () => {
    told = true;
  });
  appendFileSync(attachment().outPath, "one\n");
  await until(() => copier.describe()[0]!.state.startsWith("cannot be written: ENOSPC"));
  appendFileSync(attachment().outPath, "two\n");
  await until(() => told);
  assert.equal(copier.describe()[0]!.waitingBytes, 8);
  unlinkSync(log);
  await untilLines(2);
  assert.deepEqual(lines(), ["out one", "out two"]);
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
