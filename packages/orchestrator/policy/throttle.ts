// throttle.ts: the ladder short of death: readings against one limit -> how tightly a module is reined in. Pure.
//
//   cpu            ask 1/2 ─▶ ask 1/4 ─▶ squeeze ─▶ pause           (never a failure)
//   cpu, kept      ask 1/2 ─▶ ask 1/4                               (the kernel keeps the quota)
//   memory, files, ask 1/2 ─▶ ask 1/4 ─▶ failure                    (for recovery)
//   threads, kept  ask 1/2 ─▶ ask 1/4                               (the kernel keeps, or kills)
//
import type { ResourceLimits } from "@skelly-jelly/contract";

/** What may be judged: its own limits, and the machine's need. */
export type Judged = keyof ResourceLimits | "machineMemoryPressure";

export type Rung = {
  readonly kind: "ask" | "squeeze" | "pause" | "failure";
  /** Readings over the limit, since the rung before, that lead to it. */
  readonly afterOver: number;
  /** What is asked for; 1 and `null` where nothing is. */
  readonly frequencyFactor: number;
  readonly concurrencyMax: number | null;
};

const NOT_ASKED = { frequencyFactor: 1, concurrencyMax: null } as const;
const ASK: Rung = { kind: "ask", afterOver: 2, frequencyFactor: 0.5, concurrencyMax: null };
const ASK_AGAIN: Rung = { kind: "ask", afterOver: 2, frequencyFactor: 0.25, concurrencyMax: 1 };
const SQUEEZE: Rung = { kind: "squeeze", afterOver: 2, ...NOT_ASKED };
const PAUSE: Rung = { kind: "pause", afterOver: 2, ...NOT_ASKED };
/** Three readings over the limit after the first request, and it is a failure. */
const ASK_SOON: Rung = { ...ASK_AGAIN, afterOver: 1 };
const FAILURE: Rung = { kind: "failure", afterOver: 2, ...NOT_ASKED };

export function ladderFor(what: Judged, kept: boolean): readonly Rung[] {
  if (kept || what === "machineMemoryPressure") return [ASK, ASK_AGAIN];
  return what === "cpuPercent" ? [ASK, ASK_AGAIN, SQUEEZE, PAUSE] : [ASK, ASK_SOON, FAILURE];
}

/** Where a module stands with one of its limits. */
export type LimitStand = {
  /** Rungs climbed; 0: none. */
  readonly rung: number;
  /** Readings in a row. */
  readonly over: number;
  readonly under: number;
  /** What was said of it and not taken back. */
  readonly said: "nothing" | "near" | "over";
  /** Times it came back after it had been let go: each time it is let go later. */
  readonly relapses: number;
  /** It has been let go of, at least by a rung. */
  readonly eased: boolean;
  /** Readings since it was let go of altogether. */
  readonly calm: number;
};

export const AT_EASE: LimitStand = {
  rung: 0,
  over: 0,
  under: 0,
  said: "nothing",
  relapses: 0,
  eased: false,
  calm: 0,
};

export type LimitReading = {
  readonly what: Judged;
  readonly value: number;
  readonly limit: number;
  /** The kernel sees to it that it is never passed: whoever stands at it wants more. */
  readonly kept: boolean;
};

export type News = "near" | "over" | Rung["kind"] | "eased" | "lifted";

export type Judgement = { readonly stand: LimitStand; readonly news: readonly News[] };

/** Under this share of its limit it may be let go. */
const EASY_SHARE = 0.8;
/** From this share of a limit that the kernel keeps it stands at it. */
const KEPT_SHARE = 0.95;
const UNDER_READINGS = 2;
const RELAPSES_MAX = 5;
/** So many calm readings forgive its relapses. */
const CALM_READINGS = 60;

/** One reading. `unable`: kinds of rung that were tried and cannot be stood on here. */
export function judgeLimit(
  stand: LimitStand,
  reading: LimitReading,
  threshold: number,
  unable: ReadonlySet<Rung["kind"]>,
): Judgement {
  const { value, limit, kept } = reading;
  const isOver = kept ? value >= limit * KEPT_SHARE : value > limit;
  if (isOver) return judgeOver(stand, reading, unable);
  if (value < limit * Math.min(EASY_SHARE, threshold)) return judgeUnder(stand, reading, unable);
  const between = { ...stand, over: 0, under: 0 };
  if (value < limit * threshold || stand.said !== "nothing") return { stand: between, news: [] };
  return { stand: { ...between, said: "near" }, news: ["near"] };
}

/** The next rung above that can be stood on; the same stand when there is none. */
export function climb(
  stand: LimitStand,
  ladder: readonly Rung[],
  unable: ReadonlySet<Rung["kind"]>,
): LimitStand {
  for (let rung = stand.rung + 1; rung <= ladder.length; rung++) {
    const kind = ladder[rung - 1]?.kind;
    if (kind === undefined || unable.has(kind)) continue;
    const relapses = stand.eased ? Math.min(RELAPSES_MAX, stand.relapses + 1) : stand.relapses;
    return { ...stand, rung, over: 0, under: 0, relapses, eased: false };
  }
  return stand;
}

function judgeOver(
  before: LimitStand,
  { what, kept }: LimitReading,
  unable: ReadonlySet<Rung["kind"]>,
): Judgement {
  const ladder = ladderFor(what, kept);
  // Who is kept at a limit never passes it.
  const word = kept ? "near" : "over";
  const news: News[] = before.said === "over" || before.said === word ? [] : [word];
  const stand: LimitStand = { ...before, over: before.over + 1, under: 0, said: word };
  const next = climb(stand, ladder, unable);
  const rung = ladder[next.rung - 1];
  if (next === stand || rung === undefined || stand.over < rung.afterOver) return { stand, news };
  return { stand: next, news: [...news, rung.kind] };
}

function judgeUnder(
  before: LimitStand,
  { what, kept }: LimitReading,
  unable: ReadonlySet<Rung["kind"]>,
): Judgement {
  const stand: LimitStand = { ...before, over: 0, under: before.under + 1 };
  if (stand.under < UNDER_READINGS * 2 ** stand.relapses && stand.rung > 0) {
    return { stand, news: [] };
  }
  if (stand.rung === 0) {
    const said = stand.under < UNDER_READINGS ? stand.said : "nothing";
    const calm = stand.calm + 1;
    const forgiven = calm > CALM_READINGS ? { relapses: 0, eased: false } : {};
    return { stand: { ...stand, said, calm, ...forgiven }, news: [] };
  }
  const rung = below(stand.rung, ladderFor(what, kept), unable);
  const eased = { ...stand, rung, under: 0, eased: true, calm: 0 };
  return rung > 0
    ? { stand: eased, news: ["eased"] }
    : { stand: { ...eased, said: "nothing" }, news: ["lifted"] };
}

/** The next rung below that can be stood on; 0 when there is none. */
export function below(
  rung: number,
  ladder: readonly Rung[],
  unable: ReadonlySet<Rung["kind"]>,
): number {
  for (let lower = rung - 1; lower > 0; lower--) {
    const kind = ladder[lower - 1]?.kind;
    if (kind !== undefined && !unable.has(kind)) return lower;
  }
  return 0;
}

/** It is to be looked at soon again. */
export const isTense = ({ rung, over }: LimitStand): boolean => rung > 0 || over > 0;

/** All that a module is held to at once: for each part the tightest that any of its limits asks for. */
export type Reins = {
  readonly frequencyFactor: number;
  readonly concurrencyMax: number | null;
  readonly squeezed: boolean;
  readonly paused: boolean;
};

export const NO_REINS: Reins = {
  frequencyFactor: 1,
  concurrencyMax: null,
  squeezed: false,
  paused: false,
};

export function reinsFor(
  held: Iterable<{ readonly stand: LimitStand; readonly what: Judged; readonly kept: boolean }>,
  unable: ReadonlySet<Rung["kind"]>,
): Reins {
  let reins = NO_REINS;
  for (const { stand, what, kept } of held) {
    for (const rung of ladderFor(what, kept).slice(0, stand.rung)) {
      if (unable.has(rung.kind)) continue;
      reins = {
        frequencyFactor: Math.min(reins.frequencyFactor, rung.frequencyFactor),
        concurrencyMax: least(reins.concurrencyMax, rung.concurrencyMax),
        squeezed: reins.squeezed || rung.kind === "squeeze",
        paused: reins.paused || rung.kind === "pause",
      };
    }
  }
  return reins;
}

const least = (a: number | null, b: number | null): number | null =>
  a === null ? b : b === null ? a : Math.min(a, b);
