// a-command.ts: commands, rewards and states as the other modules publish them, for tests.
import type { AnalysisState, FigurineCommand, GamificationReward } from "@skelly-jelly/events";

const ORIGIN = {
  correlationId: "c-1",
  sessionId: "s-1",
  windowStartMs: 1_000_000,
  windowEndMs: 1_030_000,
} as const;

/** An ambient change to flow. */
export function ambient(parts: Partial<FigurineCommand> = {}): FigurineCommand {
  return {
    commandId: "ambient-1",
    ...ORIGIN,
    interventionId: null,
    issuedAtMs: 1_030_020,
    cause: "state",
    priority: 1,
    animation: "focused_breathing",
    expression: "focused",
    mood: "focused",
    durationMs: 2000,
    loop: true,
    meltRatio: 0.1,
    energyRatio: 0.8,
    glow: { color: "teal", intensityRatio: 0.7, pulseHz: 0.3 },
    message: null,
    balanceCoins: null,
    ...parts,
  };
}

/** A message; its number names command, message and intervention. */
export function speaking(n: number, parts: Partial<FigurineCommand> = {}): FigurineCommand {
  return ambient({
    commandId: `command-${n}`,
    correlationId: `c-${n}`,
    interventionId: `i-${n}`,
    cause: "message",
    priority: 3,
    animation: "encouraging",
    expression: "happy",
    mood: "thinking",
    durationMs: 8000,
    loop: false,
    meltRatio: 0.3,
    message: {
      messageId: `m-${n}`,
      text: `Which window was it, number ${n}?`,
      style: "gentle",
      durationMs: 8000,
    },
    ...parts,
  });
}

export function aReward(parts: Partial<GamificationReward> = {}): GamificationReward {
  return {
    rewardId: "s-1:milestone:1h",
    ...ORIGIN,
    paidAtMs: 1_030_020,
    kind: "milestone",
    coins: 50,
    xp: 12,
    description: "One hour of focus in this session.",
    balanceCoins: 1240,
    level: 4,
    streakDays: 3,
    ...parts,
  };
}

export function analysed(state: AnalysisState["state"]): AnalysisState {
  return {
    stateId: "state-1",
    batchId: "batch-1",
    ...ORIGIN,
    analysedAtMs: 1_030_010,
    tookMs: 4,
    state,
    previousState: null,
    confidenceRatio: 0.86,
    probabilities: {
      flow: 0.86,
      hyperfocus: 0.04,
      distracted: 0.04,
      transitioning: 0.02,
      neutral: 0.02,
      idle: 0.02,
    },
    stateSinceMs: 1_000_000,
    stateDurationMs: 30_000,
    reasons: [],
    summary: "Long stretches in one window, a steady rhythm.",
    flowDepthRatio: 0.6,
    distractionSeverityRatio: 0,
    metrics: {
      switchRatePerMin: 1,
      meanFocusMs: 90_000,
      keysPerMin: 120,
      productiveTimeRatio: 0.8,
      distractionsPerHour: 1,
      cognitiveLoadRatio: 0.3,
      fatigueRatio: 0.1,
      stressRatio: 0.1,
      receptivityRatio: 0.2,
      readinessRatio: 0.1,
    },
    workContext: { category: "development", app: null },
    qualityRatio: 0.9,
    evidenceCount: 200,
    model: { version: "1", correctionsLearned: 0 },
  };
}
