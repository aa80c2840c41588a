// runs.ts: start-ups, read back from what was journaled: who waited, who started, what the whole waited for. Pure.
import type {
  ApiRun,
  ApiRunModule,
  LifecycleState,
  SystemDescription,
  SystemEvent,
} from "@skelly-jelly/contract";

type Moves = {
  waitingMs: number | null;
  startingMs: number | null;
  readyMs: number | null;
  attempts: number;
  outcome: LifecycleState;
};

/** Newest first. Edges are those of today's system: a run does not tell its own. */
export function runsOf(
  events: readonly SystemEvent[],
  system: Pick<SystemDescription, "modules">,
): ApiRun[] {
  const starts = events.flatMap((event, index) =>
    begins(event) ? [beginning(events, index)] : [],
  );
  return starts
    .map((start, index) => runOf(events.slice(start, starts[index + 1]), system))
    .reverse();
}

const begins = (event: SystemEvent): boolean =>
  event.type === "system-status-changed" && event.from === "stopped" && event.to === "starting";

/** The first modules move before the system's status, which is derived from theirs. */
function beginning(events: readonly SystemEvent[], at: number): number {
  let start = at;
  for (let index = at - 1; index >= 0; index--) {
    const event = events[index];
    if (event?.type !== "module-state-changed") break;
    if (AT_REST.has(event.from)) start = index;
  }
  return start;
}

/** A system that is restarted as a whole does not begin anew: its modules were stopped, or failed. */
const AT_REST: ReadonlySet<LifecycleState> = new Set([
  "not-started",
  "stopped",
  "failed",
  "completed",
]);

function runOf(events: readonly SystemEvent[], system: Pick<SystemDescription, "modules">): ApiRun {
  const [first] = events;
  if (first === undefined) throw new Error("bug: a run begins with an event");
  const start = first.timeMs;
  const moves = new Map<string, Moves>();
  let endMs: number | null = null;
  let outcome: ApiRun["outcome"] = "unfinished";
  for (const event of events) {
    const atMs = event.timeMs - start;
    if (event.type === "module-state-changed") {
      // Once the system is up, only those that never were are still on their way.
      if (endMs === null || moves.get(event.module)?.readyMs === null) take(moves, event, atMs);
    }
    if (event.type !== "system-status-changed" || endMs !== null) continue;
    if (event.to === "healthy" || event.to === "degraded") outcome = "up";
    else if (event.to === "stopping" || event.to === "stopped") outcome = "failed";
    else continue;
    endMs = atMs;
  }
  const modules = withCauses(moves, system);
  return {
    id: first.seq,
    startedAt: new Date(start).toISOString(),
    durationMs: endMs,
    outcome,
    modules,
    criticalPath: criticalPath(modules),
  };
}

function take(
  all: Map<string, Moves>,
  { module, to }: Extract<SystemEvent, { type: "module-state-changed" }>,
  atMs: number,
): void {
  const none = { waitingMs: null, startingMs: null, readyMs: null, attempts: 0, outcome: to };
  const moves = all.get(module) ?? none;
  all.set(module, moves);
  moves.outcome = to;
  if (to === "waiting") moves.waitingMs ??= atMs;
  if (to === "starting") {
    moves.startingMs ??= atMs;
    moves.attempts += 1;
  }
  if (to === "running") moves.readyMs ??= atMs;
  // A task is of use when it is done.
  if (to === "completed") moves.readyMs = atMs;
}

/** What a module waited for is the dependency that was ready last before it could start. */
function withCauses(
  moves: ReadonlyMap<string, Moves>,
  { modules }: Pick<SystemDescription, "modules">,
): ApiRunModule[] {
  const needs = new Map(modules.map(({ id, dependsOn }) => [id, dependsOn.map(({ on }) => on)]));
  const readyOf = (id: string): number | null => {
    const own = [...moves].filter(([name]) => name === id || name.startsWith(`${id}#`));
    const times = own.map(([, { readyMs }]) => readyMs);
    return times.length === 0 || times.includes(null) ? null : Math.max(...times.map(Number));
  };
  return [...moves]
    .map(([module, known]) => {
      const startMs = known.startingMs ?? Infinity;
      const before = (needs.get(module.replace(/#\d+$/, "")) ?? [])
        .map((id) => ({ id, readyMs: readyOf(id) }))
        .filter(({ readyMs }) => readyMs !== null && readyMs <= startMs)
        .sort((a, b) => Number(b.readyMs) - Number(a.readyMs));
      return { module, ...known, after: before[0]?.id ?? null };
    })
    .sort((a, b) => (a.startingMs ?? Infinity) - (b.startingMs ?? Infinity));
}

/** Back from the last module that was ready, each time to what it had waited for. */
export function criticalPath(modules: readonly ApiRunModule[]): string[] {
  const path: string[] = [];
  let next = modules
    .filter(({ readyMs }) => readyMs !== null)
    .toSorted((a, b) => Number(b.readyMs) - Number(a.readyMs))[0];
  while (next !== undefined && !path.includes(next.module)) {
    path.unshift(next.module);
    const { after } = next;
    next = modules.find(({ module }) => module === after || module.startsWith(`${after}#`));
  }
  return path;
}
