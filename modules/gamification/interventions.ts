// interventions.ts: the kinds of intervention, when each fits, and how much speaks for it. Pure.
import type {
  AnalysisState,
  InterventionCategory,
  InterventionType,
  State,
} from "@skelly-jelly/events";
import type { Adaptation } from "./game-state.ts";

const MINUTE = 60_000;

type Kind = {
  readonly type: InterventionType;
  readonly category: InterventionCategory;
  readonly cooldownMs: number;
  readonly perHourMax: number;
  readonly states: readonly State[];
  /** Learns from reactions. A celebration does not: it comes when there is something to celebrate. */
  readonly adapts: boolean;
};

// biome-ignore format: a table is read by column
export const KINDS: readonly Kind[] = [
  { type: "milestone_celebration", category: "celebration",   cooldownMs:  5 * MINUTE, perHourMax: 5, adapts: false, states: ["flow", "neutral", "transitioning"] },
  { type: "recovery_support",      category: "suggestion",    cooldownMs: 15 * MINUTE, perHourMax: 3, adapts: true,  states: ["distracted", "transitioning"] },
  { type: "gentle_nudge",          category: "nudge",         cooldownMs: 30 * MINUTE, perHourMax: 2, adapts: true,  states: ["distracted"] },
  { type: "break_suggestion",      category: "suggestion",    cooldownMs: 45 * MINUTE, perHourMax: 1, adapts: true,  states: ["hyperfocus"] },
  { type: "gentle_encouragement",  category: "encouragement", cooldownMs: 20 * MINUTE, perHourMax: 2, adapts: true,  states: ["neutral"] },
];

export type Facts = {
  readonly analysis: AnalysisState;
  readonly adaptation: Adaptation;
  readonly hour: number;
  readonly hyperfocusMinMs: number;
  /** Focus so far in this session. */
  readonly focusMs: number;
  readonly milestone: string | null;
};
export type Score = { readonly ratio: number; readonly reasons: readonly string[] };

/** `null`: this kind does not fit now at all. */
export function scoreOf(kind: Kind, facts: Facts): Score | null {
  const { analysis, adaptation } = facts;
  if (!kind.states.includes(analysis.state)) return null;
  const special = SPECIAL[kind.type](facts);
  if (special === null) return null;
  const parts: readonly Part[] = [
    { adds: 0.3, says: `fits ${analysis.state}` },
    {
      adds: 0.3 * adaptation.success,
      says: `${Math.round(adaptation.success * 100)} % of these were welcome lately`,
    },
    ...special,
  ];
  const ratio = Math.min(
    1,
    parts.reduce((sum, part) => sum + part.adds, 0),
  );
  return {
    ratio: Math.round(ratio * 1000) / 1000,
    reasons: parts.map(({ adds, says }) => `${says} (+${adds.toFixed(2)})`),
  };
}

type Part = { readonly adds: number; readonly says: string };

const minutes = (ms: number): string => `${Math.round(ms / MINUTE)} min`;

/** What speaks for a kind beyond its state; `null`: it must not be asked. */
const SPECIAL: Record<InterventionType, (facts: Facts) => readonly Part[] | null> = {
  milestone_celebration({ milestone, hour }) {
    if (milestone === null) return null;
    const reached = { adds: 0.4, says: `the milestone ${milestone} was reached` };
    return hour >= 17 ? [reached, { adds: 0.1, says: "it is evening" }] : [reached];
  },
  recovery_support({ analysis }) {
    const ratio = analysis.metrics.productiveTimeRatio;
    if (analysis.state !== "distracted" || ratio >= 0.5) return [];
    return [{ adds: 0.3, says: `${Math.round(ratio * 100)} % of the session was focused` }];
  },
  gentle_nudge({ analysis }) {
    if (analysis.stateDurationMs <= 10 * MINUTE) return [];
    return [{ adds: 0.3, says: `distracted for ${minutes(analysis.stateDurationMs)}` }];
  },
  break_suggestion({ analysis, hyperfocusMinMs }) {
    if (analysis.stateDurationMs < hyperfocusMinMs) return null;
    return [{ adds: 0.3, says: `in hyperfocus for ${minutes(analysis.stateDurationMs)}` }];
  },
  gentle_encouragement({ analysis, focusMs, hour }) {
    // Praise needs something that was done.
    if (focusMs < 10 * MINUTE || analysis.metrics.productiveTimeRatio < 0.5) return [];
    const done = { adds: 0.2, says: `${minutes(focusMs)} of focus in this session` };
    return hour < 12 ? [done, { adds: 0.1, says: "it is morning" }] : [done];
  },
};

export type { Kind };
