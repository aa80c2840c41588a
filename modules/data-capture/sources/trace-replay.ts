// trace-replay.ts: plays a recorded trace in event time: fast or slow, the windows come out the
// same.
import type { FileHandle } from "node:fs/promises";
import { open } from "node:fs/promises";
import type { RawEvent } from "@skelly-jelly/events";
import type { TraceHeader } from "@skelly-jelly/events/trace";
import { parseTraceHeader, parseTraceLine } from "@skelly-jelly/events/trace";
import { WINDOW_MS } from "../delivery.ts";
import type { Availability } from "../source.ts";

export type ReplayOptions = {
  readonly file: string;
  /** 60: a minute of the trace in a second. */
  readonly speed: number;
  /** `to-now`: its end is moved to the present; `none`: the times it was recorded at. */
  readonly shift: "to-now" | "none";
  /** Names this run, so that the same trace may be played again. */
  readonly runId: string;
  readonly nowMs: number;
  onNote(message: string): void;
};

export type Replay = {
  readonly sessionId: string;
  /** Reads the header; must say ok before `advance` is called. */
  open(): Promise<Availability>;
  /**
   * Lets `elapsedMs` pass; gives what is due while there is room, and holds its time when there is
   * none.
   */
  advance(elapsedMs: number, room: () => boolean, give: (event: RawEvent) => void): Promise<void>;
  /** No event older than this will be given any more; `null` before it was opened. */
  watermarkMs(): number | null;
  readonly done: boolean;
  readonly progressRatio: number;
  close(): Promise<void>;
};

export function createReplay(options: ReplayOptions): Replay {
  let handle: FileHandle | null = null;
  let lines: AsyncIterator<string> | null = null;
  let header: TraceHeader | null = null;
  let next: RawEvent | null = null;
  let startMs = 0;
  let positionMs = 0;
  let lineNumber = 1;
  let done = false;

  async function readNext(): Promise<void> {
    for (;;) {
      const line = await lines?.next();
      if (line === undefined || line.done === true) {
        next = null;
        done = true;
        return;
      }
      lineNumber += 1;
      if (line.value.trim() === "") continue;
      const parsed = parseTraceLine(line.value, startMs, `${options.runId}-${lineNumber}`);
      if (parsed.ok) {
        next = parsed.value;
        return;
      }
      options.onNote(`line ${lineNumber} of the trace is skipped: ${parsed.problem}`);
    }
  }

  return {
    sessionId: `replay-${options.runId}`,
    get done() {
      return done;
    },
    get progressRatio() {
      return header === null ? 0 : done ? 1 : Math.min(1, positionMs / header.durationMs);
    },
    async open() {
      try {
        handle = await open(options.file, "r");
      } catch (error) {
        return { ok: false, reason: `the trace cannot be read: ${(error as Error).message}` };
      }
      lines = handle.readLines()[Symbol.asyncIterator]();
      const first = await lines.next();
      const parsed = parseTraceHeader(first.done === true ? "" : first.value);
      if (!parsed.ok) return { ok: false, reason: `${options.file}:1: ${parsed.problem}` };
      header = parsed.value;
      const wanted = options.shift === "none" ? header.startMs : options.nowMs - header.durationMs;
      // On a window's edge, so that the trace's first window is a whole one.
      startMs = Math.floor(wanted / WINDOW_MS) * WINDOW_MS;
      await readNext();
      return { ok: true };
    },
    async advance(elapsedMs, room, give) {
      if (done || header === null) return;
      const reachedMs = positionMs + elapsedMs * options.speed;
      while (next !== null && next.timeMs - startMs <= reachedMs) {
        if (!room()) {
          // Time stands still for a replay that nobody takes: nothing is lost, nothing is hurried.
          positionMs = next.timeMs - startMs;
          return;
        }
        give(next);
        await readNext();
      }
      positionMs = reachedMs;
    },
    watermarkMs() {
      if (header === null) return null;
      if (next !== null) return next.timeMs;
      return Math.ceil((startMs + header.durationMs) / WINDOW_MS) * WINDOW_MS;
    },
    async close() {
      done = true;
      next = null;
      await lines?.return?.();
      await handle?.close().catch(() => undefined);
      handle = null;
    },
  };
}
