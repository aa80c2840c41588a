// control-api.ts: what the gateway's HTTP API answers with, for those who show it. Stable; additions are allowed.
import type {
  Edge,
  NumberLimits,
  OrchestratorSettings,
  Probe,
  ResourceLimits,
  Rung,
  RunnerKind,
  RunSpec,
} from "./descriptor.ts";
import type { SystemEvent } from "./events.ts";
import type { ModuleId } from "./ids.ts";
import type { JsonObject } from "./json.ts";
import type { HealthStatus, LifecycleState } from "./lifecycle.ts";
import type { ModuleStatus, SystemStatusReport } from "./status.ts";

/** What a module was told to be; its environment by name only. */
export type ModuleDescription = {
  readonly id: ModuleId;
  readonly runner: RunnerKind;
  readonly run: RunSpec | { readonly kind: "definition" };
  readonly task: boolean;
  readonly required: boolean;
  readonly instances: number;
  readonly dependsOn: readonly Edge[];
  readonly cwd: string;
  readonly env: readonly string[];
  readonly startupTimeoutMs: number;
  readonly stop: { readonly signal: string; readonly timeoutMs: number };
  readonly ready: Probe | null;
  readonly liveness: Probe | null;
  readonly healthLimits: Readonly<Record<string, NumberLimits>>;
  readonly restart: "always" | "on-failure" | "never";
  readonly autoRecovery: boolean;
  readonly ladder: readonly Rung[];
  readonly stableAfterMs: number;
  readonly limits: ResourceLimits;
  readonly hub: boolean;
};

export type SystemDescription = {
  readonly name: string;
  readonly file: string | null;
  readonly directory: string;
  readonly orchestrator: OrchestratorSettings;
  readonly modules: readonly ModuleDescription[];
};

export type ApiModule = ModuleStatus & { readonly description: ModuleDescription | null };

export type ApiConfig = {
  readonly module: ModuleId;
  readonly version: number;
  /** Secrets are references, or `***`. */
  readonly config: JsonObject;
  /** The versions that the journal still knows, newest first. */
  readonly history: readonly ApiConfigVersion[];
};

export type ApiConfigVersion = {
  readonly version: number;
  readonly previousVersion: number;
  readonly timeMs: number;
  readonly outcome: "applied" | "restarted" | "refused" | "rolled-back";
  readonly by: string;
  readonly config: JsonObject | null;
};

export type ApiConfigChange = {
  readonly path: string;
  readonly before: unknown;
  readonly after: unknown;
};

/** What a change would do; nothing has been done. */
export type ApiPlan = {
  readonly module: ModuleId;
  readonly version: number;
  readonly changes: readonly ApiConfigChange[];
  /** `ask`: the module takes it live, or asks for a restart. */
  readonly effect: "none" | "ask" | "restart" | "store";
  readonly says: string;
  /** Modules whose edges would make them follow a restart. */
  readonly follows: readonly { readonly module: ModuleId; readonly how: string }[];
};

export type ApiLogLine = {
  readonly module: string;
  readonly time: string;
  readonly timeMs: number;
  readonly stream: "out" | "err";
  readonly late: boolean;
  readonly text: string;
};

export type ApiGraph = {
  readonly waves: readonly (readonly ModuleId[])[];
  readonly nodes: readonly {
    readonly id: ModuleId;
    readonly required: boolean;
    readonly task: boolean;
    readonly hidden: boolean;
    readonly state: LifecycleState;
    readonly health: HealthStatus;
    readonly level: string;
  }[];
  readonly edges: readonly (Edge & {
    readonly from: ModuleId;
    /** The dependent waits for it now. */
    readonly holdsUp: boolean;
  })[];
};

/** One module's way up in one run; times are milliseconds since the run began. */
export type ApiRunModule = {
  readonly module: string;
  readonly waitingMs: number | null;
  readonly startingMs: number | null;
  readonly readyMs: number | null;
  readonly attempts: number;
  /** The dependency whose readiness let it start; `null` when none did. */
  readonly after: ModuleId | null;
  readonly outcome: LifecycleState;
};

export type ApiRun = {
  /** The sequence number of the event that began it. */
  readonly id: number;
  readonly startedAt: string;
  readonly durationMs: number | null;
  readonly outcome: "up" | "failed" | "unfinished";
  readonly modules: readonly ApiRunModule[];
  /** From the first cause to the last module that was ready. */
  readonly criticalPath: readonly ModuleId[];
};

/** `columns[k][i]` is the reading of `names[k]` at `times[i]`; `null` is unknown. */
export type ApiHistory = {
  readonly module: string;
  readonly times: readonly number[];
  readonly names: readonly string[];
  readonly columns: readonly (readonly (number | null)[])[];
};

/** Why something is as it is: from the first cause to now. */
export type ApiWhy = {
  readonly about: string;
  readonly sentence: string;
  readonly chain: readonly {
    readonly timeMs: number | null;
    readonly module: string | null;
    readonly fact: string;
    readonly because: string | null;
  }[];
  readonly next: readonly string[];
};

export type ApiProblem = {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail?: string;
  readonly code?: string;
  readonly problems?: readonly unknown[];
};

/** What the event stream says, by the name of the message. */
export type ApiStream = {
  readonly snapshot: { readonly status: SystemStatusReport; readonly seq: number };
  readonly event: SystemEvent;
  /** Only what differs from what was last told; a module that is gone is named in `gone`. */
  readonly status: {
    readonly system: Omit<SystemStatusReport, "modules">;
    readonly modules: readonly ModuleStatus[];
    readonly gone: readonly string[];
  };
  readonly connection: { readonly connected: boolean };
};
