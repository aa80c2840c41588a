// event-queue.ts: what waits for storage. Bounded; captured = stored + dropped + waiting, always.

import type { RawEvent } from "@skelly-jelly/events";
import { BUNDLE_EVENTS_MAX } from "@skelly-jelly/events";

export type QueueCounters = {
  readonly captured: number;
  readonly stored: number;
  readonly dropped: number;
  readonly waiting: number;
};

export type EventQueue = {
  push(event: RawEvent): void;
  /** The next events to send; the same ones again until `settle` says what became of them. */
  take(): readonly RawEvent[];
  settle(outcome: "stored" | "dropped"): void;
  /** Time of the oldest event behind those taken; `null` when there is none. */
  oldestBehindMs(): number | null;
  /** Gives up all that waits; returns how many. */
  dropAll(): number;
  /** Share of its room that is used, 0..1. */
  fullness(): number;
  counters(): QueueCounters;
};

/** Drops the oldest that is not on its way when full: newer behaviour says more about now. */
export function createEventQueue(eventsMax: number): EventQueue {
  const waiting: RawEvent[] = [];
  let taken: readonly RawEvent[] = [];
  let captured = 0;
  let stored = 0;
  let dropped = 0;
  return {
    push(event) {
      captured += 1;
      waiting.push(event);
      if (waiting.length + taken.length > eventsMax) {
        waiting.shift();
        dropped += 1;
      }
    },
    take() {
      if (taken.length === 0) taken = waiting.splice(0, BUNDLE_EVENTS_MAX);
      return taken;
    },
    settle(outcome) {
      if (outcome === "stored") stored += taken.length;
      else dropped += taken.length;
      taken = [];
    },
    oldestBehindMs() {
      // Sources stamp in order, replays are sorted; only the first can be the oldest.
      return waiting[0]?.timeMs ?? null;
    },
    dropAll() {
      const lost = waiting.length + taken.length;
      dropped += lost;
      waiting.length = 0;
      taken = [];
      return lost;
    },
    fullness: () => (waiting.length + taken.length) / eventsMax,
    counters: () => ({ captured, stored, dropped, waiting: waiting.length + taken.length }),
  };
}
