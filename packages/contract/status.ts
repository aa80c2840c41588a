// status.ts: the shape of `skelly status --json`. Stable; additions are allowed.

import type { ResourceLimits, RunnerKind } from "./descriptor.ts";
import type { Failure } from "./failure.ts";
import type { ModuleId } from "./ids.ts";
import type {
  Desired,
  Enforcement,
  HealthIssue,
  HealthNumbers,
  HealthStatus,
  LifecycleState,
  MachineReading,
  StopReason,
  SystemStatus,
  ThrottleStatus,
  Usage,
} from "./lifecycle.ts";

export type ModuleStatus = {
  readonly id: ModuleId;
  readonly runner: RunnerKind;
  readonly required: boolean;
  readonly desired: Desired;
  readonly state: LifecycleState;
  readonly health: HealthStatus;
  /** What speaks against `healthy`, in words. */
  readonly issues: readonly HealthIssue[];
  readonly level: string;
  /** ISO 8601; when the present state began. */
  readonly since: string;
  readonly incarnation: number;
  readonly restarts: number;
  readonly pid: number | null;
  /** How its last life ended; `null` while none has. */
  readonly exit: { readonly code: number | null; readonly signal: string | null } | null;
  readonly dependsOn: readonly ModuleId[];
  /** Edges (or `slot`) that hold it up now. */
  readonly waitingFor: readonly string[];
  /** The dependency whose failure blocks it; `null` when none does. */
  readonly blockedBy: ModuleId | null;
  /** From spawn to ready; `null` when it has not been ready. */
  readonly readyMs: number | null;
  readonly failure: Failure | null;
  /** Only while stopped. */
  readonly stopReason: StopReason | null;
  /** When the next attempt is due, ISO 8601; only while backing off. */
  readonly nextAttemptAt: string | null;
  readonly configVersion: number;
  readonly enforcement: Enforcement;
  /** Its limits, and what keeps each of them here. */
  readonly limits?: ResourceLimits;
  readonly enforcedBy?: Readonly<Partial<Record<keyof ResourceLimits, Enforcement>>>;
  /** How tightly it is held now; `null` when it is not. */
  readonly throttle?: ThrottleStatus | null;
  readonly usage: Usage;
  readonly metrics: HealthNumbers;
  readonly hidden: boolean;
};

export type SystemStatusReport = {
  readonly system: string;
  readonly status: SystemStatus;
  readonly reasons: readonly string[];
  /** ISO 8601; when the present status began. */
  readonly since: string;
  readonly uptimeMs: number;
  readonly orchestrator: {
    readonly pid: number;
    readonly version: string;
    readonly rssBytes: number;
    readonly cpuPercent: number | null;
    readonly adopted: number;
    /** `available`, or why it is not. */
    readonly journal: string;
    /** Address of the bus hub, `in-process` or `none`. */
    readonly bus: string;
  };
  /** What all of it runs on. */
  readonly machine?: MachineReading | null;
  readonly modules: readonly ModuleStatus[];
};
