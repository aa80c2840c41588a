// user-data.ts: what is kept belongs to the user: look at it, take it away, delete it; and what
// time deletes.
import { mkdirSync, statSync } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import type {
  DeleteDone,
  ExportDone,
  RawEvent,
  RawEventKind,
  StorageDelete,
  StorageExport,
  StorageQuery,
  StorageQueryAnswer,
  StorageStats,
} from "@skelly-jelly/events";
import type { Store } from "./database.ts";
import { deleteTotals, readTotals } from "./totals.ts";

/** An answer must fit one message of the bus. */
const ANSWER_EVENTS_MAX = 2000;
const EXPORT_PAGE = 2000;
const DAY_MS = 86_400_000;

type Chosen = { readonly fromMs?: number; readonly toMs?: number };
const rangeOf = (chosen: Chosen): { fromMs: number; toMs: number } => ({
  fromMs: chosen.fromMs ?? 0,
  toMs: chosen.toMs ?? Number.MAX_SAFE_INTEGER,
});
const marks = (list: readonly unknown[]): string => list.map(() => "?").join(", ");
const kindsClause = (kinds: readonly RawEventKind[] | undefined): string =>
  kinds === undefined ? "" : ` AND kind IN (${marks(kinds)})`;

export function answerQuery(
  store: Store,
  asked: StorageQuery,
  stats: () => StorageStats,
): StorageQueryAnswer {
  const range = { ...rangeOf(asked), limit: asked.limit ?? 200 };
  if (asked.what === "stats") return { ok: true, what: "stats", stats: stats() };
  if (asked.what === "hourly") {
    return { ok: true, what: "hourly", rows: readTotals(store, "hour", range) };
  }
  if (asked.what === "daily") {
    return { ok: true, what: "daily", rows: readTotals(store, "day", range) };
  }
  const rows = store.db
    .prepare(
      `SELECT body FROM events WHERE time_ms >= ? AND time_ms < ?${kindsClause(asked.kinds)} ` +
        "ORDER BY time_ms DESC, id DESC LIMIT ?",
    )
    .all(
      ...[range.fromMs, range.toMs, ...(asked.kinds ?? [])],
      Math.min(range.limit, ANSWER_EVENTS_MAX),
    );
  const events = rows.map((row) => JSON.parse(String(row["body"])) as RawEvent);
  return { ok: true, what: "events", events };
}

/** Without names and titles: what it was for, not what it was. */
export function anonymised(event: RawEvent): RawEvent {
  return event.kind === "window" ? { ...event, app: event.category, title: null } : event;
}

const CSV_COLUMNS = ["timeMs", "kind", "source", "session", "details"] as const;
const csv = (value: unknown): string => `"${String(value).replaceAll('"', '""')}"`;

/** Writes page by page: an export may be far larger than memory. */
export async function exportEvents(
  store: Store,
  asked: StorageExport,
  to: { readonly directory: string; readonly nowMs: number; readonly signal: AbortSignal },
): Promise<ExportDone> {
  const folder = join(to.directory, "exports");
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const file = join(folder, `export-${to.nowMs}.${asked.format}`);
  const range = rangeOf(asked);
  const page = store.db.prepare(
    `SELECT id, time_ms, session, body FROM events WHERE (time_ms, id) > (?, ?) AND time_ms < ?` +
      `${kindsClause(asked.kinds)} ORDER BY time_ms, id LIMIT ${EXPORT_PAGE}`,
  );
  await using handle = await open(file, "wx", 0o600);
  await handle.write(asked.format === "csv" ? `${CSV_COLUMNS.join(",")}\n` : "[");
  let rows = 0;
  let after: [number, string] = [range.fromMs - 1, "\uffff"];
  for (;;) {
    to.signal.throwIfAborted();
    const read = page.all(after[0], after[1], range.toMs, ...(asked.kinds ?? []));
    const lines = read.map((row) => {
      const stored = JSON.parse(String(row["body"])) as RawEvent;
      const event = asked.anonymise === true ? anonymised(stored) : stored;
      rows += 1;
      if (asked.format === "json") return `${rows === 1 ? "\n" : ",\n"}${JSON.stringify(event)}`;
      const { id: _id, timeMs, kind, source, ...details } = event;
      return `${[timeMs, kind, source, row["session"], JSON.stringify(details)].map(csv).join(",")}\n`;
    });
    if (lines.length > 0) await handle.write(lines.join(""));
    const last = read.at(-1);
    if (last === undefined || read.length < EXPORT_PAGE) break;
    after = [Number(last["time_ms"]), String(last["id"])];
  }
  if (asked.format === "json") await handle.write("\n]\n");
  return { ok: true, file, rows, bytes: statSync(file).size };
}

/** Deletes for good: pages are overwritten, the log of writes is emptied too. */
export function deleteEvents(store: Store, asked: StorageDelete): DeleteDone {
  const range = rangeOf(asked);
  const done = store.transaction(() => ({
    deletedEvents: Number(
      store.db
        .prepare(`DELETE FROM events WHERE time_ms >= ? AND time_ms < ?${kindsClause(asked.kinds)}`)
        .run(range.fromMs, range.toMs, ...(asked.kinds ?? [])).changes,
    ),
    deletedAggregates: deleteTotals(store, range, asked.kinds ?? null),
  }));
  store.db.exec("PRAGMA wal_checkpoint(TRUNCATE)");
  return { ok: true, ...done };
}

export type Retention = {
  readonly rawDays: number;
  readonly hourlyDays: number;
  readonly dailyDays: number;
};

/** What is older than the user allows goes. Returns how many raw events went. */
export function forgetOld(store: Store, keep: Retention, nowMs: number): number {
  return store.transaction(() => {
    const totals = store.db.prepare("DELETE FROM totals WHERE span = ? AND start_ms < ?");
    totals.run("hour", nowMs - keep.hourlyDays * DAY_MS);
    totals.run("day", nowMs - keep.dailyDays * DAY_MS);
    const rawBefore = nowMs - keep.rawDays * DAY_MS;
    store.db
      .prepare("DELETE FROM lines WHERE clock = 'replay' AND heard_ms < ?")
      .run(nowMs - DAY_MS);
    return Number(store.db.prepare("DELETE FROM events WHERE time_ms < ?").run(rawBefore).changes);
  });
}
