// track-session.ts: counts a window into its session, each moment of event time once. Pure.
import type { AnalysisState } from "@skelly-jelly/events";
import type { GameState, Session, Stretch } from "./game-state.ts";
import { SESSIONS_MAX } from "./game-state.ts";

/** What one window changed; the rewards are reckoned from these. */
export type Tracked = {
  readonly session: Session;
  /** Event time that is new with this window; 0: it was counted before. */
  readonly newMs: number;
  /** Of that, in flow or hyperfocus. */
  readonly newFocusMs: number;
  /** A stretch that ended with this window's state. */
  readonly endedStretch: Stretch | null;
  /** Work is taken up again after a distraction that lasted so long; `null`: it is not. */
  readonly recoveredAfterMs: number | null;
};

/** A silence longer than this ends a stretch: nobody knows what was in between. */
const GAP_MAX_MS = 5 * 60_000;

export function trackWindow(state: GameState, analysis: AnalysisState): Tracked {
  const before =
    state.sessions.find(({ sessionId }) => sessionId === analysis.sessionId) ??
    newSession(analysis);
  const from = Math.max(analysis.windowStartMs, before.countedToMs);
  const newMs = Math.max(0, analysis.windowEndMs - from);
  if (newMs === 0) {
    return { session: before, newMs, newFocusMs: 0, endedStretch: null, recoveredAfterMs: null };
  }
  const kind = kindOf(analysis.state);
  const gap = before.stretch !== null && from - before.stretch.untilMs > GAP_MAX_MS;
  const goesOn = before.stretch !== null && before.stretch.kind === kind && !gap;
  const depthMs = analysis.flowDepthRatio * newMs;
  const stretch: Stretch =
    goesOn && before.stretch !== null
      ? {
          ...before.stretch,
          untilMs: analysis.windowEndMs,
          state: analysis.state,
          depthMs: before.stretch.depthMs + depthMs,
        }
      : { kind, sinceMs: from, untilMs: analysis.windowEndMs, state: analysis.state, depthMs };
  const recovers = analysis.state === "flow" || analysis.state === "transitioning";
  const recoveredAfterMs =
    recovers && before.offFrom !== null && !gap
      ? before.offFrom.untilMs - before.offFrom.sinceMs
      : null;
  const session: Session = {
    ...before,
    countedToMs: analysis.windowEndMs,
    focusMs: before.focusMs + (kind === "focus" ? newMs : 0),
    distractedMs: before.distractedMs + (kind === "distracted" ? newMs : 0),
    recoveries: before.recoveries + (recoveredAfterMs === null ? 0 : 1),
    stretch,
    offFrom: offFrom(before, stretch, recovers || gap),
  };
  return {
    session,
    newMs,
    newFocusMs: kind === "focus" ? newMs : 0,
    endedStretch: goesOn ? null : before.stretch,
    recoveredAfterMs,
  };
}

/** Puts the session first and lets the oldest go. */
export function withSession(state: GameState, session: Session): GameState {
  const others = state.sessions.filter(({ sessionId }) => sessionId !== session.sessionId);
  return { ...state, sessions: [session, ...others].slice(0, SESSIONS_MAX) };
}

/** Focus among focus and distraction, 0..1; `null` when there was neither. */
export function productivityRatio({ focusMs, distractedMs }: Session): number | null {
  const both = focusMs + distractedMs;
  return both === 0 ? null : focusMs / both;
}

const newSession = ({ sessionId, windowStartMs }: AnalysisState): Session => ({
  sessionId,
  startedMs: windowStartMs,
  countedToMs: windowStartMs,
  focusMs: 0,
  distractedMs: 0,
  recoveries: 0,
  stretch: null,
  offFrom: null,
  pendingMilestone: null,
});

function kindOf(state: AnalysisState["state"]): Stretch["kind"] {
  if (state === "flow" || state === "hyperfocus") return "focus";
  return state === "distracted" ? "distracted" : "other";
}

function offFrom(before: Session, now: Stretch, over: boolean): Session["offFrom"] {
  if (now.kind === "distracted") return { sinceMs: now.sinceMs, untilMs: now.untilMs };
  return over ? null : before.offFrom;
}
