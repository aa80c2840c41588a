// game-state.ts: what is remembered: the purse, the sessions, what was paid, what was asked. Plain data.
import type { InterventionType, State } from "@skelly-jelly/events";
import { INTERVENTIONS } from "@skelly-jelly/events";

export const STATE_VERSION = 1;
export const SESSIONS_MAX = 8;
export const PAID_MAX = 5000;
export const STAMPS_MAX = 200;

/** One stretch of one kind of work, as far as it has come. */
export type Stretch = {
  readonly kind: "focus" | "distracted" | "other";
  readonly sinceMs: number;
  readonly untilMs: number;
  readonly state: State;
  /** Depth times milliseconds, for the mean. */
  readonly depthMs: number;
};

export type Session = {
  readonly sessionId: string;
  /** Event time at which its first window began. */
  readonly startedMs: number;
  /** Event time up to which it is counted; what is older is never counted again. */
  readonly countedToMs: number;
  readonly focusMs: number;
  readonly distractedMs: number;
  readonly recoveries: number;
  readonly stretch: Stretch | null;
  /** The last time of distraction, until focus has come back from it; `null`: none is open. */
  readonly offFrom: { readonly sinceMs: number; readonly untilMs: number } | null;
  /** A milestone that was reached while it must not interrupt. */
  readonly pendingMilestone: { readonly name: string; readonly reachedMs: number } | null;
};

/** One intervention that was asked: the cooldowns and caps count these. */
export type AskStamp = {
  readonly interventionId: string;
  readonly type: InterventionType;
  readonly sessionId: string;
  readonly atMs: number;
  /** The user's answer has been learned from. */
  readonly answered: boolean;
};

export type Adaptation = {
  readonly cooldownFactor: number;
  readonly success: number;
  readonly engagement: number;
};

export type GameState = {
  readonly version: typeof STATE_VERSION;
  readonly coins: number;
  readonly xp: number;
  readonly recoveriesTotal: number;
  readonly streak: { readonly days: number; readonly lastDay: string | null };
  readonly today: { readonly day: string; readonly focusMs: number };
  readonly achievements: readonly { readonly id: string; readonly reachedAtMs: number }[];
  /** Ids of rewards that were paid; each is paid once. */
  readonly paid: readonly string[];
  /** Latest first. */
  readonly sessions: readonly Session[];
  readonly stamps: readonly AskStamp[];
  readonly adaptation: Readonly<Record<InterventionType, Adaptation>>;
};

export const FIRST_ADAPTATION: Adaptation = { cooldownFactor: 1, success: 0.5, engagement: 0.5 };

export const FIRST_STATE: GameState = {
  version: STATE_VERSION,
  coins: 0,
  xp: 0,
  recoveriesTotal: 0,
  streak: { days: 0, lastDay: null },
  today: { day: "", focusMs: 0 },
  achievements: [],
  paid: [],
  sessions: [],
  stamps: [],
  adaptation: Object.fromEntries(INTERVENTIONS.map((type) => [type, FIRST_ADAPTATION])) as Record<
    InterventionType,
    Adaptation
  >,
};

/** True for what an earlier life of this version wrote. */
export function isGameState(value: unknown): value is GameState {
  if (typeof value !== "object" || value === null) return false;
  const state = value as Partial<Record<keyof GameState, any>>;
  const amount = (n: unknown) => typeof n === "number" && Number.isFinite(n) && n >= 0;
  return (
    state.version === STATE_VERSION &&
    [state.coins, state.xp, state.recoveriesTotal, state.streak?.days, state.today?.focusMs].every(
      amount,
    ) &&
    typeof state.today?.day === "string" &&
    [state.achievements, state.paid, state.sessions, state.stamps].every(Array.isArray) &&
    state.paid.every((id: unknown) => typeof id === "string") &&
    state.sessions.every((s: any) => typeof s?.sessionId === "string" && amount(s.countedToMs)) &&
    state.stamps.every((s: any) => amount(s?.atMs) && INTERVENTIONS.includes(s.type)) &&
    INTERVENTIONS.every((type) => amount(state.adaptation?.[type]?.cooldownFactor))
  );
}
