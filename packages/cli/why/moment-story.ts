// moment-story.ts: what happened to a module at a certain time, and why. Pure.

import { isTrigger } from "./episode.ts";
import type { Moment } from "./explanation.ts";
import { type Story, storyOf } from "./module-story.ts";
import { eventsOf, isWords, type Move, movesOf, type Past, upTo } from "./past.ts";
import { at } from "./words.ts";

/** How long what began then may take to come to an end. */
const OUTCOME_WITHIN_MS = 60_000;

const SETTLED: ReadonlySet<string> = new Set(["running", "completed", "failed", "stopped"]);

/** `past`: all that is known; its end is now. */
export function momentStory(id: string, past: Past, { fromMs, toMs }: Moment): Story {
  const own = eventsOf(past, id);
  const inside = own.filter(({ timeMs }) => timeMs >= fromMs && timeMs < toMs);
  const first = inside[0];
  if (first === undefined) return nothingThen(id, past, { fromMs, toMs });
  const lastMs = (inside.at(-1)?.timeMs ?? toMs) + OUTCOME_WITHIN_MS;
  const outcome = outcomeOf(movesOf(past, id), inside.at(-1)?.seq ?? 0, lastMs);
  const end = outcome ?? inside.at(-1) ?? first;
  const story = storyOf(id, upTo(past, end));
  const moves = movesWithin(past, id, first.seq, end.seq);
  const happened = headline(id, past, moves);
  if (happened === null) return story;
  const final = moves.at(-1);
  const then = final?.to === "running" ? `; it was running at ${at(final.timeMs, past.nowMs)}` : "";
  const why = story.cause === "" ? "nobody wrote down why" : story.cause;
  return { ...story, says: `${happened}: ${why}${then}` };
}

/** The move with which it came to rest; `null` when what is inside ends at rest already. */
function outcomeOf(moves: readonly Move[], seq: number, lastMs: number): Move | null {
  const present = moves.findLast((move) => move.seq <= seq);
  if (present === undefined || SETTLED.has(present.to)) return null;
  return (
    moves.find((move) => move.seq > seq && move.timeMs <= lastMs && SETTLED.has(move.to)) ?? null
  );
}

const movesWithin = (past: Past, id: string, fromSeq: number, toSeq: number): readonly Move[] =>
  movesOf(past, id).filter(({ seq }) => seq >= fromSeq && seq <= toSeq);

/** "storage was restarted at 12:03:04"; `null` when no state changed. */
function headline(id: string, past: Past, moves: readonly Move[]): string | null {
  const first = moves[0];
  const last = moves.at(-1);
  if (first === undefined || last === undefined) return null;
  const when = at(first.timeMs, past.nowMs);
  const before = movesOf(past, id).findLast(({ seq }) => seq < first.seq);
  const lived = before !== undefined && LIVED.has(first.from) && !first.cause.startsWith("adopted");
  if (last.to === "running" && last.from === "paused") return `${id} went on at ${when}`;
  if (last.to === "running") {
    if (first.cause.startsWith("adopted")) return `${id} was adopted at ${when}`;
    return `${id} was ${lived ? "restarted" : "started"} at ${when}`;
  }
  if (last.to === "stopped") return `${id} was stopped at ${when}`;
  if (last.to === "paused") return `${id} was paused at ${when}`;
  if (last.to === "failed") return `${id} failed for good at ${at(last.timeMs, past.nowMs)}`;
  if (last.to === "completed") return `${id} completed at ${at(last.timeMs, past.nowMs)}`;
  return `${id} ${isTrigger(first) ? "was stopped" : "broke down"} at ${when}`;
}

const LIVED: ReadonlySet<string> = new Set([
  "running",
  "starting",
  "paused",
  "backing-off",
  "stopping",
]);

function nothingThen(id: string, past: Past, { fromMs, toMs }: Moment): Story {
  const then = eventsOf(past, id).findLast(({ timeMs }) => timeMs < toMs);
  const when = at(fromMs, past.nowMs);
  if (then === undefined) {
    const first = eventsOf(past, id)[0];
    const since =
      first === undefined ? "" : `; what is known of it begins at ${at(first.timeMs, past.nowMs)}`;
    const says = `nothing is known of ${id} at ${when}${since}`;
    return { id, says, detail: says, cause: "", links: [], next: [] };
  }
  const was = { ...upTo(past, then), endMs: fromMs };
  const story = storyOf(id, was);
  const state = isWords(was, id).replace(/^is /, "was ").replace(/^has /, "had ");
  return {
    ...story,
    says: `nothing happened to ${id} at ${when}: it ${state} already (${story.says})`,
  };
}
