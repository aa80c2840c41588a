// intent-reserve.test.ts: what was intended while the journal could not be written is remembered.
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { openIntentReserve } from "./intent-reserve.ts";
import { createSqliteJournal } from "./sqlite-journal.ts";
import { createSystemClock } from "./system-clock.ts";

test("the highest number of each instance is kept, in a file that never grows", (t) => {
  const directory = mkdtempSync(join(tmpdir(), "skelly-reserve-"));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  const path = join(directory, "reserve");
  const first = openIntentReserve(path);
  const bytes = statSync(path).size;
  for (let number = 1; number <= 5000; number += 1) {
    first.note("api#1", number);
    first.note("web#1", 1);
  }
  first.close();
  const next = openIntentReserve(path);
  assert.deepEqual(Object.fromEntries(next.read()), { "api#1": 5000, "web#1": 1 });
  assert.equal(statSync(path).size, bytes);
  next.clear();
  assert.equal(next.read().size, 0);
  next.note("api#1", 7);
  assert.deepEqual(Object.fromEntries(next.read()), { "api#1": 7 });
  next.close();
});

test("an intent that no journal could take is known to the next journal", (t) => {
  const directory = mkdtempSync(join(tmpdir(), "skelly-reserve-"));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  const path = join(directory, "journal.db");
  const clock = createSystemClock({ keepAlive: false });
  // Whatever the reason: this one cannot be opened.
  mkdirSync(path);
  const broken = createSqliteJournal({ path, clock });
  assert.match(broken.state, /^unavailable/);
  broken.intend({ instance: "api#1", incarnation: 3 });
  broken.close();
  const alsoBroken = createSqliteJournal({ path, clock });
  assert.equal(alsoBroken.incarnations().get("api#1"), 3);
  alsoBroken.close();
  rmdirSync(path);
  for (const _ of ["from the reserve", "from the file"]) {
    const journal = createSqliteJournal({ path, clock });
    assert.equal(journal.incarnations().get("api#1"), 3);
    journal.close();
  }
});
