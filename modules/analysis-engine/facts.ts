// facts.ts: the plain numbers of one window, and which events show that somebody is there.
import type { RawEvent } from "@skelly-jelly/events";

/** The numbers that features are scaled from; sentences and metrics are made of these. */
export type Facts = {
  readonly keysPerMin: number;
  readonly meanIntervalMs: number;
  readonly rhythmRatio: number;
  readonly pausesPerMin: number;
  readonly meanBurstKeys: number;
  readonly burstsPerMin: number;
  readonly correctionShare: number;
  readonly rapidKeyShare: number;
  readonly movesPerMin: number;
  readonly meanSpeedPxPerSecond: number;
  readonly fastMoveShare: number;
  readonly sharpTurnShare: number;
  readonly clicksPerMin: number;
  readonly switchRatePerMin: number;
  readonly rapidSwitchShare: number;
  readonly meanFocusMs: number;
  readonly shortFocusShare: number;
  readonly unbrokenFocusMs: number;
  readonly incoherentShare: number;
  readonly distractingShare: number;
  readonly activityShare: number;
  readonly fileChangesPerMin: number;
  readonly cpuRatio: number;
  /** Events that show somebody. */
  readonly evidenceCount: number;
  readonly qualityRatio: number;
};

export const isEvidence = ({ kind }: RawEvent): boolean => kind !== "load" && kind !== "process";
