// sqlite-journal.test.ts: the journal outlives its daemon, a torn file and a full disk.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import type { SystemEvent } from "@skelly-jelly/contract";
import type { Clock } from "../ports/clock.ts";
import { createSqliteJournal } from "./sqlite-journal.ts";

function note(seq: number, module: string | null = null, timeMs = seq): SystemEvent {
  return { type: "note", module, message: `note ${seq}`, seq, timeMs };
}

/** Time that moves when told. */
function glassClock() {
  const due: { atMs: number; call: () => void }[] = [];
  let now = 0;
  const clock: Clock = {
    nowMs: () => now,
    wallMs: () => now,
    after(ms, call) {
      const entry = { atMs: now + ms, call };
      due.push(entry);
      return { cancel: () => void due.splice(due.indexOf(entry), 1) };
    },
  };
  const move = (ms: number) => {
    now += ms;
    for (const entry of due.filter(({ atMs }) => atMs <= now)) {
      due.splice(due.indexOf(entry), 1);
      entry.call();
    }
  };
  return { clock, move };
}

function place(t: TestContext) {
  const directory = mkdtempSync(join(tmpdir(), "skelly-journal-"));
  t.after(() => rmSync(directory, { recursive: true }));
  return { directory, path: join(directory, "journal.db"), ...glassClock() };
}

test("what was written is there for the next daemon", (t) => {
  const { path, clock } = place(t);
  const first = createSqliteJournal({ path, clock });
  first.append([note(1, "api"), note(2, "db"), note(3, "api")]);
  first.intend({ instance: "api#1", incarnation: 4 });
  first.intend({ instance: "api#1", incarnation: 3 });
  first.remember("desired", { api: "up" });
  first.close();

  const next = createSqliteJournal({ path, clock });
  t.after(() => next.close());
  assert.equal(next.state, "available");
  assert.equal(next.lastSeq, 3);
  assert.deepEqual([...next.incarnations()], [["api#1", 4]]);
  assert.deepEqual(next.recall("desired"), { api: "up" });
  assert.equal(next.recall("nothing"), null);
  assert.deepEqual(next.query({ module: "api" }), [note(1, "api"), note(3, "api")]);
  assert.deepEqual(next.query({ afterSeq: 1, limit: 1 }), [note(3, "api")]);
  assert.deepEqual(next.query({ sinceMs: 2, types: ["note"] }).length, 2);
  assert.deepEqual(next.query({ types: [] }), []);
});

test("an intent is in the file before the call returns, also when the daemon is killed next", (t) => {
  const { path, clock } = place(t);
  const program = `
    import { createSqliteJournal } from ${JSON.stringify(new URL("sqlite-journal.ts", import.meta.url))};
    const clock = { nowMs: () => 0, wallMs: () => 0, after: () => ({ cancel() {} }) };
    const journal = createSqliteJournal({ path: process.argv[1], clock });
    journal.intend({ instance: "db#1", incarnation: 7 });
    process.kill(process.pid, "SIGKILL");`;
  const run = spawnSync(
    process.execPath,
    ["--conditions=source", "--input-type=module", "-e", program, path],
    { timeout: 10_000, cwd: import.meta.dirname },
  );
  assert.equal(run.signal, "SIGKILL", String(run.stderr));
  const journal = createSqliteJournal({ path, clock });
  t.after(() => journal.close());
  assert.equal(journal.incarnations().get("db#1"), 7);
});

test("a file that is no journal is kept aside and a fresh one begun, and it says so", (t) => {
  const { path, directory, clock } = place(t);
  writeFileSync(path, "this is not a database, ".repeat(500));
  const journal = createSqliteJournal({ path, clock });
  t.after(() => journal.close());
  assert.match(journal.state, /^available; the damaged journal was kept as journal\.db\.corrupt-/);
  journal.append([note(1)]);
  assert.equal(journal.query({}).length, 1);
  assert.ok(readdirSync(directory).some((name) => name.startsWith("journal.db.corrupt-")));
});

test("a torn file is kept aside; incarnations go on from what could be read", (t) => {
  const { path, clock } = place(t);
  const first = createSqliteJournal({ path, clock });
  first.append(Array.from({ length: 3000 }, (_, i) => note(i + 1, "api")));
  first.intend({ instance: "api#1", incarnation: 9 });
  first.close();
  truncateSync(path, Math.floor(statSync(path).size / 2));
  const journal = createSqliteJournal({ path, clock });
  t.after(() => journal.close());
  assert.match(journal.state, /damaged/);
  journal.append([note(1)]);
  journal.intend({ instance: "api#1", incarnation: 1 });
  assert.ok(journal.incarnations().get("api#1")! >= 1);
  assert.equal(journal.query({}).length, 1);
});

test("damage found while it runs loses no intent", (t) => {
  const { path, clock } = place(t);
  const journal = createSqliteJournal({ path, clock });
  t.after(() => journal.close());
  journal.append(Array.from({ length: 3000 }, (_, i) => note(i + 1, "api")));
  journal.intend({ instance: "api#1", incarnation: 9 });
  // Whatever SQLite makes of it: it may notice at once, late, or not at all.
  writeFileSync(path, Buffer.alloc(statSync(path).size, 7));
  writeFileSync(`${path}-wal`, "");
  for (let seq = 3001; seq < 3050; seq++) journal.append([note(seq, "api")]);
  journal.query({ module: "api", limit: 5000 });
  assert.equal(journal.incarnations().get("api#1"), 9);
  assert.match(journal.state, /^(available|unavailable)/);
});

test("what cannot be written is said, kept for a while, and written when it can be", (t) => {
  const { path, clock, move } = place(t);
  mkdirSync(path);
  const journal = createSqliteJournal({ path, clock });
  t.after(() => journal.close());
  assert.match(journal.state, /^unavailable: unable to open/);
  journal.append(Array.from({ length: 1200 }, (_, i) => note(i + 1)));
  journal.intend({ instance: "api#1", incarnation: 2 });
  journal.remember("version", { of: 3 });
  assert.equal(journal.lastSeq, 1200);
  assert.equal(journal.query({ afterSeq: 1100 }).length, 100);
  assert.deepEqual(journal.recall("version"), { of: 3 });

  rmSync(path, { recursive: true });
  move(2000);
  assert.equal(journal.state, "available; 200 events were lost while it could not be written");
  assert.equal(journal.query({ limit: 5000 }).length, 1000);
  journal.close();
  const next = createSqliteJournal({ path, clock });
  assert.equal(next.incarnations().get("api#1"), 2);
  assert.deepEqual(next.recall("version"), { of: 3 });
  next.close();
});

test("sequence numbers that the file knows already are not written over", (t) => {
  const { path, clock } = place(t);
  const first = createSqliteJournal({ path, clock });
  first.append([note(1), note(2)]);
  first.close();
  const next = createSqliteJournal({ path, clock });
  t.after(() => next.close());
  next.append([note(1), note(2)]);
  next.append([note(3)]);
  assert.deepEqual(
    next.query({}).map(({ seq }) => seq),
    [1, 2, 3, 4, 5],
  );
  assert.equal(next.lastSeq, 5);
});

test("old events make room for new ones", (t) => {
  const { path, clock } = place(t);
  const journal = createSqliteJournal({ path, clock, eventsMax: 100 });
  t.after(() => journal.close());
  journal.append(Array.from({ length: 1000 }, (_, i) => note(i + 1)));
  assert.equal(journal.query({ limit: 5000 }).length, 100);
  assert.equal(journal.query({})[0]!.seq, 901);
});

test("SQLite is loaded only when a journal is opened", () => {
  const program = `
    await import(${JSON.stringify(new URL("sqlite-journal.ts", import.meta.url))});
    console.log(process.moduleLoadList.some((name) => name.includes("sqlite")));`;
  const run = spawnSync(
    process.execPath,
    ["--conditions=source", "--input-type=module", "-e", program],
    { timeout: 10_000 },
  );
  assert.equal(String(run.stdout).trim(), "false", String(run.stderr));
});
