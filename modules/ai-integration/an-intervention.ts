// an-intervention.ts: an intervention as gamification asks for it, for tests.
import type { GamificationIntervention } from "@skelly-jelly/events";

type Parts = Partial<Omit<GamificationIntervention, "context">> & {
  readonly context?: Partial<GamificationIntervention["context"]>;
};

export function anIntervention(parts: Parts = {}): GamificationIntervention {
  return {
    interventionId: "i-1",
    correlationId: "c-1",
    sessionId: "s-1",
    windowStartMs: 1_000_000,
    windowEndMs: 1_030_000,
    requestedAtMs: 1_030_010,
    type: "recovery_support",
    category: "suggestion",
    urgency: "normal",
    scoreRatio: 0.75,
    state: "distracted",
    confidenceRatio: 0.8,
    reasons: ["fits distracted (+0.30)"],
    cooldownUntilMs: 1_930_000,
    ...parts,
    context: {
      stateDurationMs: 240_000,
      workCategory: "development",
      flowDepthRatio: 0,
      distractionSeverityRatio: 0.6,
      productiveTimeRatio: 0.3,
      focusMsToday: 0,
      milestone: null,
      ...parts.context,
    },
  };
}
