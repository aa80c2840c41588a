// requests.ts: questions with an answer: storing, the user's own data, and why a state was chosen.

import { analysisState } from "./pipeline-events.ts";
import { RAW_EVENT_KINDS, rawEvent } from "./raw-event.ts";
import type { TypeOf } from "./shape.ts";
import { flag, integer, is, list, nullable, number, object, oneOf, tagged, text } from "./shape.ts";
import { count, durationMs, id, ratio, sentence, timeMs } from "./vocabulary.ts";

/** The answer when a request is not done. `retry`: the same request may succeed later. */
export const refusal = object({
  ok: is(false),
  code: oneOf(["BAD_REQUEST", "DISK_FULL", "STORE_FAILED", "STOPPING", "REDUCED", "NOT_FOUND"]),
  message: sentence,
  retry: flag,
});
export type Refusal = TypeOf<typeof refusal>;

/** Answer to `storage.store`, sent after the commit. */
export const storeDone = object({
  ok: is(true),
  accepted: count,
  /** Already stored: the same ids came before. */
  duplicate: count,
  /** Of the accepted: stored, but their window was closed. */
  late: count,
});
export type StoreDone = TypeOf<typeof storeDone>;

const RANGE = {
  fromMs: timeMs,
  toMs: timeMs,
  kinds: list(oneOf(RAW_EVENT_KINDS), RAW_EVENT_KINDS.length),
} as const;

/** `storage.query`: what is kept. Newest first, at most `limit`. */
export const storageQuery = object(
  { what: oneOf(["stats", "events", "hourly", "daily"]) },
  { ...RANGE, limit: integer(1, 2000) },
);
export type StorageQuery = TypeOf<typeof storageQuery>;

export const aggregate = object({
  startMs: timeMs,
  eventCount: count,
  keyCount: count,
  clickCount: count,
  switchCount: count,
  fileChangeCount: count,
  /** Time with activity, in steps of 30 s. */
  activeMs: durationMs,
  cpuRatioMean: nullable(ratio),
});
export type Aggregate = TypeOf<typeof aggregate>;

export const storageStats = object({
  storedEvents: count,
  lateEvents: count,
  duplicateEvents: count,
  databaseBytes: count,
  oldestMs: nullable(timeMs),
  newestMs: nullable(timeMs),
  batchesPublished: count,
});
export type StorageStats = TypeOf<typeof storageStats>;

export const storageQueryAnswer = tagged("what", {
  stats: object({ ok: is(true), what: is("stats"), stats: storageStats }),
  events: object({ ok: is(true), what: is("events"), events: list(rawEvent, 2000) }),
  hourly: object({ ok: is(true), what: is("hourly"), rows: list(aggregate, 2000) }),
  daily: object({ ok: is(true), what: is("daily"), rows: list(aggregate, 2000) }),
});
export type StorageQueryAnswer = TypeOf<typeof storageQueryAnswer>;

/** `storage.export`: writes a file only the user can read, in storage's own folder. */
export const storageExport = object(
  { format: oneOf(["json", "csv"]) },
  {
    ...RANGE,
    /** Replaces application names by their category and drops titles. */
    anonymise: flag,
  },
);
export type StorageExport = TypeOf<typeof storageExport>;
export const exportDone = object({ ok: is(true), file: text(4096), rows: count, bytes: count });
export type ExportDone = TypeOf<typeof exportDone>;

/**
 * `storage.delete`: raw events of the range, and the aggregates made of them. No range: everything.
 */
export const storageDelete = object({ confirm: is(true) }, RANGE);
export type StorageDelete = TypeOf<typeof storageDelete>;
export const deleteDone = object({ ok: is(true), deletedEvents: count, deletedAggregates: count });
export type DeleteDone = TypeOf<typeof deleteDone>;

/** `analysis.explain`: the latest state, or that of one window, with every contribution. */
export const analysisExplain = object({}, { windowStartMs: timeMs });
export type AnalysisExplain = TypeOf<typeof analysisExplain>;
export const explanation = object({
  ok: is(true),
  state: analysisState,
  features: list(object({ feature: text(64), valueRatio: ratio, text: sentence }), 64),
  contributions: list(
    object({ state: text(16), feature: text(64), contribution: number(-100, 100) }),
    512,
  ),
});
export type Explanation = TypeOf<typeof explanation>;

/** `gamification.progress`: the purse and what was reached; the request is empty. */
export const progressRequest = object({});
export const progress = object({
  ok: is(true),
  coins: count,
  xp: count,
  level: count,
  title: text(64),
  streakDays: count,
  focusMsToday: durationMs,
  goalMs: durationMs,
  achievements: list(object({ achievementId: id, name: text(64), reachedAtMs: timeMs }), 100),
});
export type Progress = TypeOf<typeof progress>;
