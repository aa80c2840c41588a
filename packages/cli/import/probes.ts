// probes.ts: how readiness and liveness are asked elsewhere, as our probes.
import type { LivenessConfig } from "@skelly-jelly/contract";
import { durationText } from "./amounts.ts";

export type ProbeTiming = {
  readonly intervalMs: number;
  readonly timeoutMs: number;
  readonly failures: number;
  readonly successes?: number | null;
};

/** A question that takes longer than its interval would be asked less often than it says. */
export function timed(
  ask: Pick<LivenessConfig, "exec" | "http">,
  { intervalMs, timeoutMs, failures, successes = null }: ProbeTiming,
): LivenessConfig {
  return {
    ...ask,
    interval: durationText(Math.max(10, intervalMs)),
    timeout: durationText(Math.max(1, timeoutMs)),
    threshold: Math.max(1, Math.min(1000, failures)),
    ...(successes !== null && successes > 1 && { successThreshold: Math.min(1000, successes) }),
  };
}

const USUAL_STARTUP_MS = 30_000;

/** How long it had there to become ready; `null`: no longer than usual. */
export const startupFor = (ms: number) =>
  ms > USUAL_STARTUP_MS ? durationText(Math.ceil(ms / 1000) * 1000) : null;
