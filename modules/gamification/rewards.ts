// rewards.ts: what a window earns. Each reward has an id of its own and is paid once. Pure.
import type { AnalysisState, RewardKind } from "@skelly-jelly/events";
import { dayBefore } from "./calendar.ts";
import { chanceOf } from "./chance.ts";
import type { GameConfig } from "./game-config.ts";
import type { GameState, Session, Stretch } from "./game-state.ts";
import { PAID_MAX } from "./game-state.ts";
import type { Tracked } from "./track-session.ts";
import { productivityRatio } from "./track-session.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

export type Earned = {
  readonly rewardId: string;
  readonly kind: RewardKind;
  readonly coins: number;
  readonly xp: number;
  readonly description: string;
  /** The milestone's name; `null` for all else. */
  readonly milestone: string | null;
};

export const MILESTONES = [
  { name: "1h", ms: HOUR, coins: 50, says: "One hour of focus in this session." },
  { name: "2h", ms: 2 * HOUR, coins: 100, says: "Two hours of focus in this session." },
  { name: "4h", ms: 4 * HOUR, coins: 200, says: "Four hours of focus in this session." },
  { name: "8h", ms: 8 * HOUR, coins: 500, says: "Eight hours of focus in this session." },
] as const;

type Reached = { readonly state: GameState; readonly session: Session; readonly tracked: Tracked };
export type Achievement = {
  readonly id: string;
  readonly name: string;
  readonly coins: number;
  readonly reached: (now: Reached) => boolean;
};
const stretchMs = ({ session }: Reached): number =>
  session.stretch?.kind === "focus" ? session.stretch.untilMs - session.stretch.sinceMs : 0;

export const ACHIEVEMENTS: readonly Achievement[] = [
  {
    id: "first-quarter",
    name: "15 minutes without a break",
    coins: 25,
    reached: (now) => stretchMs(now) >= 15 * MINUTE,
  },
  {
    id: "deep-dive",
    name: "45 minutes without a break",
    coins: 250,
    reached: (now) => stretchMs(now) >= 45 * MINUTE,
  },
  {
    id: "two-hours",
    name: "Two hours of focus in one session",
    coins: 200,
    reached: ({ session }) => session.focusMs >= 2 * HOUR,
  },
  {
    id: "ten-returns",
    name: "Found the way back ten times",
    coins: 100,
    reached: ({ state }) => state.recoveriesTotal >= 10,
  },
  {
    id: "four-fifths",
    name: "A session four fifths focused",
    coins: 300,
    reached: ({ session }) =>
      session.focusMs + session.distractedMs >= HOUR && (productivityRatio(session) ?? 0) >= 0.8,
  },
];

const RECOVERY = { coins: 5, quickCoins: 3, quickMs: 5 * MINUTE, perSessionMax: 5 } as const;
const FOCUS = {
  flowMinMs: 15 * MINUTE,
  hyperfocusMinMs: 20 * MINUTE,
  paidMaxMs: 120 * MINUTE,
} as const;
const STREAK_MIN_MS = 15 * MINUTE;
const GOAL_COINS = 30;
const BONUS = { leastCoins: 5, mostCoins: 19 } as const;

/** The state with the window counted and paid, and what was paid. */
export function payWindow(
  counted: GameState,
  tracked: Tracked,
  analysis: AnalysisState,
  day: string,
  config: GameConfig,
): { readonly state: GameState; readonly earned: readonly Earned[] } {
  if (tracked.newMs === 0) return { state: counted, earned: [] };
  const withDay = countDay(counted, tracked.newFocusMs, day);
  const state: GameState = {
    ...withDay,
    recoveriesTotal: withDay.recoveriesTotal + (tracked.recoveredAfterMs === null ? 0 : 1),
  };
  const due = [
    ...focusRewards(state, tracked, analysis, config),
    ...recoveryRewards(tracked, analysis),
    ...milestoneRewards(tracked.session),
    ...goalRewards(state, day, config),
    ...achievementRewards(state, tracked),
  ].filter(({ rewardId }) => !state.paid.includes(rewardId));
  return { state: due.reduce((now, reward) => pay(now, reward, analysis), state), earned: due };
}

function pay(state: GameState, reward: Earned, analysis: AnalysisState): GameState {
  const achievements =
    reward.kind === "achievement"
      ? [
          ...state.achievements,
          { id: reward.rewardId.replace(/^achievement:/, ""), reachedAtMs: analysis.windowEndMs },
        ]
      : state.achievements;
  return {
    ...state,
    coins: state.coins + reward.coins,
    xp: state.xp + reward.xp,
    paid: [...state.paid, reward.rewardId].slice(-PAID_MAX),
    achievements,
  };
}

/** A day counts once towards the streak; days before the last one counted change nothing. */
function countDay(state: GameState, newFocusMs: number, day: string): GameState {
  if (day < state.today.day) return state;
  const focusMs = (day === state.today.day ? state.today.focusMs : 0) + newFocusMs;
  const { lastDay } = state.streak;
  const counts = focusMs >= STREAK_MIN_MS && (lastDay === null || day > lastDay);
  const days = lastDay === dayBefore(day) ? state.streak.days + 1 : 1;
  return {
    ...state,
    today: { day, focusMs },
    streak: counts ? { days, lastDay: day } : state.streak,
  };
}

/** A stretch pays when it ends, so that nothing rewards staying on for the next coin. */
function focusRewards(
  state: GameState,
  { endedStretch, session }: Tracked,
  analysis: AnalysisState,
  config: GameConfig,
): readonly Earned[] {
  if (endedStretch === null || endedStretch.kind !== "focus") return [];
  const lasted = endedStretch.untilMs - endedStretch.sinceMs;
  const leastMs = endedStretch.state === "hyperfocus" ? FOCUS.hyperfocusMinMs : FOCUS.flowMinMs;
  if (lasted < leastMs) return [];
  const minutes = Math.floor(Math.min(lasted, FOCUS.paidMaxMs) / MINUTE);
  const base = Math.floor(minutes * config.coinsPerMinute);
  const depth = Math.min(1, endedStretch.depthMs / lasted);
  const focus: Earned = {
    rewardId: keyed(session, "focus", endedStretch.sinceMs),
    kind: "focus",
    coins: base + Math.floor(base * depth * 0.5),
    xp: Math.floor(minutes * (productivityRatio(session) ?? 0)),
    description: `${minutes} minutes of focus.`,
    milestone: null,
  };
  const bonus = bonusFor(state, session, endedStretch, analysis, config);
  return bonus === null ? [focus] : [focus, bonus];
}

/** The dice are thrown by the stretch's own name: replayed, it falls the same. */
function bonusFor(
  state: GameState,
  session: Session,
  stretch: Stretch,
  analysis: AnalysisState,
  config: GameConfig,
): Earned | null {
  const gapMs = analysis.windowEndMs - stretch.sinceMs;
  const streakShare = Math.max(1 - 0.1 * state.streak.days, 0.3);
  const p = config.bonusRatio * Math.min(gapMs / (30 * MINUTE), 2) * streakShare;
  const rewardId = keyed(session, "bonus", stretch.sinceMs);
  if (chanceOf(rewardId) >= p) return null;
  const span = BONUS.mostCoins - BONUS.leastCoins + 1;
  const coins = BONUS.leastCoins + Math.floor(chanceOf(`${rewardId}:coins`) * span);
  return { rewardId, kind: "bonus", coins, xp: 0, description: "A little extra.", milestone: null };
}

function recoveryRewards(
  { session, recoveredAfterMs }: Tracked,
  analysis: AnalysisState,
): readonly Earned[] {
  if (recoveredAfterMs === null || session.recoveries > RECOVERY.perSessionMax) return [];
  const quick = recoveredAfterMs < RECOVERY.quickMs;
  return [
    {
      rewardId: keyed(session, "recovery", analysis.windowStartMs),
      kind: "recovery",
      coins: RECOVERY.coins + (quick ? RECOVERY.quickCoins : 0),
      xp: 0,
      description: quick ? "Back within five minutes." : "Back at it.",
      milestone: null,
    },
  ];
}

function milestoneRewards(session: Session): readonly Earned[] {
  return MILESTONES.filter(({ ms }) => session.focusMs >= ms).map(({ name, coins, says }) => ({
    rewardId: keyed(session, "milestone", name),
    kind: "milestone",
    coins,
    xp: 0,
    description: says,
    milestone: name,
  }));
}

function goalRewards(state: GameState, day: string, config: GameConfig): readonly Earned[] {
  if (state.today.day !== day || state.today.focusMs < config.dailyGoalMs) return [];
  const minutes = Math.round(config.dailyGoalMs / MINUTE);
  return [
    {
      rewardId: `goal:${day}`,
      kind: "goal",
      coins: GOAL_COINS,
      xp: 0,
      description: `Today's ${minutes} minutes are reached.`,
      milestone: null,
    },
  ];
}

function achievementRewards(state: GameState, tracked: Tracked): readonly Earned[] {
  const now: Reached = { state, session: tracked.session, tracked };
  return ACHIEVEMENTS.filter(({ reached }) => reached(now)).map(({ id, name, coins }) => ({
    rewardId: `achievement:${id}`,
    kind: "achievement",
    coins,
    xp: 0,
    description: `${name}.`,
    milestone: null,
  }));
}

/** Names a reward; a session's id is cut so that the name fits the contract's 128 characters. */
const keyed = ({ sessionId }: Session, kind: string, which: string | number): string =>
  `${sessionId.slice(-80)}:${kind}:${which}`;
