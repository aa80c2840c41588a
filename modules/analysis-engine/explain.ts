// explain.ts: why a state was chosen, in words with numbers.
import type { Reason, State } from "@skelly-jelly/events";
import type { Facts } from "./facts.ts";
import type { FeatureName, Features } from "./features.ts";
import type { Contribution } from "./model.ts";
import { round } from "./numbers.ts";

const one = (value: number): string => String(round(value, 1));
const percent = (value: number): string => `${Math.round(value * 100)} %`;

export function timeText(ms: number): string {
  if (ms < 60_000) return `${Math.round(ms / 1000)} s`;
  return ms < 5_400_000 ? `${Math.round(ms / 60_000)} min` : `${one(ms / 3_600_000)} h`;
}

const SAYS: Readonly<Record<FeatureName, (facts: Facts) => string>> = {
  keyRate: (f) => `${Math.round(f.keysPerMin)} keys a minute`,
  typingRhythm: (f) => `typing rhythm is ${percent(f.rhythmRatio)} even`,
  typingPauses: (f) => `${one(f.pausesPerMin)} typing pauses a minute`,
  burstLength: (f) => `bursts of ${Math.round(f.meanBurstKeys)} keys`,
  burstRate: (f) => `${one(f.burstsPerMin)} typing bursts a minute`,
  correctionRate: (f) => `${percent(f.correctionShare)} of keys were corrections`,
  pointerRate: (f) => `${one(f.movesPerMin)} pointer moves a minute`,
  pointerSpeed: (f) => `pointer at ${Math.round(f.meanSpeedPxPerSecond)} px/s`,
  pointerTurns: (f) => `${percent(f.sharpTurnShare)} of pointer moves turned sharply`,
  clickRate: (f) => `${one(f.clicksPerMin)} clicks a minute`,
  switchRate: (f) => `${one(f.switchRatePerMin)} switches between windows a minute`,
  moderateSwitching: (f) =>
    `${one(f.switchRatePerMin)} switches a minute: from one thing to the next`,
  rapidSwitching: (f) =>
    `${percent(f.rapidSwitchShare)} of switches came within 5 s of the one before`,
  focusLength: (f) => `${timeText(f.meanFocusMs)} on a window on average`,
  unbrokenFocus: (f) => `${timeText(f.unbrokenFocusMs)} without leaving the window`,
  focusStability: (f) =>
    f.switchRatePerMin === 0 ? "one window all the time" : "times on windows differ",
  incoherence: (f) =>
    `${percent(f.incoherentShare)} of switches were between work and something else`,
  distractingShare: (f) => `${percent(f.distractingShare)} of the time in chat or entertainment`,
  activityShare: (f) => `active in ${percent(f.activityShare)} of the window`,
  eventRhythm: (f) => `activity is spread over ${percent(f.activityShare)} of the window`,
  fileRate: (f) => `${one(f.fileChangesPerMin)} file changes a minute`,
  cpuLoad: (f) => `processor at ${percent(f.cpuRatio)}`,
};

export const featureText = (feature: FeatureName, facts: Facts): string => SAYS[feature](facts);

/** Below this the first thing to say is how little was seen. */
const QUALITY_LITTLE = 0.3;

/** When a window held little: that, before all else. */
export function littleSeen(facts: Facts): Reason[] {
  if (facts.qualityRatio >= QUALITY_LITTLE) return [];
  const signs = facts.evidenceCount === 1 ? "sign" : "signs";
  return [
    {
      feature: "activityShare",
      valueRatio: round(facts.activityShare),
      contribution: round(1 - facts.qualityRatio),
      text: `little to go by: ${facts.evidenceCount} ${signs} of activity`,
    },
  ];
}

const REASONS_MAX = 6;
const NOTICEABLE = 0.05;

/** What counted most for the state, against the mean of the others: only differences decide. */
export function reasonsFor(
  state: State,
  contributions: readonly Contribution[],
  features: Features,
  facts: Facts,
): Reason[] {
  const mine = new Map<FeatureName, number>();
  const others = new Map<FeatureName, number[]>();
  for (const { state: of, feature, contribution } of contributions) {
    if (feature === "bias") continue;
    if (of === state) mine.set(feature, contribution);
    else others.set(feature, [...(others.get(feature) ?? []), contribution]);
  }
  return [...mine]
    .map(([feature, contribution]) => {
      const rest = others.get(feature) ?? [];
      const mean = rest.reduce((sum, value) => sum + value, 0) / Math.max(1, rest.length);
      return { feature, lead: contribution - mean };
    })
    .filter(({ lead }) => Math.abs(lead) >= NOTICEABLE)
    .sort((a, b) => Math.abs(b.lead) - Math.abs(a.lead))
    .slice(0, REASONS_MAX)
    .map(({ feature, lead }) => ({
      feature,
      valueRatio: round(features[feature]),
      contribution: round(lead),
      text: featureText(feature, facts),
    }));
}

/** One sentence: the state and what spoke for it most. */
export function summaryOf(
  state: State,
  confidenceRatio: number,
  reasons: readonly Reason[],
): string {
  const because = reasons.filter(({ contribution }) => contribution > 0).slice(0, 3);
  const why = because.map(({ text }) => text).join("; ");
  const name = state.charAt(0).toUpperCase() + state.slice(1);
  return `${name} (${percent(confidenceRatio)})${why === "" ? "" : `: ${why}`}.`.slice(0, 400);
}
