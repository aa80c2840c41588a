// health.ts: how one life does, as far as anyone has asked.
import type { HealthIssue, HealthNumbers, HealthStatus } from "@skelly-jelly/contract";

export type Health = {
  readonly status: HealthStatus;
  readonly issues: readonly HealthIssue[];
  readonly numbers: HealthNumbers;
  /** Failed checks in a row. */
  readonly misses: number;
  /** Passed checks in a row since it was unhealthy. */
  readonly passes: number;
  readonly lastCheckMs: number | null;
  /** False while its readiness probe fails: its dependents' conditions do not hold. */
  readonly ready: boolean;
};

export const UNKNOWN_HEALTH: Health = {
  status: "unknown",
  issues: [],
  numbers: {},
  misses: 0,
  passes: 0,
  lastCheckMs: null,
  ready: true,
};
