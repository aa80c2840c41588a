// health-verdict.ts: answers of one life's checks -> healthy, degraded, unhealthy; with hysteresis.
import type {
  HealthIssue,
  HealthNumbers,
  HealthStatus,
  NumberLimits,
} from "@skelly-jelly/contract";
import type { Health } from "../model/health.ts";

export type CheckAnswer =
  | {
      readonly ok: true;
      readonly status?: HealthStatus;
      readonly issues?: readonly HealthIssue[];
      readonly numbers?: HealthNumbers;
    }
  | { readonly ok: false; readonly message: string };

export type HealthRules = {
  /** Failures in a row before the verdict is `unhealthy`. */
  readonly threshold: number;
  /** Successes in a row before it is taken back. */
  readonly successThreshold: number;
  readonly limits: Readonly<Record<string, NumberLimits>>;
};

/** Folds one answer in. The life is to be recovered when `misses` reaches the threshold. */
export function judgeHealth(
  health: Health,
  answer: CheckAnswer,
  rules: HealthRules,
  nowMs: number,
): Health {
  return answer.ok
    ? judgePassed(health, answer, rules, nowMs)
    : judgeMissed(health, answer.message, rules, nowMs);
}

function judgeMissed(health: Health, message: string, rules: HealthRules, nowMs: number): Health {
  const misses = health.misses + 1;
  const unhealthy = misses >= rules.threshold;
  return {
    ...health,
    misses,
    passes: 0,
    lastCheckMs: nowMs,
    status: unhealthy ? "unhealthy" : health.status,
    issues: [{ severity: unhealthy ? "high" : "medium", message }],
  };
}

function judgePassed(
  health: Health,
  answer: Extract<CheckAnswer, { ok: true }>,
  rules: HealthRules,
  nowMs: number,
): Health {
  const numbers = answer.numbers ?? {};
  const judged = judgeNumbers(numbers, rules.limits);
  const issues = [...(answer.issues ?? []), ...judged.issues];
  const said = worst(answer.status ?? "healthy", judged.status);
  const base = { ...health, numbers, issues, lastCheckMs: nowMs };
  if (said === "unhealthy") return { ...base, misses: health.misses + 1, passes: 0, status: said };
  const passes = health.passes + 1;
  const back = health.status !== "unhealthy" || passes >= rules.successThreshold;
  return { ...base, misses: 0, passes, status: back ? said : "unhealthy" };
}

/** Compares each number with its limits; names what is over. */
export function judgeNumbers(
  numbers: HealthNumbers,
  limits: Readonly<Record<string, NumberLimits>>,
): { readonly status: HealthStatus; readonly issues: readonly HealthIssue[] } {
  const issues: HealthIssue[] = [];
  let status: HealthStatus = "healthy";
  for (const [name, { warn, fail }] of Object.entries(limits)) {
    const value = numbers[name];
    if (value === undefined) continue;
    if (fail !== undefined && value > fail) {
      issues.push({ severity: "high", message: `${name} is ${value}, over its limit of ${fail}` });
      status = "unhealthy";
    } else if (warn !== undefined && value > warn) {
      issues.push({ severity: "medium", message: `${name} is ${value}, over ${warn}` });
      status = worst(status, "degraded");
    }
  }
  return { status, issues };
}

const RANK: Record<HealthStatus, number> = { unknown: 0, healthy: 1, degraded: 2, unhealthy: 3 };

export function worst(a: HealthStatus, b: HealthStatus): HealthStatus {
  return RANK[a] >= RANK[b] ? a : b;
}
