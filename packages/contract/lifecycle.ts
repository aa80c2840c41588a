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
  /** Its own memory: not shared with other programs, not of files. */
  readonly privateBytes?: number | null;
  /** What came from and went to disks since the reading before, in bytes per second. */
  readonly diskReadBytesPerSecond?: number | null;
  readonly diskWrittenBytesPerSecond?: number | null;
  /** The kernel counts the network for the machine, not for a process. */
  readonly networkBytesPerSecond?: null;
  /** How long the kernel has held it back at its CPU limit, since its group was made. */
  readonly cpuThrottledMs?: number | null;
};

/** One reading of the machine; `null` is "unknown here". */
export type MachineReading = {
  /** Percent of all cores together, since the reading before. */
  readonly cpuPercent: number | null;
  readonly cores: number | null;
  readonly memoryTotalBytes: number | null;
  readonly memoryAvailableBytes: number | null;
  /** Mean number of processes that run or want to, over a minute. */
  readonly load: number | null;
  /** Of the disk that holds the system's state. */
  readonly diskFreeBytes: number | null;
  /** Percent of the last 10 s in which somebody had to wait for it (the kernel's PSI). */
  readonly pressure: {
    readonly cpu: number | null;
    readonly memory: number | null;
    readonly io: number | null;
  };
};

/** How tightly a module is held short of being ended. */
export type ThrottleStatus = {
  readonly step: "ask" | "squeeze" | "pause";
  /** What it was asked to do less of: 0..1 of the usual. */
  readonly frequencyFactor: number;
  readonly concurrencyMax: number | null;
  /** Whether it said that it obeys; `null`: it has not answered. */
  readonly acknowledged: boolean | null;
};

/** How limits are enforced for a module: the best that the machine offers. */
export type Enforcement = "cgroup-v2" | "cgroup-v1" | "rlimit" | "watched" | "none";
