// decide.ts: may anything be said now, and what? Every answer has its reasons. Pure.
import type { AnalysisState } from "@skelly-jelly/events";
import type { LocalTime } from "./calendar.ts";
import type { Frequency, GameConfig } from "./game-config.ts";
import type { AskStamp, GameState, Session } from "./game-state.ts";
import type { Facts, Kind, Score } from "./interventions.ts";
import { KINDS, scoreOf } from "./interventions.ts";

const HOUR = 3_600_000;
/** A milestone that could not be celebrated within this time is left alone. */
export const MILESTONE_FRESH_MS = 30 * 60_000;

export type Decision =
  | {
      readonly kind: "ask";
      readonly what: Kind;
      readonly score: Score;
      readonly milestone: string | null;
      readonly cooldownUntilMs: number;
    }
  | { readonly kind: "hold"; readonly rule: HoldRule; readonly reason: string };
export type HoldRule =
  | "nobody-there"
  | "flow"
  | "hyperfocus"
  | "unsure"
  | "settling"
  | "cooldown"
  | "hourly-cap"
  | "nothing-fits";

const THRESHOLDS: Record<Frequency, number> = { minimal: 0.75, normal: 0.6, frequent: 0.5 };

export function decide(
  state: GameState,
  session: Session,
  analysis: AnalysisState,
  local: LocalTime,
  config: GameConfig,
): Decision {
  const held = holdBack(analysis, config);
  if (held !== null) return held;
  const nowMs = analysis.windowEndMs;
  const stamps = stampsThatCount(state, session);
  const limits = holdByLimits(stamps, nowMs, config);
  if (limits !== null) return limits;
  const milestone = freshMilestone(session, nowMs);
  const facts = (what: Kind): Facts => ({
    analysis,
    adaptation: state.adaptation[what.type],
    hour: local.hour,
    hyperfocusMinMs: config.hyperfocusMinMs,
    focusMs: session.focusMs,
    milestone,
  });
  const open = KINDS.filter(
    (what) =>
      config.categories.includes(what.category) &&
      kindIsFree(what, stamps, state, nowMs, config) &&
      (settled(analysis, config) || what.type === "milestone_celebration"),
  );
  const scored = open
    .map((what) => ({ what, score: scoreOf(what, facts(what)) }))
    .filter((one): one is { what: Kind; score: Score } => one.score !== null)
    .sort((a, b) => b.score.ratio - a.score.ratio);
  const best = scored[0];
  const threshold = THRESHOLDS[config.frequency];
  if (best === undefined || best.score.ratio < threshold) {
    return nothingFits(best, threshold, analysis, config);
  }
  return {
    kind: "ask",
    what: best.what,
    score: best.score,
    milestone: best.what.type === "milestone_celebration" ? milestone : null,
    cooldownUntilMs: nowMs + config.cooldownMs,
  };
}

/** The guards that nothing outweighs. */
function holdBack(analysis: AnalysisState, config: GameConfig): Decision | null {
  const { state, confidenceRatio, stateDurationMs, qualityRatio } = analysis;
  const percent = Math.round(confidenceRatio * 100);
  if (state === "idle") return hold("nobody-there", "nobody is at work");
  if (state === "flow" && confidenceRatio > config.flowConfidenceMax) {
    return hold("flow", `flow is ${percent} % sure and is never interrupted`);
  }
  if (state === "hyperfocus" && stateDurationMs < config.hyperfocusMinMs) {
    return hold("hyperfocus", `hyperfocus is ${Math.round(stateDurationMs / 60_000)} min old`);
  }
  if (confidenceRatio < config.confidenceMin || qualityRatio < config.qualityMin) {
    const quality = Math.round(qualityRatio * 100);
    return hold("unsure", `${state} is ${percent} % sure, the window's evidence is ${quality} %`);
  }
  return null;
}

function holdByLimits(
  stamps: readonly AskStamp[],
  nowMs: number,
  config: GameConfig,
): Decision | null {
  const last = nearest(stamps, nowMs);
  if (last < config.cooldownMs) {
    return hold("cooldown", `the last one was ${Math.round(last / 1000)} s ago`);
  }
  const inHour = within(stamps, nowMs, HOUR);
  if (inHour >= config.perHourMax) return hold("hourly-cap", `${inHour} were said in an hour`);
  return null;
}

/** A kind's own cooldown stretches with what was learned; it never undercuts the common one. */
function kindIsFree(
  what: Kind,
  stamps: readonly AskStamp[],
  state: GameState,
  nowMs: number,
  config: GameConfig,
): boolean {
  const own = stamps.filter(({ type }) => type === what.type);
  const factor = what.adapts && config.adaptive ? state.adaptation[what.type].cooldownFactor : 1;
  return (
    nearest(own, nowMs) >= what.cooldownMs * factor && within(own, nowMs, HOUR) < what.perHourMax
  );
}

/**
 * Which earlier interventions a session must heed: its own, and those of sessions that were over when it began.
 * A recording that is played again, over the same time, has a time line of its own: it neither stands in the way of
 * the present nor of itself.
 */
function stampsThatCount(state: GameState, session: Session): readonly AskStamp[] {
  const overAt = new Map(state.sessions.map((one) => [one.sessionId, one.countedToMs]));
  return state.stamps.filter(({ sessionId, atMs }) => {
    if (sessionId === session.sessionId) return true;
    return (overAt.get(sessionId) ?? atMs) <= session.startedMs + OVERLAP_MS;
  });
}

/** Two lives of one capture may share a window where they meet. */
const OVERLAP_MS = 60_000;

/** Distances count both ways, so that a window that comes late cannot slip in before the last stamp. */
const nearest = (stamps: readonly AskStamp[], nowMs: number): number =>
  Math.min(Infinity, ...stamps.map(({ atMs }) => Math.abs(nowMs - atMs)));
const within = (stamps: readonly AskStamp[], nowMs: number, spanMs: number): number =>
  stamps.filter(({ atMs }) => Math.abs(nowMs - atMs) < spanMs).length;

function freshMilestone({ pendingMilestone }: Session, nowMs: number): string | null {
  if (pendingMilestone === null) return null;
  return nowMs - pendingMilestone.reachedMs <= MILESTONE_FRESH_MS ? pendingMilestone.name : null;
}

const settled = (analysis: AnalysisState, config: GameConfig): boolean =>
  analysis.stateDurationMs >= config.settleMs;

function nothingFits(
  best: { readonly what: Kind; readonly score: Score } | undefined,
  threshold: number,
  analysis: AnalysisState,
  config: GameConfig,
): Decision {
  if (!settled(analysis, config)) {
    return hold(
      "settling",
      `${analysis.state} began ${Math.round(analysis.stateDurationMs / 1000)} s ago`,
    );
  }
  if (best === undefined) return hold("nothing-fits", `nothing to say in ${analysis.state}`);
  return hold(
    "nothing-fits",
    `${best.what.type} scores ${best.score.ratio.toFixed(2)} of the ${threshold} it needs`,
  );
}

const hold = (rule: HoldRule, reason: string): Decision => ({ kind: "hold", rule, reason });
