// dice.ts: choices made with a seeded random, in words.
import type { Random } from "../../ports/random.ts";
import { seededRandom } from "../seeded-random.ts";

export class Dice {
  readonly #random: Random;

  constructor(seed: number) {
    this.#random = seededRandom(seed);
  }

  /** True in `share` (0..1) of all throws. */
  likely(share: number): boolean {
    return this.#random.next() < share;
  }

  /** A whole number from `least` to `most`, both included. */
  whole(least: number, most: number): number {
    return least + Math.floor(this.#random.next() * (most - least + 1));
  }

  /** Spread evenly over orders of magnitude: short and long times come alike. */
  span(leastMs: number, mostMs: number): number {
    const low = Math.log(leastMs + 1);
    return Math.round(Math.exp(low + this.#random.next() * (Math.log(mostMs + 1) - low)) - 1);
  }

  one<T>(among: readonly T[]): T {
    const chosen = among[Math.floor(this.#random.next() * among.length)];
    if (chosen === undefined) throw new Error("bug: nothing to choose from");
    return chosen;
  }

  /** Earlier ones are likelier the greater their weight. */
  weighed<T>(among: readonly (readonly [weight: number, value: T])[]): T {
    const total = among.reduce((sum, [weight]) => sum + weight, 0);
    let left = this.#random.next() * total;
    for (const [weight, value] of among) {
      left -= weight;
      if (left < 0) return value;
    }
    throw new Error("bug: nothing to choose from");
  }
}
