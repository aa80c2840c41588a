// engine.ts: one batch in, one state out. Pure: the same batches in the same order give the same
// states.

import type { AnalysisState, State, StorageBatch } from "@skelly-jelly/events";
import { STATES } from "@skelly-jelly/events";
import { littleSeen, reasonsFor, summaryOf, timeText } from "./explain.ts";
import type { Facts } from "./facts.ts";
import type { Features } from "./features.ts";
import { featuresOf } from "./features.ts";
import type { Learned } from "./learning.ts";
import type { Memory } from "./memory.ts";
import { conclude, newMemory, remember } from "./memory.ts";
import type { Contribution } from "./model.ts";
import {
  contributionsOf,
  decide,
  MODEL_VERSION,
  PRIOR,
  probabilitiesOf,
  smoothed,
  sumWeights,
  tempered,
} from "./model.ts";
import { round, scaled } from "./numbers.ts";

/** So long without any activity is `idle`. */
export const IDLE_AFTER_MS = 120_000;

export type Analysed = {
  readonly state: AnalysisState;
  readonly memory: Memory;
  readonly features: Features;
  readonly facts: Facts;
  readonly contributions: readonly Contribution[];
};

const READINESS: Readonly<Record<State, number>> = {
  distracted: 0.9,
  transitioning: 0.6,
  neutral: 0.5,
  hyperfocus: 0.2,
  flow: 0.1,
  idle: 0,
};

/** Only the wall clock is not in the batch; whoever publishes stamps it. */
export function analyse(batch: StorageBatch, before: Memory | null, learned: Learned): Analysed {
  const known = before ?? newMemory(batch);
  const { features, facts } = featuresOf(batch, known);
  const seen = remember(known, batch, facts);
  const weights = sumWeights(PRIOR, learned.weights);
  const idleMs = batch.windowEndMs - seen.lastActivityMs;
  const idle = idleMs >= IDLE_AFTER_MS;

  const now = tempered(probabilitiesOf(features, weights), facts.qualityRatio);
  const blended = smoothed(now, known.probabilities);
  const state: State = idle ? "idle" : decide(blended, known.state);
  const probabilities = Object.fromEntries(
    STATES.map((one) => [
      one,
      idle || one === "idle" ? (idle && one === "idle" ? 1 : 0) : round(blended[one]),
    ]),
  ) as Record<State, number>;
  const memory = conclude(seen, state, probabilities, batch.windowStartMs);
  const contributions = contributionsOf(features, weights);
  const confidenceRatio = probabilities[state];
  const reasons = idle
    ? [
        {
          feature: "activityShare",
          valueRatio: round(features.activityShare),
          contribution: 1,
          text: `no sign of activity for ${timeText(idleMs)}`,
        },
      ]
    : [...littleSeen(facts), ...reasonsFor(state, contributions, features, facts)].slice(0, 6);

  return {
    memory,
    features,
    facts,
    contributions,
    state: {
      stateId: `${batch.batchId}:state`,
      batchId: batch.batchId,
      correlationId: batch.correlationId,
      sessionId: batch.sessionId,
      windowStartMs: batch.windowStartMs,
      windowEndMs: batch.windowEndMs,
      analysedAtMs: batch.windowEndMs,
      tookMs: 0,
      state,
      previousState: known.state,
      confidenceRatio,
      probabilities,
      stateSinceMs: memory.stateSinceMs,
      stateDurationMs: batch.windowEndMs - memory.stateSinceMs,
      reasons,
      summary: summaryOf(state, confidenceRatio, reasons),
      ...depthsOf(state, probabilities, features),
      metrics: metricsOf(state, memory, features, facts, probabilities),
      workContext: { category: memory.category, app: memory.app },
      qualityRatio: round(facts.qualityRatio),
      evidenceCount: facts.evidenceCount,
      model: { version: MODEL_VERSION, correctionsLearned: learned.correctionCount },
    },
  };
}

/** How deep the flow, how far off the distraction: by its cause, as far as it is sure. */
function depthsOf(
  state: State,
  probabilities: Readonly<Record<State, number>>,
  f: Features,
): Pick<AnalysisState, "flowDepthRatio" | "distractionSeverityRatio"> {
  const inFlow = state === "flow" || state === "hyperfocus";
  const depth =
    0.4 * Math.max(f.focusLength, f.unbrokenFocus) +
    0.3 * f.typingRhythm +
    0.2 * (1 - f.switchRate) +
    0.1 * (1 - f.correctionRate);
  const cause = f.distractingShare > 0.4 ? 0.9 : f.switchRate > 0.4 ? 0.6 : 0.5;
  return {
    flowDepthRatio: inFlow ? round(Math.min(1, depth)) : 0,
    distractionSeverityRatio: state === "distracted" ? round(cause * probabilities.distracted) : 0,
  };
}

function metricsOf(
  state: State,
  memory: Memory,
  features: Features,
  facts: Facts,
  probabilities: Readonly<Record<State, number>>,
): AnalysisState["metrics"] {
  const focused = memory.productiveWindows + memory.distractedWindows;
  const hours = Math.max(1 / 120, (memory.seenUntilMs - memory.firstMs) / 3_600_000);
  const stress =
    0.5 * facts.rapidKeyShare + 0.3 * facts.fastMoveShare + 0.2 * facts.shortFocusShare;
  const tired =
    memory.freshIntervalMs === null || facts.meanIntervalMs === 0
      ? 0
      : scaled(facts.meanIntervalMs / memory.freshIntervalMs - 1, 1);
  const inFlow = probabilities.flow + probabilities.hyperfocus;
  return {
    switchRatePerMin: round(facts.switchRatePerMin),
    meanFocusMs: Math.round(facts.meanFocusMs),
    keysPerMin: round(facts.keysPerMin),
    // Nothing seen of either yet: as likely one as the other.
    productiveTimeRatio: focused === 0 ? 0.5 : round(memory.productiveWindows / focused),
    distractionsPerHour: round(memory.distractions / hours),
    cognitiveLoadRatio: round(
      0.3 * features.switchRate +
        0.2 * features.correctionRate +
        0.2 * features.keyRate +
        0.3 * stress,
    ),
    fatigueRatio: round(tired),
    stressRatio: round(stress),
    receptivityRatio: round(
      0.4 * stress + 0.3 * Math.max(0, 1 - inFlow) + 0.3 * probabilities.distracted,
    ),
    readinessRatio: round(probabilities[state] * READINESS[state]),
  };
}
