// companion-events.ts: what the companion's side says: interventions, rewards, words, moves,
// reactions.

import type { TypeOf } from "./shape.ts";
import { flag, integer, list, nullable, number, object, oneOf, text } from "./shape.ts";
import {
  ANIMATIONS,
  APP_CATEGORIES,
  count,
  durationMs,
  EXPRESSIONS,
  INTERVENTION_CATEGORIES,
  INTERVENTIONS,
  id,
  MESSAGE_STYLES,
  MOODS,
  ORIGIN,
  REACTIONS,
  REWARDS,
  ratio,
  sentence,
  state,
  timeMs,
  URGENCIES,
} from "./vocabulary.ts";

export const MESSAGE_CHARACTERS_MAX = 200;

/**
 * `gamification.intervention`: say something now. Stamped against its cooldown when it is asked.
 */
export const gamificationIntervention = object({
  interventionId: id,
  ...ORIGIN,
  requestedAtMs: timeMs,
  type: oneOf(INTERVENTIONS),
  category: oneOf(INTERVENTION_CATEGORIES),
  urgency: oneOf(URGENCIES),
  scoreRatio: ratio,
  state,
  confidenceRatio: ratio,
  /** Why now, in words with numbers. */
  reasons: list(sentence, 12),
  context: object({
    stateDurationMs: durationMs,
    workCategory: nullable(oneOf(APP_CATEGORIES)),
    flowDepthRatio: ratio,
    distractionSeverityRatio: ratio,
    productiveTimeRatio: ratio,
    focusMsToday: durationMs,
    /** The milestone that is celebrated; `null` for all else. */
    milestone: nullable(text(64)),
  }),
  /** Event time before which no other intervention is asked. */
  cooldownUntilMs: timeMs,
});
export type GamificationIntervention = TypeOf<typeof gamificationIntervention>;

/** `gamification.reward`: paid once per session and milestone; `rewardId` says which. */
export const gamificationReward = object({
  rewardId: id,
  ...ORIGIN,
  paidAtMs: timeMs,
  kind: oneOf(REWARDS),
  coins: count,
  xp: count,
  description: sentence,
  /** The purse after it. */
  balanceCoins: count,
  level: count,
  streakDays: count,
});
export type GamificationReward = TypeOf<typeof gamificationReward>;

/** `ai.message`: what is said, after the anti-patronising filter. */
export const aiMessage = object({
  messageId: id,
  interventionId: id,
  ...ORIGIN,
  saidAtMs: timeMs,
  text: text(MESSAGE_CHARACTERS_MAX),
  style: oneOf(MESSAGE_STYLES),
  animation: oneOf(ANIMATIONS),
  expression: oneOf(EXPRESSIONS),
  /** `templates`, `openai-compatible`, … */
  provider: text(64),
  model: nullable(text(128)),
  /** Why the provider asked first did not answer; `null` when it did. */
  fallbackReason: nullable(sentence),
  tookMs: durationMs,
  /** Phrases the filter found and rewrote. */
  rewrittenCount: count,
});
export type AiMessage = TypeOf<typeof aiMessage>;

/** `figurine.command`: what the companion shows from now on. */
export const figurineCommand = object({
  commandId: id,
  ...ORIGIN,
  /** The message it shows; `null`: an ambient change. */
  interventionId: nullable(id),
  issuedAtMs: timeMs,
  cause: oneOf(["state", "message", "reward"]),
  /** 1 ambient … 5 always interrupts. */
  priority: integer(1, 5),
  animation: oneOf(ANIMATIONS),
  expression: oneOf(EXPRESSIONS),
  mood: oneOf(MOODS),
  durationMs: integer(1000, 30_000),
  loop: flag,
  meltRatio: ratio,
  energyRatio: ratio,
  glow: object({ color: text(32), intensityRatio: ratio, pulseHz: number(0, 10) }),
  message: nullable(
    object({
      messageId: id,
      text: text(MESSAGE_CHARACTERS_MAX),
      style: oneOf(MESSAGE_STYLES),
      durationMs: integer(2000, 15_000),
    }),
  ),
  /** The purse, for the page; `null`: unchanged. */
  balanceCoins: nullable(count),
});
export type FigurineCommand = TypeOf<typeof figurineCommand>;

/** `figurine.reaction`: what the user did about it. */
export const figurineReaction = object({
  reactionId: id,
  /** Of the command reacted to; `null`: the figurine itself was touched. */
  correlationId: nullable(id),
  interventionId: nullable(id),
  messageId: nullable(id),
  timeMs,
  reaction: oneOf(REACTIONS),
  /** How long it had been shown. */
  shownForMs: durationMs,
  /** With `wrong-state`: what it really was. */
  correctedState: nullable(state),
});
export type FigurineReaction = TypeOf<typeof figurineReaction>;
