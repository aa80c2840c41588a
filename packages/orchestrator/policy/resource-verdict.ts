// resource-verdict.ts: usage against limits -> fine, near, over. What is unknown is not judged.
import type { ResourceLimits, Usage } from "@skelly-jelly/contract";

export type UsageVerdict = "fine" | "near" | "over";

export type JudgedUsage = {
  readonly what: keyof ResourceLimits;
  readonly value: number;
  readonly limit: number;
  readonly verdict: UsageVerdict;
};

const JUDGED = ["cpuPercent", "memoryBytes", "fileHandles", "threads"] as const;

/** `near` from `threshold` (0..1) of a limit on. */
export function judgeUsage(
  usage: Usage,
  limits: ResourceLimits,
  threshold: number,
): readonly JudgedUsage[] {
  const judged: JudgedUsage[] = [];
  for (const what of JUDGED) {
    const value = usage[what];
    const limit = limits[what];
    if (value === null || limit === undefined) continue;
    const verdict = value > limit ? "over" : value >= limit * threshold ? "near" : "fine";
    judged.push({ what, value, limit, verdict });
  }
  return judged;
}
