// transition.ts: (record, input) -> next record and effects; and the table of legal moves.
import { type Failure, failure, type StopReason } from "@skelly-jelly/contract";
import type { Effect } from "./effect.ts";
import { UNKNOWN_HEALTH } from "./health.ts";
import type { InputKind, LifeFact, ModuleInput } from "./module-input.ts";
import type { ModuleRecord } from "./module-record.ts";
import type { AfterStop, ModuleState, StateKind } from "./module-state.ts";
import { NO_RECOVERY, type RecoveryVerdict } from "./recovery-record.ts";

export type Step = {
  readonly record: ModuleRecord;
  readonly effects: readonly Effect[];
  /** Why it moved, for the journal. */
  readonly cause: string;
};

/** What a transition may ask of the world, all of it plain values and pure functions. */
export type TransitionContext = {
  readonly nowMs: number;
  /** The policy's word on a failure. */
  readonly recover: (record: ModuleRecord, failure: Failure) => RecoveryVerdict;
  /** A dependency that is down now, whose failure this one's may only be a consequence of. */
  readonly downDependency: string | null;
  /** Incarnations of its dependencies now. */
  readonly dependencyIncarnations: Readonly<Record<string, number>>;
};

/** After SIGKILL, how long the kernel gets before we say that something could not be ended. */
export const KILL_WAIT_MS = 5000;
/** How long a recovered module must stay well before the attempt counts as a success. */
export const PROBATION_MS = 10_000;

type Move =
  | "same"
  | "want"
  | "unwant"
  | "queue"
  | "rest"
  | "begin"
  | "born"
  | "unborn"
  | "arrive"
  | "fail"
  | "ended"
  | "halted"
  | "halt"
  | "haltFor"
  | "again"
  | "revive"
  | "ail"
  | "tick"
  | "freeze"
  | "thaw"
  | "adopted"
  | "kill"
  | "never";

/**
 * Stale inputs are dropped at the mailbox, so `never` means a bug in the engine: it throws, and the
 * mailbox fails that one module. Rows are where it is, columns what happens.
 */
// biome-ignore format: a table is read by column
export const MOVES = {
  "not-started": { start: "queue", stop: "rest",   restart: "queue", recover: "queue",  go: "never", halt: "same",  "halt-for": "same",    pause: "same",   resume: "same", adopt: "adopted", spawned: "never", "spawn-failed": "never",  ready: "never",  ailing: "never", ended: "never",  timer: "never" },
  waiting:       { start: "want",  stop: "rest",   restart: "want",  recover: "want",   go: "begin", halt: "rest",  "halt-for": "same",    pause: "same",   resume: "same", adopt: "adopted", spawned: "never", "spawn-failed": "never",  ready: "never",  ailing: "never", ended: "never",  timer: "never" },
  starting:      { start: "want",  stop: "unwant", restart: "again", recover: "want",   go: "never", halt: "halt",  "halt-for": "haltFor", pause: "same",   resume: "same", adopt: "never",   spawned: "born",  "spawn-failed": "unborn", ready: "arrive", ailing: "ail",   ended: "ended",  timer: "tick"  },
  running:       { start: "want",  stop: "unwant", restart: "again", recover: "want",   go: "never", halt: "halt",  "halt-for": "haltFor", pause: "freeze", resume: "same", adopt: "never",   spawned: "never", "spawn-failed": "never",  ready: "same",   ailing: "ail",   ended: "ended",  timer: "tick"  },
  paused:        { start: "want",  stop: "unwant", restart: "again", recover: "want",   go: "never", halt: "halt",  "halt-for": "haltFor", pause: "same",   resume: "thaw", adopt: "never",   spawned: "never", "spawn-failed": "never",  ready: "same",   ailing: "same",  ended: "ended",  timer: "tick"  },
  "backing-off": { start: "queue", stop: "rest",   restart: "queue", recover: "revive", go: "never", halt: "rest",  "halt-for": "same",    pause: "same",   resume: "same", adopt: "never",   spawned: "never", "spawn-failed": "never",  ready: "never",  ailing: "never", ended: "never",  timer: "tick"  },
  stopping:      { start: "want",  stop: "unwant", restart: "again", recover: "want",   go: "never", halt: "same",  "halt-for": "same",    pause: "same",   resume: "same", adopt: "never",   spawned: "born",  "spawn-failed": "halted", ready: "same",   ailing: "same",  ended: "halted", timer: "tick"  },
  stopped:       { start: "queue", stop: "unwant", restart: "queue", recover: "queue",  go: "never", halt: "same",  "halt-for": "same",    pause: "same",   resume: "same", adopt: "adopted", spawned: "never", "spawn-failed": "never",  ready: "never",  ailing: "never", ended: "never",  timer: "never" },
  completed:     { start: "want",  stop: "rest",   restart: "queue", recover: "want",   go: "never", halt: "same",  "halt-for": "same",    pause: "same",   resume: "same", adopt: "adopted", spawned: "never", "spawn-failed": "never",  ready: "never",  ailing: "never", ended: "never",  timer: "never" },
  failed:        { start: "revive", stop: "rest",  restart: "revive", recover: "revive", go: "never", halt: "same", "halt-for": "same",    pause: "same",   resume: "same", adopt: "adopted", spawned: "never", "spawn-failed": "never",  ready: "never",  ailing: "never", ended: "never",  timer: "never" },
} as const satisfies Record<StateKind, Record<InputKind, Move>>;

export function transition(
  record: ModuleRecord,
  input: ModuleInput,
  context: TransitionContext,
): Step {
  const move: Move = MOVES[record.state.kind][input.kind];
  if (move === "never") {
    throw new Error(`bug: '${input.kind}' reached '${record.instance}' while ${record.state.kind}`);
  }
  if (move === "same") return { record, effects: [], cause: "" };
  return HANDLERS[move](record, input, context);
}

type Handler = (record: ModuleRecord, input: ModuleInput, context: TransitionContext) => Step;

const HANDLERS: Record<Exclude<Move, "same" | "never">, Handler> = {
  want: (record, input) => stay({ ...record, desired: "up" }, causeOf(input)),
  unwant: (record, input) =>
    stay({ ...record, desired: "down", downReason: reasonOf(input, record) }, causeOf(input)),
  queue: (record, input, context) =>
    move({ ...record, desired: "up", failure: null }, waiting(context), [], causeOf(input)),
  rest,
  begin,
  born: (record, input) => born(record, input as Extract<LifeFact, { kind: "spawned" }>),
  unborn: (record, input, context) =>
    fail(record, (input as Extract<LifeFact, { kind: "spawn-failed" }>).failure, context),
  arrive,
  fail: (record, input, context) =>
    fail(record, (input as Extract<LifeFact, { kind: "ailing" }>).failure, context),
  ended: (record, input, context) =>
    ended(record, input as Extract<LifeFact, { kind: "ended" }>, context),
  halted,
  halt: (record, input, context) =>
    stopLife(record, { kind: "stay", reason: record.downReason }, causeOf(input), context),
  haltFor: (record, input, context) => {
    const cause = `its dependency '${(input as { dependency: string }).dependency}' is down`;
    return stopLife(record, { kind: "start-again", cause }, cause, context);
  },
  again,
  revive: (record, input, context) =>
    move(
      {
        ...record,
        desired: "up",
        failure: null,
        recovery: input.kind === "start" && input.remember ? record.recovery : NO_RECOVERY,
      },
      waiting(context),
      [],
      causeOf(input),
    ),
  ail: (record, input, context) => {
    const { failure: why } = input as Extract<LifeFact, { kind: "ailing" }>;
    return stopLife(record, { kind: "recover", failure: why }, why.message, context);
  },
  tick,
  freeze: (record, input, context) =>
    move(
      record,
      { kind: "paused", sinceMs: context.nowMs, pid: pid(record) },
      [
        { kind: "watch", on: false },
        { kind: "freeze", frozen: true },
      ],
      causeOf(input),
    ),
  thaw: (record, input, context) =>
    move(
      record,
      { kind: "running", sinceMs: context.nowMs, pid: pid(record) },
      [
        { kind: "freeze", frozen: false },
        { kind: "watch", on: true },
      ],
      causeOf(input),
    ),
  adopted,
  kill: (record) => stay(record, ""),
};

/** It is not wanted, and nothing of it runs. */
function rest(record: ModuleRecord, input: ModuleInput, context: TransitionContext): Step {
  const reason = reasonOf(input, record);
  return move(
    { ...record, desired: "down", downReason: reason },
    { kind: "stopped", sinceMs: context.nowMs, reason, killed: false },
    [{ kind: "disarm", timer: "backoff" }, { kind: "release" }],
    causeOf(input),
  );
}

function begin(record: ModuleRecord, _input: ModuleInput, context: TransitionContext): Step {
  const incarnation = record.incarnation + 1;
  const strategy = record.recovery.pending?.strategy;
  return move(
    {
      ...record,
      incarnation,
      restarts: record.restarts + (record.recovery.pending === null ? 0 : 1),
      health: UNKNOWN_HEALTH,
      readyMs: null,
      startedWith: context.dependencyIncarnations,
    },
    { kind: "starting", sinceMs: context.nowMs, pid: null, spawned: false },
    [
      { kind: "arm", timer: "startup", ms: record.descriptor.startupTimeoutMs },
      { kind: "spawn", incarnation, reset: strategy === "restart-with-reset" },
    ],
    "all it waits for is there",
  );
}

function born(record: ModuleRecord, input: Extract<LifeFact, { kind: "spawned" }>): Step {
  const { state } = record;
  if (state.kind === "starting") {
    return stay({ ...record, state: { ...state, pid: input.pid, spawned: true } }, "");
  }
  return state.kind === "stopping"
    ? stay({ ...record, state: { ...state, pid: input.pid } }, "")
    : stay(record, "");
}

function arrive(record: ModuleRecord, _input: ModuleInput, context: TransitionContext): Step {
  const readyMs = context.nowMs - record.state.sinceMs;
  const { pending } = record.recovery;
  return move(
    { ...record, settled: true, readyMs },
    { kind: "running", sinceMs: context.nowMs, pid: pid(record) },
    [
      { kind: "disarm", timer: "startup" },
      { kind: "watch", on: true },
      ...(pending === null ? [] : [{ kind: "arm", timer: "probation", ms: PROBATION_MS } as const]),
      { kind: "arm", timer: "stable", ms: record.descriptor.stableAfterMs },
    ],
    `ready after ${Math.round(readyMs)} ms`,
  );
}

/** A life ended that nobody had asked to end. */
function ended(
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
      [...quiet, { kind: "release" }],
      `exited with code ${code}, as it should`,
    );
  }
  const why = input.failure ?? reasonOfEnd(record, input, state.kind === "starting");
  if (descriptor.restart === "never") return giveUp(known, why, context.nowMs);
  return fail(known, why, context);
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
function fail(record: ModuleRecord, why: Failure, context: TransitionContext): Step {
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
      [...was, ...quiet],
      why.message,
    );
  }
  if (downDependency !== null) {
    // Not its own fault, most likely: it waits for the dependency and keeps its attempts.
    const cause = `${why.message} Its dependency '${downDependency}' is down, so it waits for that.`;
    return move(known, waiting(context), [...was, ...quiet], cause);
  }
  const verdict = context.recover(known, why);
  switch (verdict.kind) {
    case "restart": {
      const { strategy, attempt, delayMs, rung } = verdict;
      const recovery = {
        attempts: [...known.recovery.attempts.slice(-99), { atMs: nowMs, rung }],
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
        ? move({ ...known, recovery }, waiting(context), [...was, ...quiet, step], why.message)
        : move(
            { ...known, recovery },
            { kind: "backing-off", sinceMs: nowMs, untilMs: nowMs + delayMs, failure: why },
            [...was, ...quiet, step, { kind: "arm", timer: "backoff", ms: delayMs }],
            why.message,
          );
    }
    case "degrade": {
      const { level, rung } = verdict;
      const recovery = {
        attempts: [...known.recovery.attempts.slice(-99), { atMs: nowMs, rung }],
        pending: { strategy: "degraded-mode", attempt: 1, failure: why },
      };
      return move({ ...known, recovery, level }, waiting(context), [...was, ...quiet], why.message);
    }
    case "restart-system": {
      const attempts = [...known.recovery.attempts.slice(-99), { atMs: nowMs, rung: verdict.rung }];
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

function giveUp(
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
      ...quiet,
      { kind: "recovery-step", strategy: "manual", attempt, outcome, delayMs: 0, failure: why },
      { kind: "release" },
    ],
    why.message,
  );
}

function stopLife(
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
      ...quiet,
      { kind: "arm", timer: "nudge", ms: timeoutMs / 2 },
      { kind: "arm", timer: "stop", ms: timeoutMs },
      { kind: "ask-to-stop", timeoutMs, reason: cause },
    ],
    cause,
  );
}

/** The life that was being stopped has ended. */
function halted(record: ModuleRecord, input: ModuleInput, context: TransitionContext): Step {
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
      [...quiet, { kind: "release" }],
      state.killed ? "killed: it did not stop in time" : "it has stopped",
    );
  }
  if (state.after.kind === "recover") return fail(known, state.after.failure, context);
  const cause = state.after.kind === "start-again" ? state.after.cause : "it is wanted again";
  return move(known, waiting(context), quiet, cause);
}

function again(record: ModuleRecord, input: ModuleInput, context: TransitionContext): Step {
  const cause = causeOf(input);
  const fresh: ModuleRecord = { ...record, desired: "up", recovery: NO_RECOVERY };
  const { state } = record;
  if (state.kind === "stopping") {
    return stay({ ...fresh, state: { ...state, after: { kind: "start-again", cause } } }, cause);
  }
  return stopLife(fresh, { kind: "start-again", cause }, cause, context);
}

function tick(record: ModuleRecord, input: ModuleInput, context: TransitionContext): Step {
  const { state, descriptor } = record;
  const { timer } = input as Extract<LifeFact, { kind: "timer" }>;
  if (timer === "startup" && state.kind === "starting") {
    const why = failure("START_TIMEOUT", {
      module: record.instance,
      waitedMs: descriptor.startupTimeoutMs,
      waitedFor: waitedFor(record),
    });
    return stopLife(record, { kind: "recover", failure: why }, why.message, context);
  }
  if (timer === "nudge" && state.kind === "stopping") {
    return { record, effects: [{ kind: "signal-to-stop" }], cause: "" };
  }
  if (timer === "stop" && state.kind === "stopping") {
    return {
      record: { ...record, state: { ...state, killed: true } },
      effects: [{ kind: "kill" }, { kind: "arm", timer: "kill", ms: KILL_WAIT_MS }],
      cause: "",
    };
  }
  if (timer === "kill" && state.kind === "stopping") {
    const why = failure("NOT_GONE", {
      module: record.instance,
      pids: state.pid === null ? [] : [state.pid],
    });
    return giveUp(record, why, context.nowMs);
  }
  if (timer === "backoff" && state.kind === "backing-off") {
    return move(record, waiting(context), [], "its back-off is over");
  }
  if (timer === "probation") return endProbation(record);
  if (timer === "stable") {
    return stay({ ...record, recovery: { ...record.recovery, attempts: [] } }, "");
  }
  return stay(record, "");
}

/** A recovery counts only after it has held and, where anything asks, after a healthy reply. */
function endProbation(record: ModuleRecord): Step {
  const { pending } = record.recovery;
  if (pending === null) return stay(record, "");
  const asked = record.descriptor.liveness !== null;
  const { status } = record.health;
  if (asked && status !== "healthy" && status !== "degraded") {
    return { record, effects: [{ kind: "arm", timer: "probation", ms: PROBATION_MS }], cause: "" };
  }
  return {
    record: { ...record, failure: null, recovery: { ...record.recovery, pending: null } },
    effects: [{ kind: "recovery-step", ...pending, outcome: "recovered", delayMs: 0 }],
    cause: "",
  };
}

function adopted(record: ModuleRecord, input: ModuleInput, context: TransitionContext): Step {
  const { incarnation, pid: found, ready } = input as Extract<ModuleInput, { kind: "adopt" }>;
  const life = { sinceMs: context.nowMs, pid: found };
  const known: ModuleRecord = {
    ...record,
    desired: "up",
    incarnation,
    startedWith: context.dependencyIncarnations,
  };
  return ready
    ? move(
        { ...known, settled: true },
        { kind: "running", ...life },
        [{ kind: "watch", on: true }],
        "adopted",
      )
    : move(
        known,
        { kind: "starting", ...life, spawned: true },
        [{ kind: "arm", timer: "startup", ms: record.descriptor.startupTimeoutMs }],
        "adopted while it was starting",
      );
}

/** Every timer of a life ends with it. */
const quiet: readonly Effect[] = [
  { kind: "watch", on: false },
  ...(["startup", "nudge", "stop", "kill", "backoff", "probation", "stable"] as const).map(
    (timer) => ({ kind: "disarm", timer }) as const,
  ),
];

function waitedFor({ descriptor }: ModuleRecord): string {
  const ask = descriptor.ready?.ask;
  if (ask === undefined) return "its process to start";
  if (ask.kind === "module") return "its start() to return";
  if (ask.kind === "tcp") return `tcp ${ask.host}:${ask.port}`;
  if (ask.kind === "http") return ask.url;
  if (ask.kind === "log") return `a log line matching /${ask.pattern}/`;
  return ask.kind === "exec" ? ask.argv.join(" ") : `a newline on file descriptor ${ask.fd}`;
}

const reasonOf = (input: ModuleInput, record: ModuleRecord): StopReason =>
  input.kind === "stop" ? input.reason : record.downReason;

const waiting = ({ nowMs }: TransitionContext): ModuleState => ({
  kind: "waiting",
  sinceMs: nowMs,
});

const pid = ({ state }: ModuleRecord): number | null => ("pid" in state ? state.pid : null);

const causeOf = (input: ModuleInput): string => ("cause" in input ? input.cause : input.kind);

function move(
  record: ModuleRecord,
  state: ModuleState,
  effects: readonly Effect[],
  cause: string,
): Step {
  return { record: { ...record, state }, effects, cause };
}

const stay = (record: ModuleRecord, cause: string): Step => ({ record, effects: [], cause });
