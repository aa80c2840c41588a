// life-endings.ts: how a life ends, by itself or because it was asked to, and what follows.
import { type Failure, failure, RESERVED_PREFIX, type StopReason } from "@skelly-jelly/contract";
import type { Effect } from "./effect.ts";
import { UNKNOWN_HEALTH } from "./health.ts";
import type { LifeFact, ModuleInput } from "./module-input.ts";
import type { ModuleRecord } from "./module-record.ts";
import type { AfterStop } from "./module-state.ts";
import { ATTEMPTS_KEPT, NO_RECOVERY } from "./recovery-record.ts";
import { move, pid, QUIET, type Step, type TransitionContext, waiting } from "./step.ts";

/** A life ended that nobody had asked to end. */
export function ended(
  record: ModuleRecord,
  input: Extract<LifeFact, { kind: "ended" }>,
  context: TransitionContext,
): Step {
  const { descriptor, state } = record;
  const { code, signal } = input;
  const known = { ...record, exit: { code, signal } };
  const success = signal === null && code !== null && descriptor.successExitCodes.includes(code);
  if (success && (descriptor.task || descriptor.restart !== "always")) {
    return move(
      { ...known, settled: true, failure: null, recovery: NO_RECOVERY },
      { kind: "completed", sinceMs: context.nowMs },
      [...QUIET, { kind: "release" }],
      `exited with code ${code}, as it should`,
    );
  }
  if (input.hostDied && record.desired === "up") return lostHost(known, context);
  const why = input.hostDied
    ? hostDied(record)
    : (input.failure ?? reasonOfEnd(record, input, state.kind === "starting"));
  if (descriptor.restart === "never" && record.desired === "up")
    return giveUp(known, why, context.nowMs);
  return fail(known, why, context);
}

/** The failure is its host's: it keeps its attempts, and comes back with the host. */
function lostHost(record: ModuleRecord, context: TransitionContext): Step {
  const why = hostDied(record);
  return move(
    { ...record, failure: why, health: UNKNOWN_HEALTH },
    waiting(context),
    QUIET,
    why.message,
  );
}

function hostDied({ instance, descriptor }: ModuleRecord): Failure {
  const host = descriptor.dependsOn.find(({ on }) => on.startsWith(RESERVED_PREFIX))?.on ?? "host";
  return failure("HOST_DIED", { module: instance, host });
}

function reasonOfEnd(
  record: ModuleRecord,
  { code, signal, outOfMemory, stuck }: Extract<LifeFact, { kind: "ended" }>,
  early: boolean,
): Failure {
  const module = record.instance;
  if (stuck.length > 0) return failure("NOT_GONE", { module, pids: stuck });
  if (outOfMemory) {
    return failure("OUT_OF_MEMORY", {
      module,
      limitBytes: record.descriptor.limits.memoryBytes ?? null,
    });
  }
  if (code === null && signal === null) return failure("LOST_SIGHT", { module });
  return failure(early && !record.descriptor.task ? "EXITED_EARLY" : "EXITED", {
    module,
    code,
    signal,
  });
}

/** A life is over (or never was) and the policy says what next. */
export function fail(record: ModuleRecord, why: Failure, context: TransitionContext): Step {
  const { nowMs, downDependency } = context;
  const was = failedAttempt(record);
  const known: ModuleRecord = {
    ...record,
    failure: why,
    health: UNKNOWN_HEALTH,
    recovery: { ...record.recovery, pending: null },
  };
  if (record.desired === "down") {
    const reason: StopReason = { kind: "error", message: why.message };
    return move(
      known,
      { kind: "stopped", sinceMs: nowMs, reason, killed: false },
      [...was, ...QUIET, { kind: "release" }],
      why.message,
    );
  }
  if (downDependency !== null) {
    // Not its own fault, most likely: it waits for the dependency and keeps its attempts.
    const cause = `${why.message} Its dependency '${downDependency}' is down, so it waits for that.`;
    return move(known, waiting(context), [...was, ...QUIET], cause);
  }
  const verdict = context.recover(known, why);
  switch (verdict.kind) {
    case "restart": {
      const { strategy, attempt, delayMs, rung } = verdict;
      const recovery = {
        attempts: [...known.recovery.attempts.slice(1 - ATTEMPTS_KEPT), { atMs: nowMs, rung }],
        pending: { strategy, attempt, failure: why },
      };
      const step: Effect = {
        kind: "recovery-step",
        strategy,
        attempt,
        outcome: "started",
        delayMs,
        failure: why,
      };
      return delayMs === 0
        ? move({ ...known, recovery }, waiting(context), [...was, ...QUIET, step], why.message)
        : move(
            { ...known, recovery },
            { kind: "backing-off", sinceMs: nowMs, untilMs: nowMs + delayMs, failure: why },
            [...was, ...QUIET, step, { kind: "arm", timer: "backoff", ms: delayMs }],
            why.message,
          );
    }
    case "degrade": {
      const { level, rung } = verdict;
      const recovery = {
        attempts: [...known.recovery.attempts.slice(1 - ATTEMPTS_KEPT), { atMs: nowMs, rung }],
        pending: { strategy: "degraded-mode", attempt: 1, failure: why },
      };
      const step: Effect = {
        kind: "recovery-step",
        ...recovery.pending,
        outcome: "started",
        delayMs: 0,
      };
      const effects = [...was, ...QUIET, step];
      return move({ ...known, recovery, level }, waiting(context), effects, why.message);
    }
    case "restart-system": {
      const attempts = [
        ...known.recovery.attempts.slice(1 - ATTEMPTS_KEPT),
        { atMs: nowMs, rung: verdict.rung },
      ];
      const step = giveUp({ ...known, recovery: { attempts, pending: null } }, why, nowMs);
      return {
        ...step,
        effects: [...was, ...step.effects, { kind: "restart-system", failure: why }],
      };
    }
    case "record": {
      const step = giveUp(known, why, nowMs, "recorded");
      return { ...step, effects: [...was, ...step.effects] };
    }
    case "give-up": {
      const step = giveUp(known, verdict.failure, nowMs);
      return { ...step, effects: [...was, ...step.effects] };
    }
  }
}

/** The attempt under probation did not hold. */
function failedAttempt(record: ModuleRecord): readonly Effect[] {
  const { pending } = record.recovery;
  if (pending === null) return [];
  return [{ kind: "recovery-step", ...pending, outcome: "failed", delayMs: 0 }];
}

export function giveUp(
  record: ModuleRecord,
  why: Failure,
  nowMs: number,
  outcome: "gave-up" | "recorded" = "gave-up",
): Step {
  const attempt = record.recovery.attempts.length;
  return move(
    { ...record, failure: why, recovery: { ...record.recovery, pending: null } },
    { kind: "failed", sinceMs: nowMs, failure: why },
    [
      ...QUIET,
      { kind: "recovery-step", strategy: "manual", attempt, outcome, delayMs: 0, failure: why },
      { kind: "release" },
    ],
    why.message,
  );
}

export function stopLife(
  record: ModuleRecord,
  after: AfterStop,
  cause: string,
  { nowMs }: TransitionContext,
): Step {
  const { timeoutMs } = record.descriptor.stop;
  return move(
    record,
    { kind: "stopping", sinceMs: nowMs, pid: pid(record), after, killed: false },
    [
      ...(record.state.kind === "paused" ? [{ kind: "freeze", frozen: false } as const] : []),
      ...QUIET,
      { kind: "arm", timer: "nudge", ms: timeoutMs / 2 },
      { kind: "arm", timer: "stop", ms: timeoutMs },
      { kind: "ask-to-stop", timeoutMs, reason: cause },
    ],
    cause,
  );
}

/** The life that was being stopped has ended. */
export function halted(record: ModuleRecord, input: ModuleInput, context: TransitionContext): Step {
  const { state } = record;
  if (state.kind !== "stopping") throw new Error("bug: halted outside of stopping");
  const end = input as Extract<LifeFact, { kind: "ended" | "spawn-failed" }>;
  const exit = end.kind === "ended" ? { code: end.code, signal: end.signal } : record.exit;
  const stuck = end.kind === "ended" ? end.stuck : [];
  const known: ModuleRecord = { ...record, exit, health: UNKNOWN_HEALTH };
  if (stuck.length > 0) {
    const why = failure("NOT_GONE", { module: record.instance, pids: stuck });
    return giveUp(known, why, context.nowMs);
  }
  if (record.desired === "down") {
    const reason = state.after.kind === "stay" ? state.after.reason : record.downReason;
    return move(
      known,
      { kind: "stopped", sinceMs: context.nowMs, reason, killed: state.killed },
      [...QUIET, { kind: "release" }],
      state.killed ? "killed: it did not stop in time" : "it has stopped",
    );
  }
  if (state.after.kind === "recover") return fail(known, state.after.failure, context);
  const cause = state.after.kind === "start-again" ? state.after.cause : "it is wanted again";
  return move(known, waiting(context), QUIET, cause);
}
