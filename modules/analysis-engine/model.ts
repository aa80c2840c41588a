// model.ts: from features to states: a table of weights, one score for each state, and what each
// feature added.
import type { State } from "@skelly-jelly/events";
import type { FeatureName, Features } from "./features.ts";
import { FEATURES } from "./features.ts";

/** `idle` is not scored: it is a plain rule about time. */
export const SCORED = ["flow", "hyperfocus", "distracted", "transitioning", "neutral"] as const;
export type Scored = (typeof SCORED)[number];
type Row = Readonly<Record<Scored, number>>;
export type Weights = Readonly<Record<FeatureName | "bias", Row>>;

export const MODEL_VERSION = "scored-1";

const row = (
  flow: number,
  hyperfocus: number,
  distracted: number,
  transitioning: number,
  neutral: number,
): Row => ({ flow, hyperfocus, distracted, transitioning, neutral });

/**
 * What we believe before anyone has corrected us. Above 0 speaks for a state, below 0 against it,
 * in steps that
 * a person can follow; the traces are the judge of it (`bench/analysis.ts`), they did not set it.
 */
// biome-ignore format: a table is read by column
export const PRIOR: Weights = {
  //                     flow  hyper  distr  trans  neutral
  bias:              row( -1.2, -6.2,  -1.4,  -0.6,   1.1),
  keyRate:           row(  1.4,  2.0,  -0.6,   0.0,  -0.6),
  typingRhythm:      row(  1.0,  1.0,  -0.8,   0.0,   0.2),
  typingPauses:      row( -0.6, -1.2,   0.4,   0.4,   0.4),
  burstLength:       row(  2.4,  2.8,  -1.0,  -0.6,  -1.2),
  burstRate:         row(  0.3,  0.0,   0.0,   0.0,   0.0),
  correctionRate:    row( -1.2, -1.2,   1.4,   0.4,   0.0),
  pointerRate:       row( -0.8, -1.0,   1.0,   0.3,   0.0),
  pointerSpeed:      row( -0.2, -0.2,   0.3,   0.0,   0.0),
  pointerTurns:      row( -0.2, -0.2,   0.3,   0.1,   0.0),
  clickRate:         row( -0.3, -0.3,   0.4,   0.1,   0.0),
  switchRate:        row( -3.0, -4.0,   4.6,   0.6,  -2.0),
  moderateSwitching: row( -0.8, -1.0,   0.0,   2.2,  -0.4),
  rapidSwitching:    row( -1.0, -1.0,   2.2,  -0.8,  -0.6),
  focusLength:       row(  1.8,  1.0,  -1.6,  -1.4,   0.2),
  unbrokenFocus:     row( -0.6,  6.2,  -0.8,  -0.8,  -0.6),
  focusStability:    row(  0.4,  0.4,  -0.4,  -0.4,   0.2),
  incoherence:       row( -0.6, -0.6,   1.2,   0.2,   0.0),
  distractingShare:  row( -1.4, -1.4,   1.6,   0.0,   0.0),
  activityShare:     row(  0.8,  1.0,   0.0,   0.2,  -0.4),
  eventRhythm:       row(  0.3,  0.3,  -0.2,   0.0,   0.0),
  fileRate:          row(  0.5,  0.5,  -0.2,   0.0,   0.0),
  cpuLoad:           row(  0.0,  0.0,   0.0,   0.0,   0.0),
};

/** Weights in force: what we believed plus what was learned. */
export function sumWeights(prior: Weights, learned: Weights): Weights {
  const add = (name: FeatureName | "bias"): Row =>
    Object.fromEntries(SCORED.map((s) => [s, prior[name][s] + learned[name][s]])) as Row;
  return Object.fromEntries(
    [...FEATURES, "bias" as const].map((name) => [name, add(name)]),
  ) as Weights;
}

export const noWeights = (): Weights =>
  Object.fromEntries(
    [...FEATURES, "bias" as const].map((name) => [name, row(0, 0, 0, 0, 0)]),
  ) as Weights;

export type Contribution = {
  readonly state: Scored;
  readonly feature: FeatureName | "bias";
  readonly contribution: number;
};

/** What each feature adds to each state's score; their sum is the score. */
export function contributionsOf(features: Features, weights: Weights): Contribution[] {
  return SCORED.flatMap((state) => [
    { state, feature: "bias" as const, contribution: weights.bias[state] },
    ...FEATURES.map((feature) => ({
      state,
      feature,
      contribution: features[feature] * weights[feature][state],
    })),
  ]);
}

/** Probabilities out of scores; they sum to 1. */
export function softmax(scores: Row): Row {
  const top = Math.max(...SCORED.map((state) => scores[state]));
  const raised = SCORED.map((state) => Math.exp(scores[state] - top));
  const sum = raised.reduce((total, one) => total + one, 0);
  return Object.fromEntries(SCORED.map((state, n) => [state, (raised[n] ?? 0) / sum])) as Row;
}

export function probabilitiesOf(features: Features, weights: Weights): Row {
  const scores = Object.fromEntries(
    SCORED.map((state) => [
      state,
      FEATURES.reduce(
        (sum, feature) => sum + features[feature] * weights[feature][state],
        weights.bias[state],
      ),
    ]),
  ) as Row;
  return softmax(scores);
}

/** Little evidence: little said. What is missing goes to `neutral`. */
export function tempered(probabilities: Row, qualityRatio: number): Row {
  const trust = Math.min(1, qualityRatio / 0.5);
  const mixed = SCORED.map((state): [Scored, number] => [
    state,
    probabilities[state] * trust + (state === "neutral" ? 1 - trust : 0),
  ]);
  return Object.fromEntries(mixed) as Row;
}

/** How much a new window counts against what was believed before. */
export const NEW_SHARE = 0.7;

/** Blends with the window before, so that one odd window does not turn a state. */
export function smoothed(
  now: Row,
  before: Readonly<Partial<Record<State, number>>> | null,
  newShare = NEW_SHARE,
): Row {
  // After idleness there is nothing to blend with: who comes back begins anew.
  if (before === null || (before.idle ?? 0) > 0) return now;
  return Object.fromEntries(
    SCORED.map((state) => [state, newShare * now[state] + (1 - newShare) * (before[state] ?? 0)]),
  ) as Row;
}

/** A state in force stays unless another is clearly likelier. */
const STAY_BONUS = 0.05;

export function decide(probabilities: Row, before: State | null): Scored {
  let best: Scored = "neutral";
  let bestValue = Number.NEGATIVE_INFINITY;
  for (const state of SCORED) {
    const value = probabilities[state] + (state === before ? STAY_BONUS : 0);
    if (value > bestValue) [best, bestValue] = [state, value];
  }
  return best;
}
