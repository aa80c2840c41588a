// source.ts: what a source of raw events is, and what it may give.
import type { RawEvent, SourceId } from "@skelly-jelly/events";

type Without<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;

/** What a source saw; the sink gives it its id, its time and its source. */
export type Captured = Without<RawEvent, "id" | "timeMs" | "source">;

export type Availability = { readonly ok: true } | { readonly ok: false; readonly reason: string };

export type Sink = {
  emit(seen: Captured): void;
  /** True while storage does not keep up: give less. */
  readonly pressed: boolean;
};

/** Asks the machine only for what it needs; a machine that lacks it says so and nothing breaks. */
export type Source = {
  readonly id: SourceId;
  available(): Promise<Availability>;
  start(sink: Sink): void | Promise<void>;
  stop(): void | Promise<void>;
  /** How often `sample` is called; 0: never. */
  readonly everyMs: number;
  sample(nowMs: number): void;
};

/** Kinds that show that somebody is there. */
export const isActivity = (kind: RawEvent["kind"]): boolean =>
  kind !== "load" && kind !== "process";

/**
 * Closed while an application is in front that the user wants ignored: then nothing is captured.
 */
export type Gate = { open: boolean };
