// transition.ts: (record, input) -> next record and effects.
import { failure } from "@skelly-jelly/contract";
import { UNKNOWN_HEALTH } from "./health.ts";
import { armReturn, ease, returnToFull, unease } from "./levels.ts";
import { ended, fail, giveUp, halted, stopLife } from "./life-endings.ts";
import type { LifeFact, ModuleInput } from "./module-input.ts";
import type { ModuleRecord } from "./module-record.ts";
import { MOVES, type Move } from "./moves.ts";
import { NO_RECOVERY } from "./recovery-record.ts";
import {
  causeOf,
  move,
  pid,
  reasonOf,
  type Step,
  stay,
  type TransitionContext,
  waiting,
} from "./step.ts";

export { MOVES } from "./moves.ts";
export type { Step, TransitionContext } from "./step.ts";

/** After SIGKILL, how long the kernel gets before we say that something could not be ended. */
export const KILL_WAIT_MS = 5000;
/** How long a recovered module must stay well before the attempt counts as a success. */
export const PROBATION_MS = 10_000;

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
    move(
      { ...record, desired: "up", failure: null, level: "full", easedFor: null },
      waiting(context),
      [{ kind: "disarm", timer: "backoff" }],
      causeOf(input),
    ),
  rest,
  begin,
  born: (record, input) => born(record, input as Extract<LifeFact, { kind: "spawned" }>),
  unborn: (record, input, context) =>
    fail(record, (input as Extract<LifeFact, { kind: "spawn-failed" }>).failure, context),
  arrive,
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
        level: "full",
        easedFor: null,
        recovery: input.kind === "start" && input.remember ? record.recovery : NO_RECOVERY,
      },
      waiting(context),
      [{ kind: "disarm", timer: "backoff" }],
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
  ease,
  unease,
  adopted,
  /** What even a kill had not ended in time is gone now: a new life may begin. */
  gone: (record) => stay({ ...record, lingers: false }, ""),
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
  // Running already: it was adopted before its process was known.
  return state.kind === "stopping" || state.kind === "running" || state.kind === "paused"
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
      ...armReturn(record),
    ],
    `ready after ${Math.round(readyMs)} ms`,
  );
}

function again(record: ModuleRecord, input: ModuleInput, context: TransitionContext): Step {
  const cause = causeOf(input);
  const forgets = input.kind !== "restart" || input.remember !== true;
  const fresh: ModuleRecord = {
    ...record,
    desired: "up",
    settled: false,
    ...(forgets && { level: "full", easedFor: null, recovery: NO_RECOVERY }),
  };
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
    return giveUp({ ...record, lingers: true }, why, context.nowMs);
  }
  if (timer === "return") return returnToFull(record);
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
  const adopt = input as Extract<ModuleInput, { kind: "adopt" }>;
  const { incarnation, pid: found, ready } = adopt;
  const life = { sinceMs: context.nowMs, pid: found };
  const known: ModuleRecord = {
    ...record,
    desired: "up",
    incarnation,
    startedWith: context.dependencyIncarnations,
  };
  if (adopt.completed === true) {
    const done = { kind: "completed", sinceMs: context.nowMs } as const;
    return move({ ...known, settled: true }, done, [], "it had completed before");
  }
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

function waitedFor({ descriptor }: ModuleRecord): string {
  const ask = descriptor.ready?.ask;
  if (ask === undefined) return "its process to start";
  if (ask.kind === "module") return "its start() to return";
  if (ask.kind === "tcp") return `tcp ${ask.host}:${ask.port}`;
  if (ask.kind === "http") return ask.url;
  if (ask.kind === "log") return `a log line matching /${ask.pattern}/`;
  return ask.kind === "exec" ? ask.argv.join(" ") : `a newline on file descriptor ${ask.fd}`;
}
