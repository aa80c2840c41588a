// learning.ts: the model learns from the user's corrections: online logistic regression on top of
// the prior.

import type { FeatureName, Features } from "./features.ts";
import { FEATURES } from "./features.ts";
import type { Scored, Weights } from "./model.ts";
import { noWeights, PRIOR, probabilitiesOf, SCORED, sumWeights } from "./model.ts";

export type Learned = { readonly correctionCount: number; readonly weights: Weights };

export const nothingLearned = (): Learned => ({ correctionCount: 0, weights: noWeights() });

const RATE = 0.5;
/** What was learned fades a little with each lesson, so that an old habit can be unlearned. */
const KEEP = 0.995;
/** No single weight runs away from what we believed. */
const LEARNED_MAX = 3;

/** One lesson: these features were that state. `strength` 0..1: how sure we are of it. */
export function learn(
  before: Learned,
  features: Features,
  truth: Scored,
  strength: number,
): Learned {
  const probabilities = probabilitiesOf(features, sumWeights(PRIOR, before.weights));
  const step = (name: FeatureName | "bias", value: number) =>
    Object.fromEntries(
      SCORED.map((state) => {
        const error = (state === truth ? 1 : 0) - probabilities[state];
        const next = before.weights[name][state] * KEEP + RATE * strength * error * value;
        return [state, Math.min(LEARNED_MAX, Math.max(-LEARNED_MAX, next))];
      }),
    );
  const weights = Object.fromEntries([
    ...FEATURES.map((name) => [name, step(name, features[name])]),
    // The bias moves least: a lesson is about what was seen, not about everything.
    ["bias", step("bias", 0.25)],
  ]) as Weights;
  return { correctionCount: before.correctionCount + 1, weights };
}

/** What a file says that an earlier life wrote; `null` when it is not that. */
export function parseLearned(text: string): Learned | null {
  try {
    const { correctionCount, weights } = JSON.parse(text) as Learned;
    const whole = [...FEATURES, "bias" as const].every((name) =>
      SCORED.every((state) => Number.isFinite(weights[name][state])),
    );
    return whole && Number.isSafeInteger(correctionCount) ? { correctionCount, weights } : null;
  } catch {
    return null;
  }
}
