// adapt.ts: what a reaction teaches: longer or shorter cooldowns, and how welcome a kind is. Pure.
import type { FigurineReaction } from "@skelly-jelly/events";
import type { Adaptation, GameState } from "./game-state.ts";
import { KINDS } from "./interventions.ts";

/** Sent away sooner than this: it was not read. */
const QUICK_MS = 3000;
const KEEP = 0.9;

type Lesson = {
  readonly factor: number;
  readonly least: number;
  readonly most: number;
  readonly success: number | null;
  readonly engagement: number;
};

// biome-ignore format: a table is read by column
const LESSONS = {
  quick:       { factor: 1.3,  least: 0.5, most: 3,   success: 0,    engagement: 0 },
  patronising: { factor: 1.3,  least: 0.5, most: 3,   success: 0,    engagement: 0 },
  ignored:     { factor: 1.2,  least: 0.5, most: 2.5, success: 0,    engagement: 0 },
  dismissed:   { factor: 1,    least: 0.5, most: 3,   success: 0,    engagement: 1 },
  clicked:     { factor: 0.95, least: 0.8, most: 3,   success: null, engagement: 1 },
  engaged:     { factor: 0.9,  least: 0.5, most: 3,   success: 1,    engagement: 1 },
  acted:       { factor: 0.9,  least: 0.5, most: 3,   success: 1,    engagement: 1 },
} as const satisfies Record<string, Lesson>;

/** An intervention is learned from once; a reaction to nothing, or to what is forgotten, teaches nothing. */
export function onReaction(state: GameState, reaction: FigurineReaction): GameState {
  const stamp = state.stamps.find((one) => one.interventionId === reaction.interventionId);
  const lesson = lessonOf(reaction);
  if (stamp === undefined || stamp.answered || lesson === null) return state;
  const stamps = state.stamps.map((one) => (one === stamp ? { ...one, answered: true } : one));
  const kind = KINDS.find(({ type }) => type === stamp.type);
  if (kind === undefined || !kind.adapts) return { ...state, stamps };
  const learned = learn(state.adaptation[stamp.type], lesson);
  return { ...state, stamps, adaptation: { ...state.adaptation, [stamp.type]: learned } };
}

function lessonOf({ reaction, shownForMs }: FigurineReaction): Lesson | null {
  if (reaction === "wrong-state") return null;
  if (reaction === "dismissed" && shownForMs < QUICK_MS) return LESSONS.quick;
  return LESSONS[reaction];
}

function learn(
  before: Adaptation,
  { factor, least, most, success, engagement }: Lesson,
): Adaptation {
  const moved = before.cooldownFactor * factor;
  // A bound stops a step; it never pulls back what another kind of reaction has moved beyond it.
  const cooldownFactor =
    factor > 1
      ? Math.max(before.cooldownFactor, Math.min(most, moved))
      : Math.min(before.cooldownFactor, Math.max(least, moved));
  return {
    cooldownFactor,
    success: success === null ? before.success : before.success * KEEP + success * (1 - KEEP),
    engagement: before.engagement * KEEP + engagement * (1 - KEEP),
  };
}
