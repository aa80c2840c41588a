// memory.ts: what a session remembers from window to window. Plain data: it is kept in a file.
import type { AppCategory, State, StorageBatch } from "@skelly-jelly/events";
import type { Facts } from "./facts.ts";
import { isEvidence } from "./facts.ts";

export type Memory = {
  readonly sessionId: string;
  readonly firstMs: number;
  /** End of the latest window; an earlier one that comes again is not new. */
  readonly seenUntilMs: number;
  readonly lastActivityMs: number;
  readonly windowKnown: boolean;
  readonly focusSinceMs: number | null;
  readonly app: string | null;
  readonly category: AppCategory | null;
  readonly probabilities: Readonly<Partial<Record<State, number>>> | null;
  readonly state: State | null;
  readonly stateSinceMs: number;
  readonly productiveWindows: number;
  readonly distractedWindows: number;
  readonly distractions: number;
  /** Mean interval between keys early in the session: tiredness shows against it. */
  readonly freshIntervalMs: number | null;
  readonly typedWindows: number;
};

const FRESH_WINDOWS = 10;

export const newMemory = (batch: StorageBatch): Memory => ({
  sessionId: batch.sessionId,
  firstMs: batch.windowStartMs,
  seenUntilMs: batch.windowStartMs,
  lastActivityMs: batch.windowStartMs,
  windowKnown: false,
  focusSinceMs: null,
  app: null,
  category: null,
  probabilities: null,
  state: null,
  stateSinceMs: batch.windowStartMs,
  productiveWindows: 0,
  distractedWindows: 0,
  distractions: 0,
  freshIntervalMs: null,
  typedWindows: 0,
});

/** What is known after the window's events; its state comes later. */
export function remember(memory: Memory, batch: StorageBatch, facts: Facts): Memory {
  const window = batch.events.findLast((event) => event.kind === "window");
  const activity = batch.events.findLast(isEvidence);
  const typed = facts.meanIntervalMs > 0 && memory.typedWindows < FRESH_WINDOWS;
  const fresh = memory.freshIntervalMs ?? facts.meanIntervalMs;
  return {
    ...memory,
    seenUntilMs: batch.windowEndMs,
    lastActivityMs: Math.max(memory.lastActivityMs, activity?.timeMs ?? 0),
    ...(window?.kind === "window"
      ? {
          windowKnown: true,
          focusSinceMs: window.timeMs,
          app: window.app,
          category: window.category,
        }
      : {}),
    ...(typed
      ? {
          freshIntervalMs:
            (fresh * memory.typedWindows + facts.meanIntervalMs) / (memory.typedWindows + 1),
          typedWindows: memory.typedWindows + 1,
        }
      : {}),
  };
}

/** What is known after its state was decided. */
export function conclude(
  memory: Memory,
  state: State,
  probabilities: Memory["probabilities"],
  windowStartMs: number,
): Memory {
  const changed = memory.state !== state;
  const productive = state === "flow" || state === "hyperfocus";
  return {
    ...memory,
    state,
    probabilities,
    stateSinceMs: changed ? windowStartMs : memory.stateSinceMs,
    productiveWindows: memory.productiveWindows + (productive ? 1 : 0),
    distractedWindows: memory.distractedWindows + (state === "distracted" ? 1 : 0),
    distractions: memory.distractions + (changed && state === "distracted" ? 1 : 0),
  };
}
