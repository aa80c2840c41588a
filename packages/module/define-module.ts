// define-module.ts: what a module's author writes. The same definition runs as a process, a worker or in-process.
import type { HealthIssue, HealthStatus, JsonObject, Severity } from "@skelly-jelly/contract";
import type { EventBus } from "@skelly-jelly/event-bus";

/** Any Standard Schema (valibot, zod, arktype, …), see https://standardschema.dev, or a plain function. */
export type ConfigSchema<Config> =
  | {
      readonly "~standard": {
        readonly version: 1;
        readonly validate: (value: unknown) => unknown;
        readonly types?: { readonly output: Config } | undefined;
      };
    }
  | ((value: JsonObject) => Config);

/** Lines on the module's own stdout/stderr, one a call, with fields as JSON behind them. */
export type ModuleLog = {
  debug(message: string, fields?: object): void;
  info(message: string, fields?: object): void;
  warn(message: string, fields?: object): void;
  error(message: string, fields?: object): void;
};

export type ModuleContext<Config = JsonObject, Events extends object = Record<string, never>> = {
  /** This module's id in its system. */
  readonly id: string;
  readonly system: string;
  readonly incarnation: number;
  /** Always the configuration in force. */
  readonly config: Config;
  /** `full`, or the name of one of `levels`. */
  readonly level: string;
  readonly paused: boolean;
  /** The system's event bus; connects on first use. Throws BUS_OFF when the module may not join. */
  readonly bus: EventBus<Events extends Record<string, never> ? Record<string, any> : Events>;
  readonly log: ModuleLog;
  /** Aborted when the module is told to stop. */
  readonly signal: AbortSignal;
  /** A folder of the module's own that outlives it: `.skelly/data/<id>`. Created on first use. */
  readonly dataDirectory: string;
  /** Runs `work` every `intervalMs` (throttled and paused with the module) until it stops. Never overlaps itself. */
  every(intervalMs: number, work: () => void | Promise<void>): void;
  /** Tells the orchestrator of an error; it opens an issue and may recover the module. */
  report(severity: Severity, errorType: string, message: string): void;
  /** 1: the usual. The throttle ladder's first step lowers it; `every` obeys by itself. */
  readonly frequencyFactor: number;
  /** How much may be done at once; `null`: no limit. The throttle ladder's second step. */
  readonly concurrencyMax: number | null;
};

/** What `health` returns: numbers by name, with `status` and `issues` if it knows better than the numbers. */
export type HealthAnswer = {
  readonly status?: HealthStatus;
  readonly issues?: readonly HealthIssue[];
  readonly [number: string]: number | HealthStatus | readonly HealthIssue[] | undefined;
};

export type LevelDefinition<Config, Events extends object> = {
  /** Called when the module goes down to this level. */
  enter?(ctx: ModuleContext<Config, Events>): void | Promise<void>;
  /** Called when it leaves it. */
  leave?(ctx: ModuleContext<Config, Events>): void | Promise<void>;
  /** What is off at this level, for people. */
  readonly sheds?: readonly string[];
};

export type ModuleDefinition<Config = any, Events extends object = any> = {
  readonly name: string;
  readonly config?: ConfigSchema<Config>;
  /** Resolves when the module is ready. A throw is a failed start. */
  start?(ctx: ModuleContext<Config, Events>): void | Promise<void>;
  /** Resolves when all is put away. Bounded by the module's stop.timeout. */
  stop?(ctx: ModuleContext<Config, Events>): void | Promise<void>;
  health?(ctx: ModuleContext<Config, Events>): HealthAnswer | Promise<HealthAnswer>;
  /** `applied`, or `restart-needed`; a throw refuses the change. Missing: every change restarts. */
  reconfigure?(
    ctx: ModuleContext<Config, Events>,
    next: Config,
  ): "applied" | "restart-needed" | Promise<"applied" | "restart-needed">;
  readonly levels?: Readonly<Record<string, LevelDefinition<Config, Events>>>;
  /** Forget state and queues. `restart-with-reset` calls it before `start`; a throw is a failed start. */
  reset?(ctx: ModuleContext<Config, Events>): void | Promise<void>;
  pause?(ctx: ModuleContext<Config, Events>): void | Promise<void>;
  resume?(ctx: ModuleContext<Config, Events>): void | Promise<void>;
};

const DEFINITION = Symbol.for("skelly.module-definition");

/** Names a module. Does nothing by itself: whoever runs it gives it its life. */
export function defineModule<Config = JsonObject, Events extends object = Record<string, any>>(
  definition: ModuleDefinition<Config, Events>,
): ModuleDefinition<Config, Events> {
  return Object.assign({ ...definition }, { [DEFINITION]: true });
}

/** True for what `defineModule` returned, also from another copy of this package. */
export function isModuleDefinition(value: unknown): value is ModuleDefinition {
  return typeof value === "object" && value !== null && DEFINITION in value;
}
