// lifecycle.ts: the three words about a module (desired, state, health) and the one about a system.

export type Desired = "up" | "down";

/** Where a module is. Each is one member of the orchestrator's state union. */
export type LifecycleState =
  | "not-started"
  | "waiting"
  | "starting"
  | "running"
  | "paused"
  | "backing-off"
  | "stopping"
  | "stopped"
  | "completed"
  | "failed";

/** How a module does. `unknown`: no probe, or nothing heard yet. */
export type HealthStatus = "unknown" | "healthy" | "degraded" | "unhealthy";

/** Derived from the modules, never stored. */
export type SystemStatus =
  | "starting"
  | "healthy"
  | "degraded"
  | "critical"
  | "stopping"
  | "stopped";

/** Why a module is down. */
export type StopReason =
  | { readonly kind: "requested" }
  | { readonly kind: "shutdown" }
  | { readonly kind: "dependency"; readonly module: string }
  | { readonly kind: "error"; readonly message: string };

export type Severity = "low" | "medium" | "high" | "critical";

/** What a module reports of itself; every value is a number with its unit in its name. */
export type HealthNumbers = Readonly<Record<string, number>>;

/** One thing that is not as it should be. */
export type HealthIssue = {
  readonly severity: Severity;
  readonly message: string;
};

/** One reading of a module's whole process tree; `null` is "unknown on this machine", never a guess. */
export type Usage = {
  /** Percent of one core over the time since the last reading. */
  readonly cpuPercent: number | null;
  /** Resident memory, summed over the tree. */
  readonly memoryBytes: number | null;
  readonly fileHandles: number | null;
  readonly threads: number | null;
};

/** How limits are enforced for a module: the best that the machine offers. */
export type Enforcement = "cgroup-v2" | "cgroup-v1" | "rlimit" | "watched" | "none";
