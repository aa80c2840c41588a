// waterfall.ts: one start-up, module by module: who waited, who started, and what the whole waited for. Pure.
import type { ApiRun, ApiRunModule, LifecycleState, SystemEvent } from "@skelly-jelly/contract";
import { runsOf } from "../../gateway/runs.ts";
import type { KnownModule } from "../journal/look-back.ts";

/** Times are milliseconds since the run began. */
export type Bar = {
  readonly module: string;
  readonly waitingMs: number | null;
  readonly startingMs: number | null;
  readonly readyMs: number | null;
  /** How long it waited for others, or for its turn. */
  readonly waitedMs: number | null;
  /** From its first start to its being ready, failed attempts included. */
  readonly tookMs: number | null;
  readonly attempts: number;
  /** The dependency that was ready last before it could start. */
  readonly after: string | null;
  readonly outcome: LifecycleState;
  readonly critical: boolean;
  /** What it added to the whole, 0 to 1; `null` when the whole did not wait for it. */
  readonly share: number | null;
};

export type PathStep = {
  readonly module: string;
  readonly fromMs: number;
  readonly toMs: number;
  readonly share: number;
};

export type Waterfall = {
  /** 1 is the last run, 2 the one before it. */
  readonly number: number;
  readonly runs: number;
  /** The sequence number of the event that began it. */
  readonly id: number;
  readonly startedAt: string;
  readonly durationMs: number | null;
  readonly outcome: ApiRun["outcome"];
  readonly bars: readonly Bar[];
  /** From the first cause to the last module that was ready. */
  readonly criticalPath: readonly PathStep[];
};

/** Events that it needs. */
export const RUN_TYPES: readonly SystemEvent["type"][] = [
  "module-state-changed",
  "system-status-changed",
];

/** Newest first. */
export function runsIn(
  events: readonly SystemEvent[],
  modules: readonly KnownModule[],
): readonly ApiRun[] {
  // Only their edges are looked at.
  return runsOf(events, { modules: modules as Parameters<typeof runsOf>[1]["modules"] });
}

/** `number`: 1 is the last. `null` when the journal knows no such run. */
export function waterfallOf(runs: readonly ApiRun[], number: number): Waterfall | null {
  const run = runs[number - 1];
  if (run === undefined) return null;
  const criticalPath = pathOf(run);
  return {
    number,
    runs: runs.length,
    id: run.id,
    startedAt: run.startedAt,
    durationMs: run.durationMs,
    outcome: run.outcome,
    bars: run.modules.map((module) => barOf(module, criticalPath)),
    criticalPath,
  };
}

/** Each step begins where the one before it was ready: together they are the whole way up. */
function pathOf({ criticalPath, modules }: ApiRun): readonly PathStep[] {
  const known = new Map(modules.map((each) => [each.module, each]));
  const wholeMs = known.get(criticalPath.at(-1) ?? "")?.readyMs ?? 0;
  let fromMs = 0;
  return criticalPath.flatMap((module) => {
    const toMs = known.get(module)?.readyMs ?? null;
    if (toMs === null) return [];
    const step = { module, fromMs, toMs, share: shareOf(toMs - fromMs, wholeMs) };
    fromMs = toMs;
    return [step];
  });
}

const shareOf = (partMs: number, wholeMs: number): number =>
  wholeMs <= 0 ? 0 : Math.max(0, Math.round((partMs / wholeMs) * 1000) / 1000);

function barOf(known: ApiRunModule, path: readonly PathStep[]): Bar {
  const { module, waitingMs, startingMs, readyMs, attempts, after, outcome } = known;
  const step = path.find((each) => each.module === module);
  return {
    module,
    waitingMs,
    // One that was adopted was there from the moment it was found.
    startingMs: startingMs ?? readyMs,
    readyMs,
    waitedMs: between(waitingMs, startingMs),
    tookMs: between(startingMs, readyMs),
    attempts,
    after,
    outcome,
    critical: step !== undefined,
    share: step?.share ?? null,
  };
}

const between = (from: number | null, to: number | null): number | null =>
  from === null || to === null ? null : Math.max(0, to - from);

/** What stands where its time would: it was running already, or never came to be ready. */
export const insteadOfTime = ({ readyMs, outcome }: Bar): string =>
  readyMs === null ? outcome : "adopted";

/** Where the picture ends: with the run, or with the last that was ready in it. */
export function endOf({ durationMs, bars }: Waterfall): number {
  const times = bars.flatMap(({ waitingMs, startingMs, readyMs }) => [
    waitingMs ?? 0,
    startingMs ?? 0,
    readyMs ?? 0,
  ]);
  return Math.max(1, durationMs ?? 0, ...times);
}
