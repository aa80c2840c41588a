// on-window.ts: one analysed window in, everything that follows from it out. Pure; ids and local time come in.
import type {
  AnalysisState,
  FigurineCommand,
  GamificationIntervention,
  GamificationReward,
} from "@skelly-jelly/events";
import { CLIP_MS } from "@skelly-jelly/events";
import type { LocalTime } from "./calendar.ts";
import { dayBefore } from "./calendar.ts";
import type { Decision } from "./decide.ts";
import { decide } from "./decide.ts";
import type { GameConfig } from "./game-config.ts";
import type { GameState, Session } from "./game-state.ts";
import { STAMPS_MAX } from "./game-state.ts";
import { levelOf } from "./levels.ts";
import type { Look } from "./look.ts";
import { lookOf, looksDifferent } from "./look.ts";
import type { Earned } from "./rewards.ts";
import { payWindow } from "./rewards.ts";
import { trackWindow, withSession } from "./track-session.ts";

export type WindowInput = {
  readonly state: GameState;
  readonly analysis: AnalysisState;
  readonly config: GameConfig;
  readonly local: LocalTime;
  readonly nowMs: number;
  /** What the companion last looked like; `null`: nothing was said yet. */
  readonly look: Look | null;
  newId(): string;
};

export type WindowOutcome = {
  readonly state: GameState;
  readonly decision: Decision;
  readonly intervention: GamificationIntervention | null;
  readonly rewards: readonly GamificationReward[];
  readonly commands: readonly FigurineCommand[];
  readonly look: Look;
};

export function onWindow(input: WindowInput): WindowOutcome {
  const { analysis, config, local } = input;
  const tracked = trackWindow(input.state, analysis);
  const counted = withSession(input.state, tracked.session);
  const { state: paid, earned } = payWindow(counted, tracked, analysis, local.day, config);
  const session = withMilestone(tracked.session, earned, analysis);
  const decision: Decision =
    tracked.newMs === 0
      ? { kind: "hold", rule: "nothing-fits", reason: "this window was judged before" }
      : decide(paid, session, analysis, local, config);
  const intervention = interventionOf(decision, session, paid, input);
  const state = stamped(withSession(paid, session), intervention, session);
  const look = lookOf(analysis);
  return {
    state,
    decision,
    intervention,
    rewards: rewardsOf(earned, input.state, state, input),
    commands: commandsOf(earned, look, state, input),
    look,
  };
}

/** Streak of days as it stands on a day: one that was not kept up is over. */
export function streakOn(state: GameState, day: string): number {
  const { days, lastDay } = state.streak;
  return lastDay !== null && lastDay >= dayBefore(day) ? days : 0;
}

function withMilestone(
  session: Session,
  earned: readonly Earned[],
  analysis: AnalysisState,
): Session {
  const name = earned.findLast(({ milestone }) => milestone !== null)?.milestone;
  if (name === undefined || name === null) return session;
  return { ...session, pendingMilestone: { name, reachedMs: analysis.windowEndMs } };
}

/** Stamped when it is asked, not when it is answered: what is never answered counts too. */
function stamped(
  state: GameState,
  asked: GamificationIntervention | null,
  session: Session,
): GameState {
  if (asked === null) return state;
  const { interventionId, type, sessionId, windowEndMs } = asked;
  const stamp = { interventionId, type, sessionId, atMs: windowEndMs, answered: false };
  const celebrated = asked.context.milestone !== null;
  const next = { ...state, stamps: [...state.stamps, stamp].slice(-STAMPS_MAX) };
  return celebrated ? withSession(next, { ...session, pendingMilestone: null }) : next;
}

function interventionOf(
  decision: Decision,
  session: Session,
  state: GameState,
  input: WindowInput,
): GamificationIntervention | null {
  if (decision.kind === "hold") return null;
  const { analysis } = input;
  const { what, score, milestone, cooldownUntilMs } = decision;
  return {
    interventionId: input.newId(),
    ...originOf(analysis),
    requestedAtMs: input.nowMs,
    type: what.type,
    category: what.category,
    urgency: urgencyOf(analysis),
    scoreRatio: score.ratio,
    state: analysis.state,
    confidenceRatio: analysis.confidenceRatio,
    reasons: score.reasons,
    context: {
      stateDurationMs: analysis.stateDurationMs,
      workCategory: analysis.workContext.category,
      flowDepthRatio: analysis.flowDepthRatio,
      distractionSeverityRatio: analysis.distractionSeverityRatio,
      productiveTimeRatio: analysis.metrics.productiveTimeRatio,
      focusMsToday: Math.max(state.today.focusMs, session.focusMs),
      milestone,
    },
    cooldownUntilMs,
  };
}

const URGENT_AFTER_MS = 30 * 60_000;

function urgencyOf({ state, stateDurationMs, distractionSeverityRatio }: AnalysisState) {
  if (state !== "distracted") return "low" as const;
  const urgent = distractionSeverityRatio > 0.8 && stateDurationMs > URGENT_AFTER_MS;
  return urgent ? ("high" as const) : ("normal" as const);
}

function rewardsOf(
  earned: readonly Earned[],
  before: GameState,
  after: GameState,
  { analysis, nowMs, local }: WindowInput,
): readonly GamificationReward[] {
  let { coins, xp } = before;
  return earned.map((reward) => {
    coins += reward.coins;
    xp += reward.xp;
    return {
      rewardId: reward.rewardId,
      ...originOf(analysis),
      paidAtMs: nowMs,
      kind: reward.kind,
      coins: reward.coins,
      xp: reward.xp,
      description: reward.description,
      balanceCoins: coins,
      level: levelOf(xp),
      streakDays: streakOn(after, local.day),
    };
  });
}

/** The ambient change first, then one small gesture for all that was earned. */
function commandsOf(
  earned: readonly Earned[],
  look: Look,
  state: GameState,
  input: WindowInput,
): readonly FigurineCommand[] {
  const { analysis } = input;
  const common = {
    ...originOf(analysis),
    interventionId: null,
    issuedAtMs: input.nowMs,
    meltRatio: look.meltRatio,
    energyRatio: look.energyRatio,
    glow: look.glow,
    message: null,
    balanceCoins: state.coins,
  };
  const commands: FigurineCommand[] = [];
  if (looksDifferent(input.look, look)) {
    commands.push({
      ...common,
      commandId: input.newId(),
      cause: "state",
      priority: 1,
      animation: look.animation,
      expression: look.expression,
      mood: look.mood,
      durationMs: CLIP_MS[look.animation],
      loop: true,
    });
  }
  // Deep work is paid in silence: the purse changes, nothing jumps about.
  if (earned.length === 0 || isDeep(analysis, input.config)) return commands;
  const big = earned.some(({ kind }) => BIG.has(kind));
  const animation = big ? "celebration_dance" : "happy_bounce";
  commands.push({
    ...common,
    commandId: input.newId(),
    cause: "reward",
    priority: 2,
    animation,
    expression: "excited",
    mood: big ? "celebrating" : "happy",
    meltRatio: Math.min(0.1, look.meltRatio),
    durationMs: CLIP_MS[animation],
    loop: false,
  });
  return commands;
}

const BIG: ReadonlySet<Earned["kind"]> = new Set(["milestone", "achievement", "goal"]);

const isDeep = ({ state, confidenceRatio }: AnalysisState, config: GameConfig): boolean =>
  state === "hyperfocus" || (state === "flow" && confidenceRatio > config.flowConfidenceMax);

const originOf = (analysis: AnalysisState) => ({
  correlationId: analysis.correlationId,
  sessionId: analysis.sessionId,
  windowStartMs: analysis.windowStartMs,
  windowEndMs: analysis.windowEndMs,
});
