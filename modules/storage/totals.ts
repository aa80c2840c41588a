// totals.ts: what is kept of a time when its raw events are gone: counts by hour and by day.
import type { Aggregate, RawEvent, RawEventKind } from "@skelly-jelly/events";
import type { Store } from "./database.ts";

export type Span = "hour" | "day";
export const SPANS = ["hour", "day"] as const satisfies readonly Span[];

export type Totals = {
  events: number;
  keys: number;
  clicks: number;
  switches: number;
  fileChanges: number;
  activeMs: number;
  loads: number;
  cpuRatioSum: number;
};

/** Hours as in UTC; days as the user's calendar has them. */
export function spanStart(span: Span, timeMs: number): number {
  if (span === "hour") return Math.floor(timeMs / 3_600_000) * 3_600_000;
  const day = new Date(timeMs);
  day.setHours(0, 0, 0, 0);
  return day.getTime();
}

export function spanEnd(span: Span, startMs: number): number {
  if (span === "hour") return startMs + 3_600_000;
  const day = new Date(startMs);
  // The calendar knows days of 23 and 25 hours.
  day.setDate(day.getDate() + 1);
  return day.getTime();
}

const none = (): Totals => ({
  events: 0,
  keys: 0,
  clicks: 0,
  switches: 0,
  fileChanges: 0,
  activeMs: 0,
  loads: 0,
  cpuRatioSum: 0,
});

/** Counts events by the start of their span. */
export function totalsOf(span: Span, events: readonly RawEvent[]): Map<number, Totals> {
  const spans = new Map<number, Totals>();
  for (const event of events) {
    const startMs = spanStart(span, event.timeMs);
    const totals = spans.get(startMs) ?? none();
    spans.set(startMs, totals);
    totals.events += 1;
    if (event.kind === "key") totals.keys += 1;
    if (event.kind === "pointer-click") totals.clicks += 1;
    if (event.kind === "window") totals.switches += 1;
    if (event.kind === "file") totals.fileChanges += event.changedCount + event.renamedCount;
    if (event.kind === "load" && event.cpuRatio !== null) {
      totals.loads += 1;
      totals.cpuRatioSum += event.cpuRatio;
    }
  }
  return spans;
}

const ADD = `
INSERT INTO totals (span, start_ms, events, keys, clicks, switches, file_changes, active_ms, loads,
  cpu_ratio_sum) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (span, start_ms) DO UPDATE SET events = events + excluded.events,
  keys = keys + excluded.keys, clicks = clicks + excluded.clicks,
  switches = switches + excluded.switches, file_changes = file_changes + excluded.file_changes,
  active_ms = active_ms + excluded.active_ms, loads = loads + excluded.loads,
  cpu_ratio_sum = cpu_ratio_sum + excluded.cpu_ratio_sum`;

/** Adds to the totals. Inside the caller's transaction. */
export function addTotals(store: Store, events: readonly RawEvent[]): void {
  const add = store.db.prepare(ADD);
  for (const span of SPANS) {
    for (const [startMs, t] of totalsOf(span, events)) {
      add.run(
        ...[span, startMs, t.events, t.keys, t.clicks, t.switches, t.fileChanges],
        ...[t.activeMs, t.loads, t.cpuRatioSum],
      );
    }
  }
}

/** Adds time in which something was done. Inside the caller's transaction. */
export function addActive(store: Store, timeMs: number, activeMs: number): void {
  const add = store.db.prepare(ADD);
  for (const span of SPANS) add.run(span, spanStart(span, timeMs), 0, 0, 0, 0, 0, activeMs, 0, 0);
}

export function readTotals(
  store: Store,
  span: Span,
  range: { readonly fromMs: number; readonly toMs: number; readonly limit: number },
): Aggregate[] {
  const rows = store.db
    .prepare(
      "SELECT * FROM totals WHERE span = ? AND start_ms >= ? AND start_ms < ? " +
        "ORDER BY start_ms DESC LIMIT ?",
    )
    .all(span, range.fromMs, range.toMs, range.limit);
  return rows.map((row) => ({
    startMs: Number(row["start_ms"]),
    eventCount: Number(row["events"]),
    keyCount: Number(row["keys"]),
    clickCount: Number(row["clicks"]),
    switchCount: Number(row["switches"]),
    fileChangeCount: Number(row["file_changes"]),
    activeMs: Number(row["active_ms"]),
    cpuRatioMean:
      Number(row["loads"]) === 0
        ? null
        : Math.min(1, Number(row["cpu_ratio_sum"]) / Number(row["loads"])),
  }));
}

/** Columns that hold what is known of a kind. */
const COLUMNS_OF: Partial<Record<RawEventKind, string>> = {
  key: "keys = 0",
  "pointer-click": "clicks = 0",
  window: "switches = 0",
  file: "file_changes = 0",
  load: "loads = 0, cpu_ratio_sum = 0",
};

/**
 * Deletes the totals of every span that the range touches; with `kinds`, only what is known of
 * these.
 */
export function deleteTotals(
  store: Store,
  range: { readonly fromMs: number; readonly toMs: number },
  kinds: readonly RawEventKind[] | null,
): number {
  let changed = 0;
  for (const span of SPANS) {
    const rows = store.db.prepare("SELECT start_ms FROM totals WHERE span = ?").all(span);
    for (const row of rows) {
      const startMs = Number(row["start_ms"]);
      if (startMs >= range.toMs || spanEnd(span, startMs) <= range.fromMs) continue;
      const sets = (kinds ?? []).map((kind) => COLUMNS_OF[kind]).filter((set) => set !== undefined);
      if (kinds !== null && sets.length === 0) continue;
      const sql =
        kinds === null
          ? "DELETE FROM totals WHERE span = ? AND start_ms = ?"
          : `UPDATE totals SET ${sets.join(", ")} WHERE span = ? AND start_ms = ?`;
      changed += Number(store.db.prepare(sql).run(span, startMs).changes);
    }
  }
  return changed;
}
