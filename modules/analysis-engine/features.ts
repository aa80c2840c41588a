// features.ts: what one window shows, each feature on a fixed scale 0..1, and the plain numbers
// behind it. Pure.
import type { AppCategory, RawEvent, StorageBatch } from "@skelly-jelly/events";
import type { Facts } from "./facts.ts";
import { isEvidence } from "./facts.ts";
import type { Memory } from "./memory.ts";
import { mean, scaled, share, variation } from "./numbers.ts";

export const FEATURES = [
  "keyRate",
  "typingRhythm",
  "typingPauses",
  "burstLength",
  "burstRate",
  "correctionRate",
  "pointerRate",
  "pointerSpeed",
  "pointerTurns",
  "clickRate",
  "switchRate",
  "moderateSwitching",
  "rapidSwitching",
  "focusLength",
  "unbrokenFocus",
  "focusStability",
  "incoherence",
  "distractingShare",
  "activityShare",
  "eventRhythm",
  "fileRate",
  "cpuLoad",
] as const;
export type FeatureName = (typeof FEATURES)[number];
export type Features = Readonly<Record<FeatureName, number>>;

const BURST_GAP_MS = 200;
const BURST_KEYS_MIN = 3;
const PAUSE_MS = 1000;
const RAPID_FOCUS_MS = 5000;
const BUCKETS = 10;
/** Evidence below which a window says little. */
const EVIDENCE_ENOUGH = 30;
const DISTRACTING: ReadonlySet<AppCategory> = new Set(["entertainment", "communication"]);

type Of<K extends RawEvent["kind"]> = Extract<RawEvent, { kind: K }>;
const pick = <K extends RawEvent["kind"]>(events: readonly RawEvent[], kind: K): Of<K>[] =>
  events.filter((event): event is Of<K> => event.kind === kind);

/** Runs of keys with short gaps; single keys are no burst. */
function bursts(keys: readonly Of<"key">[]): number[] {
  const lengths: number[] = [];
  let length = 0;
  for (const { intervalMs } of keys) {
    if (intervalMs !== null && intervalMs < BURST_GAP_MS) length = Math.max(1, length) + 1;
    else {
      lengths.push(length);
      length = 1;
    }
  }
  return [...lengths, length].filter((one) => one >= BURST_KEYS_MIN);
}

function typing(events: readonly RawEvent[], minutes: number) {
  const keys = pick(events, "key");
  const gaps = keys.flatMap(({ intervalMs }) => (intervalMs === null ? [] : [intervalMs]));
  const flowing = gaps.filter((gap) => gap >= 10 && gap <= 5000);
  const runs = bursts(keys);
  const corrections = keys.filter(({ keyClass }) => keyClass === "backspace").length;
  return {
    keysPerMin: keys.length / minutes,
    meanIntervalMs: mean(flowing),
    rhythmRatio: flowing.length < 5 ? 0 : 1 / (1 + variation(flowing)),
    pausesPerMin: gaps.filter((gap) => gap > PAUSE_MS).length / minutes,
    meanBurstKeys: mean(runs),
    burstsPerMin: runs.length / minutes,
    correctionShare: share(corrections, keys.length),
    rapidKeyShare: share(gaps.filter((gap) => gap < 50).length, gaps.length),
  };
}

function pointing(events: readonly RawEvent[], minutes: number) {
  const moves = pick(events, "pointer-move");
  const speeds = moves.map((move) => (move.distancePx * 1000) / Math.max(50, move.movedForMs));
  const turns = moves.flatMap(({ turnDegrees }) => (turnDegrees === null ? [] : [turnDegrees]));
  return {
    movesPerMin: moves.length / minutes,
    meanSpeedPxPerSecond: mean(speeds),
    fastMoveShare: share(speeds.filter((speed) => speed > 1500).length, speeds.length),
    sharpTurnShare: share(turns.filter((turn) => turn > 45).length, turns.length),
    clicksPerMin: pick(events, "pointer-click").length / minutes,
  };
}

/** Work and play do not mix, and neither do work and talk; the kinds of work do. */
const incoherent = (from: AppCategory | null, to: AppCategory): boolean =>
  from !== null && from !== to && (DISTRACTING.has(from) || DISTRACTING.has(to));

function focusing(batch: StorageBatch, memory: Memory, minutes: number) {
  const windows = pick(batch.events, "window");
  const first = memory.windowKnown ? 0 : 1;
  // The first window ever seen is where we came in, not a switch.
  const switches = windows.slice(first);
  const spans: number[] = [];
  let fromMs = memory.focusSinceMs ?? batch.windowStartMs;
  let category = memory.category;
  let incoherentCount = 0;
  let distractingMs = 0;
  let seenMs = batch.windowStartMs;
  const spend = (untilMs: number): void => {
    if (category !== null && DISTRACTING.has(category)) distractingMs += untilMs - seenMs;
    seenMs = untilMs;
  };
  for (const [n, window] of windows.entries()) {
    spend(window.timeMs);
    if (n >= first) {
      spans.push(window.previousFocusMs ?? window.timeMs - fromMs);
      if (incoherent(category, window.category)) incoherentCount += 1;
    }
    fromMs = window.timeMs;
    category = window.category;
  }
  spend(batch.windowEndMs);
  const unbrokenFocusMs = memory.windowKnown || windows.length > 0 ? batch.windowEndMs - fromMs : 0;
  const rapid = spans.filter(
    (span, n) => span < RAPID_FOCUS_MS && (spans[n - 1] ?? 0) < RAPID_FOCUS_MS,
  );
  const all = unbrokenFocusMs > 0 ? [...spans, unbrokenFocusMs] : spans;
  return {
    switchRatePerMin: switches.length / minutes,
    rapidSwitchShare: share(rapid.length, spans.length),
    meanFocusMs: mean(all),
    shortFocusShare: share(spans.filter((span) => span < 3000).length, spans.length),
    windowsKnown: memory.windowKnown || windows.length > 0,
    unbrokenFocusMs,
    incoherentShare: share(incoherentCount, switches.length),
    distractingShare: share(distractingMs, batch.windowEndMs - batch.windowStartMs),
    focusVariation: variation(all),
  };
}

function timing(batch: StorageBatch) {
  const counts = new Array<number>(BUCKETS).fill(0);
  const lengthMs = (batch.windowEndMs - batch.windowStartMs) / BUCKETS;
  for (const event of batch.events.filter(isEvidence)) {
    const bucket = Math.floor((event.timeMs - batch.windowStartMs) / lengthMs);
    const at = Math.min(BUCKETS - 1, Math.max(0, bucket));
    counts[at] = (counts[at] ?? 0) + 1;
  }
  return {
    activityShare: share(counts.filter((count) => count > 0).length, BUCKETS),
    eventRhythm: counts.some((count) => count > 0) ? 1 / (1 + variation(counts)) : 0,
  };
}

function quality(events: readonly RawEvent[]): { evidenceCount: number; qualityRatio: number } {
  const evidence = events.filter(isEvidence);
  const kinds = new Set(evidence.map(({ kind }) => kind.split("-")[0]));
  return {
    evidenceCount: evidence.length,
    // Keys, pointer, windows, files: three of the four are as good as it gets.
    qualityRatio: 0.6 * scaled(evidence.length, EVIDENCE_ENOUGH) + 0.4 * scaled(kinds.size, 3),
  };
}

/** How close the rate is to that of somebody who moves from one thing to the next. */
const moderate = (switchRatePerMin: number): number =>
  Math.max(0, 1 - Math.abs(switchRatePerMin - 4) / 3.5);

/** What the window shows. `memory` is what was known before it. */
export function featuresOf(
  batch: StorageBatch,
  memory: Memory,
): { readonly features: Features; readonly facts: Facts } {
  const minutes = (batch.windowEndMs - batch.windowStartMs) / 60_000;
  const { events } = batch;
  const { focusVariation, windowsKnown, ...focus } = focusing(batch, memory, minutes);
  const { eventRhythm, activityShare } = timing(batch);
  const changes = pick(events, "file").reduce((sum, f) => sum + f.changedCount + f.renamedCount, 0);
  const loads = pick(events, "load").flatMap(({ cpuRatio }) =>
    cpuRatio === null ? [] : [cpuRatio],
  );
  const facts: Facts = {
    ...typing(events, minutes),
    ...pointing(events, minutes),
    ...focus,
    activityShare,
    fileChangesPerMin: changes / minutes,
    cpuRatio: mean(loads),
    ...quality(events),
  };
  return {
    facts,
    features: {
      keyRate: scaled(facts.keysPerMin, 300),
      typingRhythm: facts.rhythmRatio,
      typingPauses: scaled(facts.pausesPerMin, 10),
      burstLength: scaled(facts.meanBurstKeys, 50),
      burstRate: scaled(facts.burstsPerMin, 10),
      correctionRate: scaled(facts.correctionShare, 0.3),
      pointerRate: scaled(facts.movesPerMin, 60),
      pointerSpeed: scaled(facts.meanSpeedPxPerSecond, 2000),
      pointerTurns: facts.sharpTurnShare,
      clickRate: scaled(facts.clicksPerMin, 60),
      switchRate: scaled(facts.switchRatePerMin, 20),
      moderateSwitching: moderate(facts.switchRatePerMin),
      rapidSwitching: facts.rapidSwitchShare,
      focusLength: scaled(facts.meanFocusMs, 300_000),
      unbrokenFocus: scaled(facts.unbrokenFocusMs, 1_800_000),
      // Without a source that knows windows nothing can be said of focus.
      focusStability: windowsKnown ? 1 / (1 + focusVariation) : 0,
      incoherence: facts.incoherentShare,
      distractingShare: facts.distractingShare,
      activityShare,
      eventRhythm,
      fileRate: scaled(facts.fileChangesPerMin, 20),
      cpuLoad: scaled(facts.cpuRatio, 1),
    },
  };
}
