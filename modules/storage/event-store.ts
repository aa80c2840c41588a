// event-store.ts: takes bundles in, once each, and closes windows out of what is stored.
import { createHash } from "node:crypto";
import type { RawBundle, RawEvent, SourceId, StorageBatch, StoreDone } from "@skelly-jelly/events";
import { BATCH_EVENTS_MAX } from "@skelly-jelly/events";
import type { Store } from "./database.ts";
import { addActive, addTotals } from "./totals.ts";
import type { Due, Line, LineClock } from "./windows.ts";
import { dueWindows, WINDOW_MS, windowOf } from "./windows.ts";

/** A producer's clock may be ahead; its promise is believed this far. */
const AHEAD_MAX_MS = 60_000;

export type EventStore = {
  /** Commits, then answers. Throws what the database throws; then nothing was stored. */
  put(bundle: RawBundle, nowMs: number): StoreDone;
  /** The next window that is due, read and ready to be published; `null` when none is. */
  nextBatch(clock: LineClock): { readonly line: Line; readonly batch: StorageBatch } | null;
  /** After the batch was published: its window is closed for good. */
  closed(line: Line, batch: StorageBatch): void;
  dueCount(clock: LineClock): number;
  counters(): { stored: number; late: number; duplicate: number; batches: number };
};

/** Kinds that show that somebody is there; load and processes go on by themselves. */
const ACTIVITY: ReadonlySet<RawEvent["kind"]> = new Set([
  "key",
  "pointer-move",
  "pointer-click",
  "pointer-scroll",
  "window",
  "file",
]);

/** Named by what it is, so that a batch published twice after a crash has the same name. */
const correlationOf = (batchId: string): string =>
  `c-${createHash("sha256").update(batchId).digest("hex").slice(0, 20)}`;

export function createEventStore(store: Store): EventStore {
  const { db } = store;
  const readLine = db.prepare("SELECT * FROM lines WHERE line = ?");
  const readLines = db.prepare("SELECT * FROM lines");
  const saveLine = db.prepare(
    "INSERT INTO lines (line, session, clock, next_window_ms, watermark_ms, heard_ms, late) " +
      "VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (line) DO UPDATE SET session = excluded.session, " +
      "watermark_ms = excluded.watermark_ms, heard_ms = excluded.heard_ms, " +
      "late = late + excluded.late",
  );
  const restLive = db.prepare("UPDATE lines SET heard_ms = 0 WHERE clock = 'live'");
  const moveLine = db.prepare(
    "UPDATE lines SET next_window_ms = ?, late = late - ? WHERE line = ?",
  );
  const insert = db.prepare(
    "INSERT OR IGNORE INTO events (id, line, session, kind, time_ms, window_ms, late, body) " +
      "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
  );
  const filled = db.prepare(
    "SELECT DISTINCT window_ms FROM events WHERE line = ? AND window_ms >= ? " +
      "ORDER BY window_ms LIMIT 200",
  );
  const windowEvents = db.prepare(
    "SELECT body FROM events WHERE line = ? AND window_ms = ? AND late = 0 " +
      "ORDER BY time_ms, id LIMIT ?",
  );
  const windowCount = db.prepare(
    "SELECT COUNT(*) AS n FROM events WHERE line = ? AND window_ms = ? AND late = 0",
  );
  const bump = db.prepare(
    "INSERT INTO counters (name, value) VALUES (?, ?) " +
      "ON CONFLICT (name) DO UPDATE SET value = value + excluded.value",
  );
  const readCounters = db.prepare("SELECT name, value FROM counters");

  const toLine = (row: Record<string, unknown>): Line => ({
    line: String(row["line"]),
    sessionId: String(row["session"]),
    clock: row["clock"] === "live" ? "live" : "replay",
    nextWindowMs: Number(row["next_window_ms"]),
    watermarkMs: row["watermark_ms"] === null ? null : Number(row["watermark_ms"]),
    heardMs: Number(row["heard_ms"]),
  });
  const dueOf = (line: Line, clock: LineClock): Due[] => {
    const starts = filled.all(line.line, line.nextWindowMs).map((row) => Number(row["window_ms"]));
    return dueWindows(line, starts, clock);
  };

  return {
    put(bundle, nowMs) {
      return store.transaction(() => {
        const name = bundle.clock === "live" ? "live" : bundle.sessionId;
        const row = readLine.get(name);
        const before = row === undefined ? null : toLine(row);
        const aheadMs = bundle.clock === "live" ? nowMs + AHEAD_MAX_MS : Number.MAX_SAFE_INTEGER;
        const promised = bundle.watermarkMs === null ? null : Math.min(bundle.watermarkMs, aheadMs);
        const firstMs = bundle.events.reduce((min, { timeMs }) => Math.min(min, timeMs), Infinity);
        const startMs = Number.isFinite(firstMs) ? firstMs : promised;
        const done = { accepted: 0, duplicate: 0, late: 0 };
        if (before === null && startMs === null) return { ok: true, ...done };
        const openMs = before?.nextWindowMs ?? windowOf(startMs ?? nowMs);
        const fresh: RawEvent[] = [];
        for (const event of bundle.events) {
          const windowMs = windowOf(event.timeMs);
          const late = windowMs < openMs ? 1 : 0;
          const { changes } = insert.run(
            ...[event.id, name, bundle.sessionId, event.kind, event.timeMs, windowMs, late],
            JSON.stringify(event),
          );
          if (Number(changes) === 0) done.duplicate += 1;
          else {
            fresh.push(event);
            done.late += late;
          }
        }
        done.accepted = fresh.length;
        const watermarkMs =
          promised === null
            ? (before?.watermarkMs ?? null)
            : Math.max(promised, before?.watermarkMs ?? promised);
        if (bundle.clock === "replay") restLive.run();
        saveLine.run(
          ...[name, bundle.sessionId, bundle.clock, openMs, watermarkMs, nowMs, done.late],
        );
        addTotals(store, fresh);
        for (const [counter, by] of Object.entries(done)) if (by > 0) bump.run(counter, by);
        return { ok: true, ...done };
      });
    },

    nextBatch(clock) {
      for (const row of readLines.all()) {
        const line = toLine(row);
        const due = dueOf(line, clock)[0];
        if (due === undefined) continue;
        const events = windowEvents
          .all(line.line, due.startMs, BATCH_EVENTS_MAX)
          .map((one) => JSON.parse(String(one["body"])) as RawEvent);
        const batchId = `${line.sessionId}:${due.startMs}`;
        return {
          line,
          batch: {
            batchId,
            correlationId: correlationOf(batchId),
            sessionId: line.sessionId,
            windowStartMs: due.startMs,
            windowEndMs: due.startMs + WINDOW_MS,
            clock: line.clock,
            closedBy: due.closedBy,
            events,
            eventCount: Number(windowCount.get(line.line, due.startMs)?.["n"] ?? 0),
            lateCount: Number(row["late"]),
            sources: [...new Set(events.map(({ source }): SourceId => source))],
          },
        };
      }
      return null;
    },

    closed(line, batch) {
      store.transaction(() => {
        moveLine.run(batch.windowEndMs, batch.lateCount, line.line);
        if (batch.events.some(({ kind }) => ACTIVITY.has(kind))) {
          addActive(store, batch.windowStartMs, WINDOW_MS);
        }
        bump.run("batches", 1);
      });
    },

    dueCount: (clock) =>
      readLines.all().reduce((sum, row) => sum + dueOf(toLine(row), clock).length, 0),

    counters() {
      const values = new Map(
        readCounters.all().map((row) => [String(row["name"]), Number(row["value"])]),
      );
      const of = (name: string): number => values.get(name) ?? 0;
      return {
        stored: of("accepted"),
        late: of("late"),
        duplicate: of("duplicate"),
        batches: of("batches"),
      };
    },
  };
}
