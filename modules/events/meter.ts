// meter.ts: how error rate and response time are measured, the same way in every module.

export type Meter = {
  record(tookMs: number, ok: boolean): void;
  /** Share of failures among the last `size`; 0 when nothing was done. */
  errorRate(): number;
  /** Mean of the last `size`; 0 when nothing was done. */
  responseTimeMs(): number;
  clear(): void;
};

/** A sliding view of the last `size` things done. */
export function createMeter(size = 100): Meter {
  let taken: { readonly tookMs: number; readonly ok: boolean }[] = [];
  const mean = (of: (one: (typeof taken)[number]) => number): number =>
    taken.length === 0 ? 0 : taken.reduce((sum, one) => sum + of(one), 0) / taken.length;
  return {
    record(tookMs, ok) {
      taken.push({ tookMs, ok });
      if (taken.length > size) taken.shift();
    },
    errorRate: () => mean((one) => (one.ok ? 0 : 1)),
    responseTimeMs: () => Math.round(mean((one) => one.tookMs) * 1000) / 1000,
    clear() {
      taken = [];
    },
  };
}
