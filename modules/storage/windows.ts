// windows.ts: which windows are due. Pure: event time in, windows out.

export const WINDOW_MS = 30_000;
/** A longer stretch without any event is not filled with empty windows: the machine slept. */
const EMPTY_IN_A_ROW_MAX = 10;
/** Windows closed in one go; the rest waits for the next. */
const DUE_MAX = 100;

/** One stream of windows: the live one, or one for each replay. */
export type Line = {
  readonly line: string;
  readonly sessionId: string;
  readonly clock: "live" | "replay";
  /** Start of the first window that is still open. */
  readonly nextWindowMs: number;
  /** Its producer's promise: nothing older will follow. */
  readonly watermarkMs: number | null;
  /** Wall clock, when its producer was last heard. */
  readonly heardMs: number;
};

export type Due = {
  readonly startMs: number;
  readonly closedBy: "watermark" | "clock";
};

export type LineClock = {
  readonly nowMs: number;
  /**
   * A live line whose producer is silent is closed by the clock, this long after a window's end.
   */
  readonly graceMs: number;
  /** After so much silence the line rests: an empty window would claim that nothing happened. */
  readonly silentAfterMs: number;
};

export const windowOf = (timeMs: number): number => Math.floor(timeMs / WINDOW_MS) * WINDOW_MS;

/** Event time up to which the line's windows are closed, and by what. */
export function horizonOf(line: Line, clock: LineClock): { ms: number; by: Due["closedBy"] } {
  const byWatermark = line.watermarkMs ?? Number.NEGATIVE_INFINITY;
  const silenceMs = clock.nowMs - line.heardMs;
  const byClock =
    line.clock === "live" && silenceMs > clock.graceMs && silenceMs < clock.silentAfterMs
      ? clock.nowMs - clock.graceMs
      : Number.NEGATIVE_INFINITY;
  return byClock > byWatermark
    ? { ms: byClock, by: "clock" }
    : { ms: byWatermark, by: "watermark" };
}

/** Windows to close now, in order. `filled`: starts of open windows that hold events, ascending. */
export function dueWindows(line: Line, filled: readonly number[], clock: LineClock): Due[] {
  const horizon = horizonOf(line, clock);
  const due: Due[] = [];
  let cursor = line.nextWindowMs;
  const emptyUpTo = (endMs: number): void => {
    if ((endMs - cursor) / WINDOW_MS <= EMPTY_IN_A_ROW_MAX) {
      for (; cursor < endMs; cursor += WINDOW_MS) {
        due.push({ startMs: cursor, closedBy: horizon.by });
      }
    }
    cursor = Math.max(cursor, endMs);
  };
  for (const startMs of filled) {
    if (startMs + WINDOW_MS > horizon.ms) break;
    emptyUpTo(startMs);
    due.push({ startMs, closedBy: horizon.by });
    cursor = startMs + WINDOW_MS;
    if (due.length >= DUE_MAX) return due.slice(0, DUE_MAX);
  }
  const lastEndMs = windowOf(horizon.ms);
  if (Number.isFinite(lastEndMs) && lastEndMs > cursor) emptyUpTo(lastEndMs);
  return due.slice(0, DUE_MAX);
}
