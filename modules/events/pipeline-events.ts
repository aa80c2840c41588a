// pipeline-events.ts: what storage and analysis say: a window of raw events, and the state it
// shows.

import { rawEvent } from "./raw-event.ts";
import type { TypeOf } from "./shape.ts";
import { each, integer, list, nullable, number, object, oneOf, text } from "./shape.ts";
import {
  APP_CATEGORIES,
  count,
  durationMs,
  id,
  ORIGIN,
  ratio,
  reason,
  SOURCES,
  STATES,
  sentence,
  state,
  timeMs,
} from "./vocabulary.ts";

/** Raw events in one batch: what fits one bus message with room to spare. */
export const BATCH_EVENTS_MAX = 4000;

/** `storage.batch`: one window, cut by event time. Published also when empty. */
export const storageBatch = object({
  batchId: id,
  ...ORIGIN,
  clock: oneOf(["live", "replay"]),
  /** What closed it: a producer's watermark, the clock on the wall, or the end of a replay. */
  closedBy: oneOf(["watermark", "clock"]),
  events: list(rawEvent, BATCH_EVENTS_MAX),
  /**
   * All events of the window; more than `events` holds when the window was too full for one
   * message.
   */
  eventCount: count,
  /** Events that came after their window was closed, since the batch before. */
  lateCount: count,
  sources: list(oneOf(SOURCES), SOURCES.length),
});
export type StorageBatch = TypeOf<typeof storageBatch>;
export type Reason = TypeOf<typeof reason>;

/** `analysis.state`: one for each batch. */
export const analysisState = object({
  stateId: id,
  batchId: id,
  ...ORIGIN,
  analysedAtMs: timeMs,
  tookMs: durationMs,
  state,
  /** The state of the window before; `null` for the first of a session. */
  previousState: nullable(state),
  /** Probability of `state` after smoothing. */
  confidenceRatio: ratio,
  probabilities: each(STATES, ratio),
  /** Event time at which this state began, and how long it has lasted at the window's end. */
  stateSinceMs: timeMs,
  stateDurationMs: durationMs,
  /** Strongest first, at most six: why this state. */
  reasons: list(reason, 6),
  summary: sentence,
  /** How deep the flow is, 0 outside flow and hyperfocus. */
  flowDepthRatio: ratio,
  /** How far off, 0 outside distracted. */
  distractionSeverityRatio: ratio,
  metrics: object({
    switchRatePerMin: number(0, 1e6),
    meanFocusMs: durationMs,
    keysPerMin: number(0, 1e6),
    /** Share of the session's windows in flow or hyperfocus among those and the distracted ones. */
    productiveTimeRatio: ratio,
    distractionsPerHour: number(0, 1e6),
    cognitiveLoadRatio: ratio,
    fatigueRatio: ratio,
    stressRatio: ratio,
    receptivityRatio: ratio,
    /** How welcome an intervention would be. */
    readinessRatio: ratio,
  }),
  workContext: object({
    category: nullable(oneOf(APP_CATEGORIES)),
    app: nullable(text(64)),
  }),
  /** How much evidence the window held. */
  qualityRatio: ratio,
  evidenceCount: count,
  model: object({ version: text(32), correctionsLearned: integer(0, 1e9) }),
});
export type AnalysisState = TypeOf<typeof analysisState>;

/** `analysis.correction`: the user says what it really was. The model learns from it. */
export const analysisCorrection = object({
  correctionId: id,
  timeMs,
  /** The window meant; `null`: the latest. */
  windowStartMs: nullable(timeMs),
  state,
});
export type AnalysisCorrection = TypeOf<typeof analysisCorrection>;
