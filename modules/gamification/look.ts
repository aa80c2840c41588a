// look.ts: how the companion looks in each state: mood, melt, glow. Pure.
import type { AnalysisState, Animation, Expression, Mood, State } from "@skelly-jelly/events";

export type Look = {
  readonly mood: Mood;
  readonly expression: Expression;
  readonly animation: Animation;
  readonly meltRatio: number;
  readonly energyRatio: number;
  readonly glow: {
    readonly color: string;
    readonly intensityRatio: number;
    readonly pulseHz: number;
  };
};

const MINUTE = 60_000;
const CONCERNED_AFTER_MS = 10 * MINUTE;
const MELTING_FROM = 0.7;
const TIRED_FROM = 0.7;

type Face = Pick<Look, "mood" | "expression" | "animation">;

const FACES: Record<State, (analysis: AnalysisState) => Face> = {
  flow: ({ confidenceRatio, flowDepthRatio }) =>
    confidenceRatio > 0.8 && flowDepthRatio > 0.8
      ? { mood: "happy", expression: "happy", animation: "focused_breathing" }
      : { mood: "focused", expression: "focused", animation: "focused_breathing" },
  hyperfocus: () => ({ mood: "focused", expression: "focused", animation: "focused_breathing" }),
  distracted(analysis) {
    const melt = meltOf(analysis);
    if (melt > MELTING_FROM) {
      return { mood: "melting", expression: "concerned", animation: "melting_heavy" };
    }
    return analysis.stateDurationMs > CONCERNED_AFTER_MS
      ? { mood: "thinking", expression: "concerned", animation: "concerned" }
      : { mood: "thinking", expression: "happy", animation: "encouraging" };
  },
  transitioning: () => ({ mood: "thinking", expression: "neutral", animation: "thinking" }),
  neutral: ({ metrics }) =>
    metrics.productiveTimeRatio > 0.8
      ? { mood: "happy", expression: "happy", animation: "idle_breathing" }
      : { mood: "happy", expression: "neutral", animation: "idle_breathing" },
  idle: () => ({ mood: "tired", expression: "sleepy", animation: "tired_sway" }),
};

// biome-ignore format: a table is read by column
const GLOWS: Record<State, (analysis: AnalysisState) => Look["glow"]> = {
  flow:          ({ confidenceRatio }) => ({ color: "teal", intensityRatio: 0.8 * confidenceRatio, pulseHz: 0.3 }),
  hyperfocus:    () => ({ color: "orange", intensityRatio: 1,   pulseHz: 0.1 }),
  distracted:    () => ({ color: "amber",  intensityRatio: 0.3, pulseHz: 0.2 }),
  transitioning: () => ({ color: "violet", intensityRatio: 0.5, pulseHz: 0.25 }),
  neutral:       () => ({ color: "sky",    intensityRatio: 0.4, pulseHz: 0.2 }),
  idle:          () => ({ color: "slate",  intensityRatio: 0.2, pulseHz: 0.1 }),
};

export function lookOf(analysis: AnalysisState): Look {
  const { state, metrics } = analysis;
  const tired =
    metrics.fatigueRatio > TIRED_FROM && (state === "neutral" || state === "transitioning");
  const face: Face = tired
    ? { mood: "tired", expression: "neutral", animation: "tired_sway" }
    : FACES[state](analysis);
  return {
    ...face,
    meltRatio: two(meltOf(analysis)),
    energyRatio: two(0.85 - 0.6 * metrics.fatigueRatio),
    glow: { ...GLOWS[state](analysis), intensityRatio: two(GLOWS[state](analysis).intensityRatio) },
  };
}

/** Distraction melts it, the longer the more; flow sets it firm again. */
function meltOf({
  state,
  flowDepthRatio,
  distractionSeverityRatio,
  stateDurationMs,
}: AnalysisState): number {
  if (state === "hyperfocus") return 0;
  if (state === "flow") return 0.15 - 0.15 * flowDepthRatio;
  if (state !== "distracted") return 0.2;
  const long = Math.min(0.25, stateDurationMs / (60 * MINUTE));
  return Math.min(0.8, 0.1 + distractionSeverityRatio * 0.55 + long);
}

/** Different enough to be worth a command. */
export function looksDifferent(before: Look | null, after: Look): boolean {
  if (before === null) return true;
  return (
    before.mood !== after.mood ||
    before.expression !== after.expression ||
    before.animation !== after.animation ||
    before.glow.color !== after.glow.color ||
    Math.abs(before.meltRatio - after.meltRatio) >= 0.08 ||
    Math.abs(before.glow.intensityRatio - after.glow.intensityRatio) >= 0.15
  );
}

const two = (value: number): number => Math.round(value * 100) / 100;
