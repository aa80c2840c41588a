// storage.test.ts: stored once, acknowledged after the commit, cut by event time, and the user's to
// delete.
import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { RawBundle, RawEvent } from "@skelly-jelly/events";
import { check, checkAnswer } from "@skelly-jelly/events";
import { openStore } from "./database.ts";
import { createEventStore } from "./event-store.ts";
import { spanStart } from "./totals.ts";
import { anonymised, answerQuery, deleteEvents, exportEvents, forgetOld } from "./user-data.ts";

const NOW = 1_760_000_020_000;
const START = NOW - 10_000;
const clock = { nowMs: NOW, graceMs: 15_000, silentAfterMs: 600_000 };
const key = (id: string, timeMs: number): RawEvent => ({
  id,
  timeMs,
  source: "x11-input",
  kind: "key",
  keyClass: "letter",
  intervalMs: 120,
});
const bundle = (events: RawEvent[], watermarkMs: number | null = null): RawBundle => ({
  bundleId: "b",
  sessionId: "s-1",
  clock: "live",
  watermarkMs,
  events,
});

function fresh(t: { after(work: () => void): void }, bytesMax = 1e9) {
  const directory = mkdtempSync(join(tmpdir(), "skelly-storage-"));
  const store = openStore(directory, bytesMax);
  t.after(() => {
    if (store.db.isOpen) store.close();
    rmSync(directory, { recursive: true, force: true });
  });
  return { directory, store, events: createEventStore(store) };
}

test("an event that is delivered twice is stored once and counted as a duplicate", (t) => {
  const { events } = fresh(t);
  const sent = bundle([key("a", START), key("b", START)]);
  assert.deepEqual(events.put(sent, NOW), { ok: true, accepted: 2, duplicate: 0, late: 0 });
  const again = events.put(sent, NOW);
  assert.deepEqual(again, { ok: true, accepted: 0, duplicate: 2, late: 0 });
  assert.deepEqual(checkAnswer("storage.store", again), []);
  assert.equal(events.counters().stored, 2);
});

test("a window becomes one batch with one correlation id, then the next window opens", (t) => {
  const { events } = fresh(t);
  events.put(bundle([key("b", START + 5), key("a", START), key("c", START + 30_001)]), NOW);
  assert.equal(events.nextBatch(clock), null);
  events.put(bundle([], START + 30_000), NOW);
  const due = events.nextBatch(clock);
  assert.ok(due !== null);
  assert.deepEqual(check("storage.batch", due.batch), []);
  assert.deepEqual(
    due.batch.events.map(({ id }) => id),
    ["a", "b"],
  );
  assert.equal(due.batch.windowStartMs, START);
  assert.equal(due.batch.windowEndMs, START + 30_000);
  assert.match(due.batch.correlationId, /^c-[0-9a-f]{20}$/);
  assert.deepEqual(events.nextBatch(clock), due, "not closed before it was published");
  events.closed(due.line, due.batch);
  assert.equal(events.nextBatch(clock), null);
});

test("a late event is stored and counted, and its window is not published again", (t) => {
  const { events } = fresh(t);
  events.put(bundle([key("a", START)], START + 30_000), NOW);
  const first = events.nextBatch(clock);
  assert.ok(first !== null);
  events.closed(first.line, first.batch);
  assert.equal(events.put(bundle([key("z", START + 1)], START + 60_000), NOW).late, 1);
  const second = events.nextBatch(clock);
  assert.equal(second?.batch.windowStartMs, START + 30_000);
  assert.equal(second?.batch.lateCount, 1);
  assert.deepEqual(second?.batch.events, []);
  assert.equal(events.counters().late, 1);
});

test("windows survive a restart: what was open is closed by the next life", (t) => {
  const { directory, store, events } = fresh(t);
  events.put(bundle([key("a", START)]), NOW);
  store.close();
  const next = openStore(directory, 1e9);
  const reborn = createEventStore(next);
  reborn.put(bundle([], START + 30_000), NOW);
  assert.equal(reborn.nextBatch(clock)?.batch.events.length, 1);
  next.close();
});

test("a full disk refuses the whole bundle and keeps what was there", (t) => {
  const { store, events } = fresh(t, 200_000);
  let stored = 0;
  assert.throws(
    () => {
      for (let round = 0; round < 1000; round++) {
        const some = Array.from({ length: 100 }, (_, n) => key(`${round}-${n}`, START));
        stored += events.put(bundle(some), NOW).accepted;
      }
    },
    { errcode: 13 },
  );
  assert.ok(stored > 0);
  assert.equal(events.counters().stored, stored);
  assert.equal(Number(store.db.prepare("SELECT COUNT(*) AS n FROM events").get()?.["n"]), stored);
});

test("the database and exports are readable by their owner only", async (t) => {
  const { directory, store, events } = fresh(t);
  events.put(bundle([key("a", START), key("b", START + 1), key("c", START + 99_000)]), NOW);
  assert.equal(statSync(store.file).mode & 0o777, 0o600);
  const to = { directory, nowMs: NOW, signal: new AbortController().signal };
  const json = await exportEvents(store, { format: "json", toMs: START + 50_000 }, to);
  assert.deepEqual(checkAnswer("storage.export", json), []);
  assert.equal(statSync(json.file).mode & 0o777, 0o600);
  assert.deepEqual(
    JSON.parse(readFileSync(json.file, "utf8")).map((one: RawEvent) => one.id),
    ["a", "b"],
  );
  const csv = await exportEvents(store, { format: "csv" }, to);
  assert.equal(csv.rows, 3);
  assert.equal(readFileSync(csv.file, "utf8").trim().split("\n").length, 4);
});

test("an anonymised window event keeps its category and nothing else of the application", () => {
  const event: RawEvent = {
    ...{ id: "w", timeMs: START, source: "x11-window", kind: "window" },
    ...{ app: "firefox", category: "browser", previousFocusMs: 10, title: "Bank" },
  };
  assert.deepEqual(anonymised(event), { ...event, app: "browser", title: null });
});

test("hourly and daily totals outlive raw events, and deleting a range deletes both", (t) => {
  const { store, events, directory } = fresh(t);
  const stats = () => assert.fail("not asked for");
  events.put(bundle([key("a", START), key("b", START + 1)], START + 30_000), NOW);
  const due = events.nextBatch(clock);
  assert.ok(due !== null);
  events.closed(due.line, due.batch);
  const keep = { rawDays: 7, hourlyDays: 30, dailyDays: 365 };
  assert.equal(forgetOld(store, keep, NOW + 8 * 86_400_000), 2);
  const hourly = answerQuery(store, { what: "hourly" }, stats);
  assert.deepEqual(checkAnswer("storage.query", hourly), []);
  assert.ok(hourly.what === "hourly" && hourly.rows[0] !== undefined);
  assert.equal(hourly.rows[0].keyCount, 2);
  assert.equal(hourly.rows[0].activeMs, 30_000);
  forgetOld(store, keep, NOW + 31 * 86_400_000);
  assert.deepEqual(answerQuery(store, { what: "hourly" }, stats), { ...hourly, rows: [] });
  const daily = answerQuery(store, { what: "daily" }, stats);
  assert.ok(daily.what === "daily" && daily.rows[0]?.startMs === spanStart("day", START));
  const done = deleteEvents(store, { confirm: true });
  assert.deepEqual(checkAnswer("storage.delete", done), []);
  assert.deepEqual(answerQuery(store, { what: "daily" }, stats), { ...daily, rows: [] });
  assert.ok(readdirSync(directory).includes("events.db"));
});

test("deleted events are gone from the bytes of the file too", (t) => {
  const { store, events } = fresh(t);
  events.put(bundle([key("very-personal-marker", START)]), NOW);
  deleteEvents(store, { confirm: true, kinds: ["key"] });
  store.close();
  assert.equal(readFileSync(store.file).includes("very-personal-marker"), false);
});
