// dice.ts: chance from a seed, one stream for each lane, so that what one draws moves no other.

export type Dice = {
  /** 0 <= x < 1 */
  next(): number;
  /** A whole number from `low` to `high`, both included. */
  whole(low: number, high: number): number;
  pick<T>(among: readonly T[]): T;
};

export function dice(seed: number, stream: string): Dice {
  let state = [...stream].reduce((sum, c) => Math.imul(sum ^ c.charCodeAt(0), 0x01000193), seed);
  // mulberry32
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return {
    next,
    whole: (low, high) => low + Math.floor(next() * (high - low + 1)),
    pick<T>(among: readonly T[]): T {
      const one = among[Math.floor(next() * among.length)];
      if (one === undefined) throw new Error("bug: nothing to pick from");
      return one;
    },
  };
}
