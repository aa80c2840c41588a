// compare.ts: one start-up beside an earlier one: what took longer, what took less. Pure.
import type { Waterfall } from "./waterfall.ts";

export type Difference = {
  readonly module: string;
  /** `null`: it was not there, or never ready, in that run. */
  readonly beforeMs: number | null;
  readonly nowMs: number | null;
  /** Positive: it takes longer now. `null`: there is nothing to compare with. */
  readonly differenceMs: number | null;
};

export type Comparison = {
  readonly number: number;
  readonly startedAt: string;
  readonly beforeMs: number | null;
  readonly nowMs: number | null;
  readonly differenceMs: number | null;
  /** The greatest first; what cannot be compared last. */
  readonly modules: readonly Difference[];
};

export function compare(now: Waterfall, before: Waterfall): Comparison {
  const ids = new Set([...now.bars, ...before.bars].map(({ module }) => module));
  const tookIn = ({ bars }: Waterfall, id: string): number | null =>
    bars.find(({ module }) => module === id)?.tookMs ?? null;
  const modules = [...ids].map((module) => {
    const [nowMs, beforeMs] = [tookIn(now, module), tookIn(before, module)];
    return { module, beforeMs, nowMs, differenceMs: difference(nowMs, beforeMs) };
  });
  return {
    number: before.number,
    startedAt: before.startedAt,
    beforeMs: before.durationMs,
    nowMs: now.durationMs,
    differenceMs: difference(now.durationMs, before.durationMs),
    modules: modules.sort((a, b) => weight(b.differenceMs) - weight(a.differenceMs)),
  };
}

const difference = (nowMs: number | null, beforeMs: number | null): number | null =>
  nowMs === null || beforeMs === null ? null : nowMs - beforeMs;

const weight = (differenceMs: number | null): number =>
  differenceMs === null ? -1 : Math.abs(differenceMs);
