// episode.ts: the part of a module's past that its present state comes from, told fact by fact. Pure.
import type { SystemEvent } from "@skelly-jelly/contract";
import { duration, size } from "../render/amounts.ts";
import type { Link } from "./explanation.ts";
import { eventsOf, type Move, movesOf, type Past } from "./past.ts";
import { causeWords, dependencyIn, isAsked, shortly } from "./words.ts";

/** With its place in the journal, so that links of several modules can be put in order. */
export type Told = Link & { readonly seq: number };

/** A life this long has nothing to do with the failure before it. */
const CALM_MS = 60_000;

/** Ends with the moment of `past`; begins with what set it off. */
export function episodeOf(id: string, past: Past): readonly SystemEvent[] {
  const fromSeq = beginning(movesOf(past, id));
  return eventsOf(past, id).filter(({ seq }) => seq >= fromSeq);
}

function beginning(moves: readonly Move[]): number {
  for (let index = moves.length - 1; index >= 0; index--) {
    const move = moves[index] as Move;
    const next = moves[index + 1];
    const calm = next !== undefined && next.timeMs - move.timeMs >= CALM_MS;
    if (calm && (move.to === "running" || move.to === "completed")) return move.seq + 1;
    if (!isTrigger(move)) continue;
    // A restart says its cause twice: when it stops, and when it is to start again.
    const before = moves[index - 1];
    return before?.cause === move.cause && before.to === "stopping" ? before.seq : move.seq;
  }
  return 0;
}

/** Set off by somebody or something else than its own failure. */
export const isTrigger = ({ cause }: Move): boolean =>
  isAsked(cause) || isOfConfig(cause) || dependencyIn(cause) !== null;

export const isOfConfig = (cause: string): boolean =>
  /^its .* changed( while no orchestrator looked)?$|^back to its last good/.test(cause);

/** Its own failure, as against being stopped: the moves at which something broke. */
export function fallsOf(episode: readonly SystemEvent[]): readonly Move[] {
  return episode.filter(
    (event, index): event is Move =>
      event.type === "module-state-changed" && isFall(event, moveBefore(episode, index)),
  );
}

function isFall(move: Move, before: Move | null): boolean {
  if (move.to === "stopping") return isOwnFailure(move);
  // A failure may be an older one, which the module still carries along.
  const fresh = move.failure !== null && move.cause.startsWith(move.failure.message);
  if (!fresh || !FELL.has(move.to)) return false;
  // Its end after a stop for that very failure is no second one, but giving up is.
  if (move.from === "stopping") return before === null || before.cause !== move.failure?.message;
  return move.from === "starting" || move.from === "running" || move.from === "paused";
}

const FELL: ReadonlySet<string> = new Set(["waiting", "backing-off", "failed", "stopped"]);

/** It is stopped because it failed: the cause is then a failure's sentence, which begins with its name. */
const isOwnFailure = ({ module, cause }: Move): boolean => cause.startsWith(`'${module}' `);

function moveBefore(events: readonly SystemEvent[], index: number): Move | null {
  for (let at = index - 1; at >= 0; at--) {
    const event = events[at];
    if (event?.type === "module-state-changed") return event;
  }
  return null;
}

export const fallWords = (fall: Move): string =>
  shortly(fall.to === "stopping" ? fall.cause : (fall.failure?.message ?? fall.cause), fall.module);

export function tellEpisode(episode: readonly SystemEvent[], id: string): Told[] {
  return episode.flatMap((event, index) => {
    const said = tell(event, moveBefore(episode, index), id);
    if (said === null) return [];
    return [{ seq: event.seq, timeMs: event.timeMs, module: id, ...said }];
  });
}

type Said = { readonly fact: string; readonly because: string | null };
const plainly = (fact: string): Said => ({ fact, because: null });

function tell(event: SystemEvent, before: Move | null, id: string): Said | null {
  switch (event.type) {
    case "module-state-changed":
      return tellMove(event, before);
    case "module-health-changed": {
      const issues = event.issues.map(({ message }) => message).join("; ");
      const ails = event.to === "unhealthy" || event.to === "degraded";
      if (!ails && event.from === "unknown") return null;
      return { fact: `became ${event.to}`, because: ails && issues !== "" ? issues : null };
    }
    case "recovery-step":
      return tellRecovery(event);
    case "limit-passed": {
      const { what, value, limit, step } = event;
      const amount = (of: number): string =>
        what === "memoryBytes" ? size(of, "unknown") : String(Math.round(of * 10) / 10);
      const name = what === "memoryBytes" ? "memory" : what;
      return plainly(`used ${amount(value)} of ${amount(limit)} ${name}: ${step}`);
    }
    case "error-reported":
      if (event.resolved) return plainly(`reported as resolved: ${event.message}`);
      return plainly(`reported a ${event.severity} error: ${event.message}`);
    case "config-changed": {
      const { outcome, previousVersion, version, by } = event;
      const fact = `configuration ${outcome.replace("-", " ")}: version ${previousVersion} to ${version}`;
      return { fact, because: `${by} asked for it` };
    }
    case "note":
      return plainly(shortly(event.message, id));
    default:
      return null;
  }
}

function tellMove(move: Move, before: Move | null): Said | null {
  const { from, to, cause, module } = move;
  const because = cause === "" ? null : causeWords(cause, module);
  if (isTrigger(move) && dependencyIn(cause) !== null && isFall(move, before)) {
    const dependency = dependencyIn(cause);
    return { fact: fallWords(move), because: `its dependency ${dependency} was down` };
  }
  if (isFall(move, before)) return plainly(fallWords(move));
  if (cause.startsWith("adopted")) {
    return {
      fact: "was adopted by a new orchestrator",
      because: "it had gone on running while there was none",
    };
  }
  if (to === "running") return from === "starting" ? plainly(`was ${cause}`) : resumed(because);
  if (to === "stopping") return { fact: "was asked to stop", because };
  if (to === "paused") return { fact: "was paused", because };
  if (to === "completed") return plainly(`completed: ${cause}`);
  if (to === "stopped") {
    const said = from === "stopping" ? null : because;
    return { fact: cause.startsWith("killed") ? cause : "stopped", because: said };
  }
  if (to === "failed") return plainly(fallWords(move));
  if (to !== "waiting" || from === "backing-off" || cause === before?.cause) return null;
  return from === "stopping" || move.failure !== null
    ? null
    : { fact: "was to be started", because };
}

const resumed = (because: string | null): Said => ({ fact: "went on", because });

function tellRecovery(step: Extract<SystemEvent, { type: "recovery-step" }>): Said | null {
  const { strategy, attempt, outcome, delayMs, failure, module } = step;
  if (outcome === "failed" || outcome === "gave-up") return null;
  if (outcome === "recovered") return plainly("recovered: it stayed well");
  const because = shortly(failure.message, module);
  if (outcome === "recorded") {
    return { fact: "is not recovered by itself (autoRecovery is off)", because };
  }
  const when = delayMs > 0 ? `after ${duration(delayMs)}` : "at once";
  return { fact: `${strategy} attempt ${attempt}, ${when}`, because };
}
