// descriptor.ts: plain data that says what a system and its modules are, after all defaults are filled in.
import type { ModuleId } from "./ids.ts";
import type { JsonObject } from "./json.ts";

export type RunnerKind = "process" | "worker" | "in-process";

/** What brings the module to life. Paths are absolute, after resolution. */
export type RunSpec =
  | { readonly kind: "command"; readonly argv: readonly string[] }
  | { readonly kind: "shell"; readonly line: string }
  /** A file whose default export is a `defineModule(...)`. */
  | { readonly kind: "entry"; readonly file: string }
  /** A definition held by the program that embeds the library; only for `in-process`. */
  | { readonly kind: "definition"; readonly definition: unknown };

export type EdgeCondition = "started" | "healthy" | "completed";
export type WhenDown = "wait" | "pause" | "degrade" | "restart" | "stop" | "ignore";

export type Edge = {
  readonly on: ModuleId;
  readonly condition: EdgeCondition;
  /** What the dependent does when the dependency goes down while it runs. Default `wait`. */
  readonly whenDown: WhenDown;
  /** What it does when the dependency degrades. Default `ignore`. */
  readonly whenDegraded: WhenDown;
};

export type ProbeKind =
  | { readonly kind: "http"; readonly url: string; readonly status: readonly [number, number] }
  | { readonly kind: "tcp"; readonly host: string; readonly port: number }
  | { readonly kind: "exec"; readonly argv: readonly string[] }
  /** A line of the module's output that matches. Startup only. */
  | { readonly kind: "log"; readonly pattern: string }
  /** A newline written to this file descriptor (s6's habit). Startup only. */
  | { readonly kind: "notify-fd"; readonly fd: number }
  /** The module itself: `ready` and `health` on its control channel. For `entry` modules. */
  | { readonly kind: "module" };

export type Probe = {
  readonly ask: ProbeKind;
  readonly intervalMs: number;
  readonly timeoutMs: number;
  /** Failures in a row that count as one verdict. */
  readonly threshold: number;
  /** Successes in a row that take the verdict back. */
  readonly successThreshold: number;
};

/** Warn and fail limits for one number of a module's health. */
export type NumberLimits = { readonly warn?: number; readonly fail?: number };

export type Rung =
  | {
      readonly kind: "restart" | "restart-with-reset";
      readonly attempts: number;
      readonly backoffMs: number;
      readonly backoffMaxMs: number;
      readonly windowMs: number;
    }
  | { readonly kind: "degraded-mode"; readonly level: string; readonly returnAfterMs: number }
  | { readonly kind: "system-restart"; readonly attempts: number; readonly windowMs: number }
  | { readonly kind: "manual" };

export type ResourceLimits = {
  /** Percent of one core; 250 is two and a half cores. */
  readonly cpuPercent?: number;
  readonly memoryBytes?: number;
  readonly fileHandles?: number;
  readonly threads?: number;
};

export type ModuleDescriptor = {
  readonly id: ModuleId;
  readonly runner: RunnerKind;
  readonly run: RunSpec;
  /** A task runs to completion; a service runs until it is stopped. */
  readonly task: boolean;
  readonly required: boolean;
  readonly instances: number;
  readonly dependsOn: readonly Edge[];
  readonly cwd: string;
  /** Added to the orchestrator's own environment. Secret references are resolved when it is started. */
  readonly env: Readonly<Record<string, string>>;
  readonly user: string | null;
  readonly umask: number | null;
  readonly startupTimeoutMs: number;
  readonly stop: { readonly signal: string; readonly timeoutMs: number };
  /** Answers "may dependents start?". `null`: ready once started. */
  readonly ready: Probe | null;
  /** Answers "does it still do its work?". `null`: nothing asks. */
  readonly liveness: Probe | null;
  readonly healthLimits: Readonly<Record<string, NumberLimits>>;
  readonly restart: "always" | "on-failure" | "never";
  readonly successExitCodes: readonly number[];
  readonly autoRecovery: boolean;
  readonly ladder: readonly Rung[];
  /** A run this long forgives earlier failures. */
  readonly stableAfterMs: number;
  readonly limits: ResourceLimits;
  readonly config: JsonObject;
  readonly logs: { readonly maxSizeBytes: number; readonly keep: number };
  /** What it may do on the bus; `null`: it does not join. Subjects with wildcards. */
  readonly bus: {
    readonly publish: { readonly allow: readonly string[]; readonly deny: readonly string[] };
    readonly subscribe: { readonly allow: readonly string[]; readonly deny: readonly string[] };
  } | null;
  /** This module is the system's event-bus hub. */
  readonly hub: boolean;
};

export type OrchestratorSettings = {
  readonly startupTimeoutMs: number;
  readonly shutdownTimeoutMs: number;
  readonly moduleStartDelayMs: number;
  readonly parallelStartup: boolean;
  /** How many modules may be starting at once. */
  readonly startConcurrency: number;
  readonly healthCheckIntervalMs: number;
  readonly healthCheckTimeoutMs: number;
  readonly unhealthyThreshold: number;
  readonly autoRecovery: boolean;
  readonly maxRecoveryAttempts: number;
  readonly recoveryBackoffMs: number;
  /** How many recoveries may run at once. */
  readonly recoveryConcurrency: number;
  readonly resourceCheckIntervalMs: number;
  /** Share of a limit at which a warning is given, 0..1. */
  readonly throttleThreshold: number;
  /** What modules do when the orchestrator dies. Default: `survive` when detached. */
  readonly onOrchestratorDeath: "survive" | "stop-with-me";
};

export type SystemDescriptor = {
  readonly name: string;
  /** The file it came from; `null` when a program built it. */
  readonly file: string | null;
  /** What relative paths are relative to. */
  readonly directory: string;
  readonly orchestrator: OrchestratorSettings;
  readonly bus: { readonly port: number | null };
  readonly modules: readonly ModuleDescriptor[];
};
