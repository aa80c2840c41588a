// raw-event.ts: what capture may know. Classes, counts and timing; there is no field for what was
// typed or read.

import type { TypeOf } from "./shape.ts";
import { integer, list, nullable, number, object, oneOf, tagged, text } from "./shape.ts";
import {
  APP_CATEGORIES,
  count,
  durationMs,
  FILE_CLASSES,
  id,
  KEY_CLASSES,
  ratio,
  SOURCES,
  timeMs,
} from "./vocabulary.ts";

/** Raw events in one request to storage. */
export const BUNDLE_EVENTS_MAX = 500;

const HEAD = { id, timeMs, source: oneOf(SOURCES) } as const;
const kind = <const K extends string>(word: K) => oneOf([word] as const);

export const rawEvent = tagged("kind", {
  key: object({
    ...HEAD,
    kind: kind("key"),
    keyClass: oneOf(KEY_CLASSES),
    /** Since the key before; `null` for the first after a pause of the source. */
    intervalMs: nullable(durationMs),
  }),
  /** Movement is coalesced: one event for many small steps. */
  "pointer-move": object({
    ...HEAD,
    kind: kind("pointer-move"),
    distancePx: number(0, 1e7),
    movedForMs: durationMs,
    /** Change of direction against the move before; `null` when there was none. */
    turnDegrees: nullable(number(0, 180)),
  }),
  "pointer-click": object({
    ...HEAD,
    kind: kind("pointer-click"),
    button: oneOf(["left", "middle", "right", "other"]),
    clickCount: integer(1, 3),
  }),
  "pointer-scroll": object({ ...HEAD, kind: kind("pointer-scroll"), stepCount: count }),
  /** Another window has the focus. */
  window: object({
    ...HEAD,
    kind: kind("window"),
    app: text(64),
    category: oneOf(APP_CATEGORIES),
    /** How long the window before had the focus. */
    previousFocusMs: nullable(durationMs),
    /** Masked; `null` unless the user turned titles on. */
    title: nullable(text(120)),
  }),
  process: object({
    ...HEAD,
    kind: kind("process"),
    runningCount: count,
    startedCount: count,
    endedCount: count,
    busiestCategory: nullable(oneOf(APP_CATEGORIES)),
    /** Share of all cores that the busiest category used. */
    busiestCpuRatio: ratio,
  }),
  load: object({
    ...HEAD,
    kind: kind("load"),
    /** `null`, here and below: this machine does not tell. */
    cpuRatio: nullable(ratio),
    memoryRatio: nullable(ratio),
    loadAverage: nullable(number(0, 1e6)),
    diskBytesPerSecond: nullable(number(0, 1e12)),
    networkBytesPerSecond: nullable(number(0, 1e12)),
  }),
  file: object({
    ...HEAD,
    kind: kind("file"),
    fileClass: oneOf(FILE_CLASSES),
    changedCount: count,
    renamedCount: count,
  }),
});
export type RawEvent = TypeOf<typeof rawEvent>;
export type RawEventKind = RawEvent["kind"];
export const RAW_EVENT_KINDS = [
  "key",
  "pointer-move",
  "pointer-click",
  "pointer-scroll",
  "window",
  "process",
  "load",
  "file",
] as const satisfies readonly RawEventKind[];

/** `capture.raw`, and the body of `storage.store`. */
export const rawBundle = object({
  bundleId: id,
  sessionId: id,
  /**
   * `live` events carry the time of now; `replay` events the time they were recorded at, shifted or
   * not.
   */
  clock: oneOf(["live", "replay"]),
  /**
   * Producer's promise: no event older than this will follow. Closes windows in event time;
   * `null`: no promise yet.
   */
  watermarkMs: nullable(timeMs),
  events: list(rawEvent, BUNDLE_EVENTS_MAX),
});
export type RawBundle = TypeOf<typeof rawBundle>;
