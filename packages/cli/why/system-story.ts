// system-story.ts: why the whole is as it is: through those of its modules that are not well. Pure.
import { RESERVED_PREFIX } from "@skelly-jelly/contract";
import type { Told } from "./episode.ts";
import { type Story, storyOf } from "./module-story.ts";
import {
  healthOf,
  idsOf,
  type Past,
  type SystemMove,
  stateOf,
  statusOf,
  systemMoves,
  systemStatusOf,
} from "./past.ts";
import { at, shortly } from "./words.ts";

const NAMED_MAX = 3;

export function systemStory(past: Past): Story {
  const status = systemStatusOf(past);
  const name = past.status?.system ?? "the system";
  const last = systemMoves(past).at(-1);
  if (status === null) {
    const says = `${name} has never been started`;
    return { id: name, says, detail: says, cause: "", links: [], next: ["skelly up"] };
  }
  const sinceMs = past.status === null ? (last?.timeMs ?? null) : Date.parse(past.status.since);
  const since = sinceMs === null ? "" : ` since ${at(sinceMs, past.nowMs)}`;
  const stops = status === "stopped" || status === "stopping";
  const asked = stops && stopCause(past) === ASKED;
  const unwell = asked ? [] : stops ? failed(past) : unwellOf(past);
  const stories = storiesOf(unwell, past);
  const own: Told = {
    seq: Number.MAX_SAFE_INTEGER,
    timeMs: sinceMs,
    module: null,
    fact: `${name} is ${status}`,
    because: reasonsOf(past, last) || null,
  };
  const says = `${name} is ${status}${since}${because(stories, status, past)}`;
  return {
    id: name,
    says,
    detail: says,
    cause: stories.map(({ cause }) => cause).join("; "),
    links: [...stories.flatMap(({ links }) => links), ...stopLinks(past, status), own],
    next: nextOf(stories, status),
  };
}

/** Without the advice that comes with each. */
const reasonsOf = (past: Past, last: SystemMove | undefined): string =>
  (past.status?.reasons ?? last?.reasons ?? []).map((reason) => shortly(reason, "")).join("; ");

/** Those that others wait for come first, and what they tell is not told again by those who wait. */
function storiesOf(ids: readonly string[], past: Past): readonly Story[] {
  const seen = new Set<string>();
  const stories: Story[] = [];
  const order = [...ids].sort((a, b) => rank(a, past) - rank(b, past));
  for (const id of order) if (!seen.has(id)) stories.push(storyOf(id, past, seen));
  return stories;
}

const rank = (id: string, past: Past): number => (stateOf(past, id) === "waiting" ? 1 : 0);

/** What speaks against `healthy`. */
function unwellOf(past: Past): readonly string[] {
  return idsOf(past).filter((id) => {
    const now = statusOf(past, id);
    const state = stateOf(past, id);
    if (state === "completed" || state === "not-started") return false;
    if (now?.desired === "down" || state === "stopped") return now?.required === true;
    if (state !== "running") return !(id.startsWith(RESERVED_PREFIX) && state === "stopping");
    const { health, issues } = healthOf(past, id);
    const ails = health === "unhealthy" || health === "degraded";
    return ails || issues.length > 0 || (now !== undefined && now.level !== "full");
  });
}

const failed = (past: Past): readonly string[] =>
  idsOf(past).filter((id) => stateOf(past, id) === "failed");

function because(stories: readonly Story[], status: string, past: Past): string {
  if (stories.length === 0) {
    const cause = status === "stopped" || status === "stopping" ? stopCause(past) : "";
    return cause === "" ? "" : `: ${cause}`;
  }
  const named = stories.slice(0, NAMED_MAX).map(({ says }) => says);
  const more = stories.length - named.length;
  return `: ${named.join("; ")}${more > 0 ? `; and ${more} more` : ""}`;
}

const ASKED = "somebody asked for it (`skelly down`, Ctrl-C, or a signal)";

/** What the modules were told when they were stopped. */
function stopCause(past: Past): string {
  const begun = systemMoves(past).findLast(({ to }: SystemMove) => to === "starting")?.seq ?? 0;
  const run = past.events.filter(({ seq }) => seq > begun);
  // A start that fails says why before it stops what it had started.
  const noted = new Set(run.flatMap((event) => (event.type === "note" ? [event.message] : [])));
  const cause = run
    .flatMap((event) => (event.type === "module-state-changed" ? [event.cause] : []))
    .findLast((said) => said === "the system stops" || noted.has(said) || isTooLate(said));
  if (cause === undefined) return "";
  return cause === "the system stops" ? ASKED : shortly(cause, "");
}

const isTooLate = (cause: string): boolean => cause.startsWith("The system was not up");

function stopLinks(past: Past, status: string): readonly Told[] {
  if (status !== "stopped" && status !== "stopping") return [];
  const move = systemMoves(past).findLast(({ to }: SystemMove) => to === "stopping");
  if (move === undefined) return [];
  const cause = stopCause(past);
  const { seq, timeMs } = move;
  return [{ seq, timeMs, module: null, fact: "the system was stopped", because: cause || null }];
}

function nextOf(stories: readonly Story[], status: string): readonly string[] {
  const next = [...new Set(stories.flatMap((story) => story.next))];
  return status === "stopped" ? [...next, "skelly up"] : next;
}
