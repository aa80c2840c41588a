// adoption-link.ts: that an orchestrator had ended without a word, as the adoption of its modules shows. Pure.
import type { SystemEvent } from "@skelly-jelly/contract";
import type { Told } from "./episode.ts";
import type { Move, Past } from "./past.ts";
import { at } from "./words.ts";

/** `null` when the journal no longer goes back that far. */
export function adoptionLink(adopted: Move, past: Past): Told | null {
  const before = past.events.findLast((event) => event.seq < adopted.seq && !isArrival(event));
  if (before === undefined) return null;
  const when = at(before.timeMs, past.nowMs);
  return {
    seq: before.seq + 0.5,
    timeMs: before.timeMs,
    module: null,
    fact: `the orchestrator before it ended without a word, after ${when} (the last it wrote)`,
    because: null,
  };
}

/** What a new orchestrator says first: its modules leave `not-started`. */
const isArrival = (event: SystemEvent): boolean =>
  (event.type === "module-state-changed" && event.from === "not-started") ||
  (event.type === "system-status-changed" && event.from === "stopped" && event.to === "starting");
