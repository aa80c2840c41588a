// numbers.ts: the little statistics that features are made of. Every answer is a finite number.

export const mean = (values: readonly number[]): number =>
  values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;

/** Spread against the mean; 0 for fewer than two values or a mean of 0. */
export function variation(values: readonly number[]): number {
  const middle = mean(values);
  if (values.length < 2 || middle === 0) return 0;
  return Math.sqrt(mean(values.map((value) => (value - middle) ** 2))) / middle;
}

/** On a fixed scale: `full` and all above it is 1. */
export const scaled = (value: number, full: number): number =>
  Number.isFinite(value) ? Math.min(1, Math.max(0, value / full)) : 0;

export const share = (part: number, whole: number): number =>
  whole <= 0 ? 0 : Math.min(1, part / whole);

export const round = (value: number, digits = 4): number => {
  const factor = 10 ** digits;
  return Math.round(value * factor) / factor;
};
