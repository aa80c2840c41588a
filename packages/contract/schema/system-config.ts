// system-config.ts: the configuration as people write it in TypeScript. Its keys are those of the
// shapes (a type test holds them together); its ids are the user's own.
import type { JsonObject } from "../json.ts";

/** Milliseconds, or text such as `"30s"`, `"500ms"`, `"5m"`. */
export type Duration = number | `${number}${"ms" | "s" | "m" | "h" | "d"}`;
/** Bytes, or text such as `"512MB"`, `"1GiB"`. */
export type Size =
  | number
  | `${number}${"B" | "kB" | "KB" | "MB" | "GB" | "TB" | "KiB" | "MiB" | "GiB" | "TiB"}`;

export type OrchestratorConfig = {
  readonly startupTimeout?: Duration;
  readonly shutdownTimeout?: Duration;
  readonly moduleStartDelay?: Duration;
  readonly parallelStartup?: boolean;
  readonly startConcurrency?: number;
  readonly healthCheckInterval?: Duration;
  readonly healthCheckTimeout?: Duration;
  readonly unhealthyThreshold?: number;
  readonly autoRecovery?: boolean;
  readonly maxRecoveryAttempts?: number;
  readonly recoveryBackoff?: Duration;
  readonly recoveryConcurrency?: number;
  readonly resourceCheckInterval?: Duration;
  /** 0..1 */
  readonly throttleThreshold?: number;
  readonly onOrchestratorDeath?: "survive" | "stop-with-me";
};

type Reaction = "wait" | "pause" | "degrade" | "restart" | "stop" | "ignore";

export type EdgeConfig = {
  readonly condition?: "started" | "healthy" | "completed";
  readonly whenDown?: Reaction;
  readonly whenDegraded?: Exclude<Reaction, "restart">;
};

export type HttpConfig = {
  readonly url: string;
  readonly status?: number | readonly [first: number, last: number];
};
export type TcpConfig = { readonly host?: string; readonly port: number };

/** Exactly one of `http`, `tcp`, `exec`; the check says so where it is not. */
export type LivenessConfig = {
  readonly http?: string | HttpConfig;
  readonly tcp?: number | string | TcpConfig;
  readonly exec?: string | readonly (string | number)[];
  readonly interval?: Duration;
  readonly timeout?: Duration;
  readonly threshold?: number;
  readonly successThreshold?: number;
};

/** Exactly one of `http`, `tcp`, `exec`, `log`, `notifyFd`. */
export type ReadyConfig = LivenessConfig & {
  readonly log?: string;
  readonly notifyFd?: number;
};

export type RestartConfig = {
  readonly attempts?: number | "unlimited";
  readonly backoff?: Duration;
  readonly backoffMax?: Duration;
  readonly window?: Duration;
};

export type DegradedConfig = { readonly level: string; readonly returnAfter?: Duration };
export type SystemRestartConfig = { readonly attempts?: number; readonly window?: Duration };

/** One of these keys; a strategy's name alone means its defaults. */
export type RungConfig = {
  readonly restart?: RestartConfig;
  readonly "restart-with-reset"?: RestartConfig;
  readonly "degraded-mode"?: DegradedConfig;
  readonly "system-restart"?: SystemRestartConfig;
  readonly manual?: true;
};
export type LadderConfig = readonly (
  | "restart"
  | "restart-with-reset"
  | "system-restart"
  | "manual"
  | RungConfig
)[];

export type SubjectRuleConfig = {
  readonly allow?: readonly string[];
  readonly deny?: readonly string[];
};
export type ModuleBusConfig = {
  readonly publish?: readonly string[] | SubjectRuleConfig;
  readonly subscribe?: readonly string[] | SubjectRuleConfig;
};

export type ModuleConfig<Id extends string = string> = {
  readonly command?: string | readonly (string | number)[];
  readonly entry?: string;
  /** What `defineModule` returned; for `run: "in-process"` in a program that embeds the library. */
  readonly definition?: object;
  readonly run?: "process" | "worker" | "in-process";
  readonly task?: boolean;
  readonly required?: boolean;
  readonly instances?: number;
  readonly profiles?: readonly string[];
  readonly dependsOn?: readonly Id[] | { readonly [Other in Id]?: EdgeConfig };
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string | number | boolean>>;
  readonly envFile?: string | readonly string[];
  readonly user?: string | number;
  readonly umask?: string;
  readonly startupTimeout?: Duration;
  readonly stop?: StopConfig;
  readonly ready?: false | ReadyConfig;
  readonly liveness?: false | LivenessConfig;
  readonly healthLimits?: Readonly<Record<string, NumberLimitConfig>>;
  readonly restart?: "always" | "on-failure" | "never";
  readonly successExitCodes?: readonly number[];
  readonly autoRecovery?: boolean;
  readonly recovery?: RecoveryConfig;
  readonly stableAfter?: Duration;
  readonly limits?: LimitsConfig;
  readonly config?: JsonObject;
  readonly logs?: LogsConfig;
  readonly bus?: boolean | ModuleBusConfig;
  readonly hub?: boolean;
};

export type StopConfig = { readonly signal?: string; readonly timeout?: Duration };
export type NumberLimitConfig = { readonly warn?: number; readonly fail?: number };
export type RecoveryConfig = { readonly ladder?: LadderConfig };
export type LogsConfig = { readonly maxSize?: Size; readonly keep?: number };
export type LimitsConfig = {
  readonly cpuPercent?: number;
  readonly memory?: Size;
  readonly fileHandles?: number;
  readonly threads?: number;
};

export type SystemBusConfig = { readonly port?: number };

export type ProfileConfig = {
  readonly orchestrator?: OrchestratorConfig;
  readonly bus?: SystemBusConfig;
  /** It may bring modules of its own, so its ids are not only the system's. */
  readonly modules?: Readonly<Record<string, ModuleConfig>>;
};

export type SystemConfig<Id extends string = string> = {
  readonly $schema?: string;
  readonly name?: string;
  readonly orchestrator?: OrchestratorConfig;
  readonly bus?: SystemBusConfig;
  readonly modules?: { readonly [Each in Id]: ModuleConfig<NoInfer<Id>> };
  readonly profiles?: Readonly<Record<string, ProfileConfig>>;
  /** Yours; passed over. */
  readonly [own: `x-${string}`]: unknown;
};

/** The ids of a system: `ModuleIdOf<typeof system>`. */
export type ModuleIdOf<System> = System extends { readonly modules?: infer Modules }
  ? Extract<keyof NonNullable<Modules>, string>
  : string;

/**
 * Gives a configuration its types: ids in `dependsOn` are those of `modules`. Does nothing else.
 */
export function defineSystem<Id extends string>(system: SystemConfig<Id>): SystemConfig<Id> {
  return system;
}
