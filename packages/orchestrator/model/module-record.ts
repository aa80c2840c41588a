// module-record.ts: all that is known of one instance: three words (desired, state, health) and their history.
import type {
  Desired,
  Failure,
  InstanceId,
  ModuleDescriptor,
  StopReason,
} from "@skelly-jelly/contract";
import { type Health, UNKNOWN_HEALTH } from "./health.ts";
import type { ModuleState } from "./module-state.ts";
import { NO_RECOVERY, type RecoveryRecord } from "./recovery-record.ts";

export type ModuleRecord = {
  readonly instance: InstanceId;
  readonly descriptor: ModuleDescriptor;
  readonly desired: Desired;
  /** Why it is wanted down; only meaningful while it is. */
  readonly downReason: StopReason;
  readonly state: ModuleState;
  readonly health: Health;
  readonly recovery: RecoveryRecord;
  /** The present life, or the last one; 0 before the first. */
  readonly incarnation: number;
  readonly restarts: number;
  readonly level: string;
  /** The dependency for whose sake it offers less, and the level it goes back to. */
  readonly easedFor: { readonly dependency: string; readonly before: string } | null;
  /** It has been ready since the system was last started: what a system start waits for. */
  readonly settled: boolean;
  readonly readyMs: number | null;
  readonly exit: { readonly code: number | null; readonly signal: string | null } | null;
  /** The last failure; cleared when it has recovered. */
  readonly failure: Failure | null;
  /** Something of its last life could not be ended in time: nothing may be started in its place yet. */
  readonly lingers: boolean;
  /** Incarnations of its dependencies when it started, for `whenDown: restart`. */
  readonly startedWith: Readonly<Record<string, number>>;
};

export function newRecord(
  instance: InstanceId,
  descriptor: ModuleDescriptor,
  nowMs: number,
  incarnation = 0,
): ModuleRecord {
  return {
    instance,
    descriptor,
    desired: "down",
    downReason: { kind: "requested" },
    state: { kind: "not-started", sinceMs: nowMs },
    health: UNKNOWN_HEALTH,
    recovery: NO_RECOVERY,
    incarnation,
    restarts: 0,
    level: "full",
    easedFor: null,
    settled: false,
    readyMs: null,
    exit: null,
    failure: null,
    lingers: false,
    startedWith: {},
  };
}

/** The level it goes down to: the one its ladder names, else `reduced`. */
export function degradedLevelOf({ ladder }: ModuleDescriptor): string {
  const rung = ladder.find((step) => step.kind === "degraded-mode");
  return rung?.kind === "degraded-mode" ? rung.level : "reduced";
}
