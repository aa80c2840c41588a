// trace.ts: the form of a recorded trace: a header line, then one raw event a line, by offset from
// the start.

import type { RawEvent } from "./raw-event.ts";
import { rawEvent } from "./raw-event.ts";
import type { TypeOf } from "./shape.ts";
import { integer, is, list, object, problemsOf, text } from "./shape.ts";
import { state, timeMs } from "./vocabulary.ts";

export const TRACE_FORMAT = "skelly-trace-1";

const traceHeader = object({
  trace: is(TRACE_FORMAT),
  name: text(64),
  /** How it came to be, for people. */
  origin: text(400),
  startMs: timeMs,
  durationMs: integer(1, 7 * 86_400_000),
  /** What it really was, by offset: what the analysis is judged against. */
  labels: list(
    object({ fromMs: integer(0, 7 * 86_400_000), toMs: integer(0, 7 * 86_400_000), state }),
    10_000,
  ),
});
export type TraceHeader = TypeOf<typeof traceHeader>;

type Without<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;
/** A raw event without what the replay gives it. */
export type TraceEvent = Without<RawEvent, "id" | "timeMs" | "source"> & {
  readonly offsetMs: number;
};

export type Parsed<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly problem: string };

export function parseTraceHeader(line: string): Parsed<TraceHeader> {
  const value = parseJson(line);
  const problems = problemsOf(traceHeader, value, "header");
  return problems.length === 0
    ? { ok: true, value: value as TraceHeader }
    : { ok: false, problem: problems.join("; ") };
}

/** One event of a trace, placed in time. */
export function parseTraceLine(line: string, startMs: number, id: string): Parsed<RawEvent> {
  const value = parseJson(line);
  if (typeof value !== "object" || value === null || !("offsetMs" in value)) {
    return { ok: false, problem: "not an event with an offsetMs" };
  }
  const { offsetMs, ...rest } = value as Record<string, unknown>;
  const event = { ...rest, id, timeMs: startMs + Number(offsetMs), source: "replay" };
  const problems = problemsOf(rawEvent, event, "event");
  return problems.length === 0
    ? { ok: true, value: event as unknown as RawEvent }
    : { ok: false, problem: problems.join("; ") };
}

export function formatTrace(header: TraceHeader, events: readonly TraceEvent[]): string {
  return `${[header, ...events].map((line) => JSON.stringify(line)).join("\n")}\n`;
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}
