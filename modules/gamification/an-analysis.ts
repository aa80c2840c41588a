// an-analysis.ts: analysed windows as the analysis engine publishes them, for tests.
import type { AnalysisState } from "@skelly-jelly/events";

type Parts = Partial<Omit<AnalysisState, "metrics">> & {
  readonly metrics?: Partial<AnalysisState["metrics"]>;
};

/** Noon in the middle of a week, in whatever time zone: far from midnight everywhere that tests run. */
export const NOON_MS = new Date(2026, 2, 11, 12, 0, 0).getTime();
export const WINDOW_MS = 30_000;

/** The `n`th window of a session; its state has lasted since `sinceWindow`. */
export function window(
  n: number,
  state: AnalysisState["state"],
  parts: Parts & { readonly sinceWindow?: number } = {},
): AnalysisState {
  const { sinceWindow = 0, metrics, ...others } = parts;
  const windowStartMs = others.windowStartMs ?? NOON_MS + n * WINDOW_MS;
  const stateSinceMs = NOON_MS + sinceWindow * WINDOW_MS;
  const deep = state === "flow" || state === "hyperfocus";
  return {
    stateId: `state-${n}`,
    batchId: `batch-${n}`,
    correlationId: `c-${n}`,
    sessionId: "s-1",
    windowStartMs,
    windowEndMs: windowStartMs + WINDOW_MS,
    analysedAtMs: windowStartMs + WINDOW_MS + 5,
    tookMs: 3,
    state,
    previousState: null,
    confidenceRatio: 0.75,
    probabilities: {
      flow: 0.1,
      hyperfocus: 0.1,
      distracted: 0.5,
      transitioning: 0.1,
      neutral: 0.1,
      idle: 0.1,
    },
    stateSinceMs,
    stateDurationMs: Math.max(0, windowStartMs + WINDOW_MS - stateSinceMs),
    reasons: [],
    summary: `${state}, says the test.`,
    flowDepthRatio: deep ? 0.6 : 0,
    distractionSeverityRatio: state === "distracted" ? 0.6 : 0,
    workContext: { category: "development", app: null },
    qualityRatio: 0.8,
    evidenceCount: 120,
    model: { version: "1", correctionsLearned: 0 },
    ...others,
    metrics: {
      switchRatePerMin: 2,
      meanFocusMs: 60_000,
      keysPerMin: 80,
      productiveTimeRatio: state === "distracted" ? 0.2 : 0.7,
      distractionsPerHour: 3,
      cognitiveLoadRatio: 0.3,
      fatigueRatio: 0.2,
      stressRatio: 0.2,
      receptivityRatio: 0.5,
      readinessRatio: 0.5,
      ...metrics,
    },
  };
}
