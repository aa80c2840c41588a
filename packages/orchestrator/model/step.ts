// step.ts: what a transition answers, what it may ask, and the ways in which all of them are written.
import type { Failure, StopReason } from "@skelly-jelly/contract";
import type { Effect } from "./effect.ts";
import type { ModuleInput } from "./module-input.ts";
import type { ModuleRecord } from "./module-record.ts";
import type { ModuleState } from "./module-state.ts";
import type { RecoveryVerdict } from "./recovery-record.ts";

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

/** Every timer of a life ends with it. */
export const QUIET: readonly Effect[] = [
  { kind: "watch", on: false },
  ...(
    ["startup", "nudge", "stop", "kill", "backoff", "probation", "stable", "return"] as const
  ).map((timer) => ({ kind: "disarm", timer }) as const),
];

export const reasonOf = (input: ModuleInput, record: ModuleRecord): StopReason =>
  input.kind === "stop" ? input.reason : record.downReason;

export const waiting = ({ nowMs }: TransitionContext): ModuleState => ({
  kind: "waiting",
  sinceMs: nowMs,
});

export const pid = ({ state }: ModuleRecord): number | null => ("pid" in state ? state.pid : null);

export const causeOf = (input: ModuleInput): string =>
  "cause" in input ? input.cause : input.kind;

export function move(
  record: ModuleRecord,
  state: ModuleState,
  effects: readonly Effect[],
  cause: string,
): Step {
  return { record: { ...record, state }, effects, cause };
}

export const stay = (record: ModuleRecord, cause: string): Step => ({ record, effects: [], cause });
