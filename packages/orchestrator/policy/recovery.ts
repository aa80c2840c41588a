// recovery.ts: failure and history -> what to do about it. The ladder is tried rung by rung.
import { type Failure, failure, type ModuleDescriptor, type Rung } from "@skelly-jelly/contract";
import type { RecoveryRecord, RecoveryVerdict } from "../model/recovery-record.ts";
import { backoffDelayMs } from "./backoff.ts";

export type RecoveryQuestion = {
  readonly descriptor: ModuleDescriptor;
  readonly failure: Failure;
  readonly record: RecoveryRecord;
  readonly nowMs: number;
  readonly dice: number;
  /** The system is in its first start: waiting again for a module that timed out would outlast it. */
  readonly startingSystem: boolean;
};

/** Failures that another attempt cannot mend. */
const HOPELESS: readonly Failure["code"][] = ["COMMAND_NOT_FOUND", "CONFIG_INVALID", "NOT_GONE"];

export function decideRecovery(question: RecoveryQuestion): RecoveryVerdict {
  const { descriptor, failure: cause, startingSystem } = question;
  if (!descriptor.autoRecovery) return { kind: "record" };
  if (HOPELESS.includes(cause.code) || (startingSystem && cause.code === "START_TIMEOUT")) {
    return { kind: "give-up", failure: cause };
  }
  for (const [rung, step] of descriptor.ladder.entries()) {
    const verdict = tryRung(rung, step, question);
    if (verdict !== null) return verdict;
  }
  return spent(question);
}

function tryRung(rung: number, step: Rung, question: RecoveryQuestion): RecoveryVerdict | null {
  const { record, nowMs, dice } = question;
  if (step.kind === "manual") return spent(question);
  if (step.kind === "degraded-mode") {
    const tried = record.attempts.some((attempt) => attempt.rung === rung);
    return tried
      ? null
      : { kind: "degrade", rung, level: step.level, returnAfterMs: step.returnAfterMs };
  }
  const used = record.attempts.filter(
    (attempt) => attempt.rung === rung && nowMs - attempt.atMs < step.windowMs,
  ).length;
  if (used >= step.attempts) return null;
  if (step.kind === "system-restart") return { kind: "restart-system", rung };
  const attempt = used + 1;
  const delayMs = backoffDelayMs(attempt, step, dice);
  return { kind: "restart", strategy: step.kind, rung, attempt, delayMs };
}

function spent({ descriptor, record, failure: last }: RecoveryQuestion): RecoveryVerdict {
  const attempts = record.attempts.length;
  return {
    kind: "give-up",
    failure:
      attempts === 0
        ? last
        : failure("RESTARTS_SPENT", { module: descriptor.id, attempts, last: last.message }),
  };
}
