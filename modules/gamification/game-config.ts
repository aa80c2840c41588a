// game-config.ts: what the user may set: how often, what kinds, and the rules of the purse.
import type { InterventionCategory } from "@skelly-jelly/events";
import { INTERVENTION_CATEGORIES } from "@skelly-jelly/events";

export const FREQUENCIES = ["minimal", "normal", "frequent"] as const;
export type Frequency = (typeof FREQUENCIES)[number];

export type GameConfig = {
  /** Event time between any two interventions. */
  readonly cooldownMs: number;
  readonly perHourMax: number;
  /** Flow surer than this is never interrupted. */
  readonly flowConfidenceMax: number;
  /** Hyperfocus younger than this is never interrupted. */
  readonly hyperfocusMinMs: number;
  /** States guessed with less than this, or from too little evidence, decide nothing. */
  readonly confidenceMin: number;
  readonly qualityMin: number;
  /** How long a state must have lasted before anything is said about it. */
  readonly settleMs: number;
  readonly frequency: Frequency;
  /** Kinds of intervention that are wanted at all. */
  readonly categories: readonly InterventionCategory[];
  /** Learns from reactions: longer cooldowns for what is not welcome. */
  readonly adaptive: boolean;
  readonly coinsPerMinute: number;
  readonly dailyGoalMs: number;
  /** Chance of a small extra for a finished stretch of focus; 0: never. */
  readonly bonusRatio: number;
};

const MINUTE = 60_000;

export const GAME_DEFAULTS: GameConfig = {
  cooldownMs: 15 * MINUTE,
  perHourMax: 3,
  flowConfidenceMax: 0.8,
  hyperfocusMinMs: 90 * MINUTE,
  confidenceMin: 0.5,
  qualityMin: 0.2,
  settleMs: 45_000,
  frequency: "normal",
  categories: INTERVENTION_CATEGORIES,
  adaptive: true,
  coinsPerMinute: 1,
  dailyGoalMs: 60 * MINUTE,
  bonusRatio: 0.15,
};

type Check = { readonly holds: (value: unknown) => boolean; readonly says: string };
const between = (low: number, high: number): Check => ({
  holds: (value) => typeof value === "number" && value >= low && value <= high,
  says: `a number from ${low} to ${high}`,
});
const DAY = 24 * 60 * MINUTE;

const CHECKS: Record<keyof GameConfig, Check> = {
  cooldownMs: between(0, DAY),
  perHourMax: between(0, 60),
  flowConfidenceMax: between(0, 1),
  hyperfocusMinMs: between(0, DAY),
  confidenceMin: between(0, 1),
  qualityMin: between(0, 1),
  settleMs: between(0, DAY),
  frequency: {
    holds: (value) => FREQUENCIES.some((known) => known === value),
    says: `one of ${FREQUENCIES.join(", ")}`,
  },
  categories: {
    holds: (value) =>
      Array.isArray(value) && value.every((one) => INTERVENTION_CATEGORIES.includes(one)),
    says: `a list of ${INTERVENTION_CATEGORIES.join(", ")}`,
  },
  adaptive: { holds: (value) => typeof value === "boolean", says: "true or false" },
  coinsPerMinute: between(0, 100),
  dailyGoalMs: between(MINUTE, DAY),
  bonusRatio: between(0, 1),
};

/** Checks what was configured; throws one sentence that names every problem. Siblings keep their defaults. */
export function gameConfig(given: Readonly<Record<string, unknown>>): GameConfig {
  const problems = Object.entries(given).flatMap(([key, value]) => {
    const check = Object.hasOwn(CHECKS, key) ? CHECKS[key as keyof GameConfig] : undefined;
    if (check === undefined) {
      return [`'${key}' is not a setting (known: ${Object.keys(CHECKS).join(", ")})`];
    }
    return check.holds(value) ? [] : [`'${key}' must be ${check.says}`];
  });
  if (problems.length > 0) throw new Error(problems.join("; "));
  return { ...GAME_DEFAULTS, ...given };
}
