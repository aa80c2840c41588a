// own-words.ts: what a module's own past says of its state, in words, without the modules around it. Pure.
import { duration } from "../render/amounts.ts";
import { fallWords } from "./episode.ts";
import { eventsOf, healthOf, type Move, movesOf, type Past, stateOf, statusOf } from "./past.ts";
import { at, causeWords, timed } from "./words.ts";

export type Known = {
  readonly falls: readonly Move[];
  readonly trigger: Move | undefined;
  readonly last: Move | undefined;
};

export type OwnWords = {
  /** What stands after "storage is backing-off: it" or "storage is running". */
  readonly detail: string;
  /** Only why. */
  readonly cause: string;
};

/** Epoch milliseconds; when its present state began. */
export function sinceOf(id: string, past: Past): number | null {
  const since = statusOf(past, id)?.since;
  return since === undefined ? (movesOf(past, id).at(-1)?.timeMs ?? null) : Date.parse(since);
}

export function ownWords(id: string, past: Past, known: Known): OwnWords {
  const { falls, trigger, last } = known;
  const fell = fellWords(falls, past);
  const asked = trigger === undefined ? "" : causeWords(trigger.cause, id);
  const sinceMs = sinceOf(id, past);
  const since = sinceMs === null ? "" : `since ${at(sinceMs, past.nowMs)}`;
  const cause = fell === "" ? asked : `it ${fell}${firstWords(falls, past)}`;
  const because = cause === "" ? "" : `: ${cause}`;
  switch (stateOf(past, id)) {
    case "backing-off":
      return { detail: `${fell}${dueWords(id, past)}${firstWords(falls, past)}`, cause };
    case "failed": {
      const why = statusOf(past, id)?.failure?.message ?? last?.failure?.message ?? "";
      return { detail: `${fell === "" ? why : fell}${firstWords(falls, past)}`, cause };
    }
    case "running": {
      const came = cameWords(known, fell, asked);
      const changed = changedWords(id, past, last);
      const ailsMs = ailsSince(id, past);
      const begun = ailsMs === null ? since : `since ${at(ailsMs, past.nowMs)}`;
      const detail = `${begun}${unwellWords(id, past)}${changed}${came}${firstWords(falls, past)}`;
      return { detail, cause };
    }
    case "starting":
    case "waiting":
      return { detail: `${forWords(id, past)}${since}${because}`, cause };
    default: {
      const why = cause === "" && last !== undefined ? causeWords(last.cause, id) : cause;
      return { detail: `${since}${why === "" ? "" : `: ${why}`}`, cause: why };
    }
  }
}

function fellWords(falls: readonly Move[], { nowMs }: Past): string {
  const fall = falls.at(-1);
  return fall === undefined ? "" : timed(fallWords(fall), at(fall.timeMs, nowMs));
}

function firstWords(falls: readonly Move[], { nowMs }: Past): string {
  const first = falls[0];
  if (first === undefined || falls.length < 2) return "";
  return `; first failure at ${at(first.timeMs, nowMs)} (${fallWords(first)})`;
}

function forWords(id: string, past: Past): string {
  const [what] = statusOf(past, id)?.waitingFor ?? [];
  if (what === "slot") return "for a free place to start, ";
  return what?.startsWith("the end") === true ? `for ${what}, ` : "";
}

function dueWords(id: string, past: Past): string {
  const step = past.events.findLast(
    (event) => event.type === "recovery-step" && event.module === id && event.outcome === "started",
  );
  if (step?.type !== "recovery-step") return "";
  const told = statusOf(past, id)?.nextAttemptAt;
  const dueMs = told == null ? step.timeMs + step.delayMs : Date.parse(told);
  const leftMs = dueMs - past.nowMs;
  const when =
    leftMs >= 0 ? `is due in ${duration(leftMs)}` : `was due at ${at(dueMs, past.nowMs)}`;
  return `, ${step.strategy} attempt ${step.attempt} ${when}`;
}

function unwellWords(id: string, past: Past): string {
  const { health, issues } = healthOf(past, id);
  const level = statusOf(past, id)?.level ?? "full";
  const reduced = level === "full" ? "" : `, at its level '${level}'`;
  const because = issues.map(({ message }) => message).join("; ");
  if (health === "unhealthy" || health === "degraded") {
    return `${reduced}${because === "" ? "" : `: ${because}`}`;
  }
  const well = health === "healthy" ? " and healthy" : "";
  return `${well}${reduced}${because === "" ? "" : `, but ${because}`}`;
}

/** When it began to be unwell, which is later than when it began to run. */
function ailsSince(id: string, past: Past): number | null {
  const { health } = healthOf(past, id);
  if (health !== "unhealthy" && health !== "degraded") return null;
  const change = eventsOf(past, id).findLast((event) => event.type === "module-health-changed");
  return change?.timeMs ?? null;
}

/** Its configuration may be why it is no longer well. */
function changedWords(id: string, past: Past, last: Move | undefined): string {
  const { health } = healthOf(past, id);
  if (health !== "unhealthy" && health !== "degraded") return "";
  const change = eventsOf(past, id).findLast(
    (event) => event.type === "config-changed" && event.seq > (last?.seq ?? 0),
  );
  if (change?.type !== "config-changed") return "";
  const { outcome, by, timeMs, previousVersion, version } = change;
  const when = at(timeMs, past.nowMs);
  return `; its configuration was ${outcome.replace("-", " ")} at ${when} by ${by} (version ${previousVersion} to ${version})`;
}

/** How it came to run. */
function cameWords({ trigger, falls, last }: Known, fell: string, asked: string): string {
  if (trigger?.to === "paused" && last?.from === "paused") {
    return `; it went on again after it was paused (${asked})`;
  }
  if (falls.length > 0) return `; it ${fell} and was restarted`;
  if (trigger === undefined) return "";
  if (trigger.cause.startsWith("adopted")) return "; it was adopted by a new orchestrator";
  return `; it was ${trigger.to === "stopping" ? "restarted" : "started"} because ${asked}`;
}
