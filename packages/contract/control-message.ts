// control-message.ts: what a module and the orchestrator say to each other, one JSON object a line.
// Level-triggered: a module that (re)connects says hello and is told everything it should be.
import type { InstanceId } from "./ids.ts";
import type { JsonObject } from "./json.ts";
import type { HealthIssue, HealthNumbers, HealthStatus, Severity } from "./lifecycle.ts";

/** Environment names under which a module finds its way home. */
export const CONTROL_ENV = {
  /** Path of the control socket. */
  socket: "SKELLY_CONTROL",
  /** Secret of this incarnation. */
  token: "SKELLY_TOKEN",
  /** `system/module#n/k`. */
  incarnation: "SKELLY_INCARNATION",
  /** File with the module's configuration as JSON, for programs that know nothing of us. */
  configFile: "SKELLY_CONFIG_FILE",
  /** `nats://user:password@127.0.0.1:port`; only for modules that join the bus. */
  busUrl: "SKELLY_BUS_URL",
  /** Path of the hub's Unix socket; same credentials. */
  busSocket: "SKELLY_BUS_SOCKET",
  /** Only for the hub: file with port, socket and users. */
  hubConfig: "SKELLY_HUB_CONFIG",
  /** The system's state folder (`.skelly`); a module's own data is in `data/<id>` below it. */
  home: "SKELLY_HOME",
} as const;

export const CONTROL_LINE_MAX_BYTES = 1024 * 1024;

/** From the module. */
export type ModuleMessage =
  | {
      readonly type: "hello";
      readonly token: string;
      readonly incarnation: string;
      readonly pid: number;
      readonly configVersion: number;
    }
  | { readonly type: "ready" }
  /** start() threw; the module ends itself afterwards. `retry: false`: the cause is its configuration. */
  | { readonly type: "start-failed"; readonly message: string; readonly retry: boolean }
  | {
      readonly type: "health";
      /** The check it answers; `null`: unasked. */
      readonly check: number | null;
      readonly status: HealthStatus;
      readonly issues: readonly HealthIssue[];
      readonly numbers: HealthNumbers;
    }
  | {
      readonly type: "config-answer";
      readonly version: number;
      readonly phase: "prepare" | "commit";
      readonly outcome: "applied" | "accepted" | "restart-needed" | "refused";
      readonly message?: string;
    }
  | {
      readonly type: "level-answer";
      readonly level: string;
      readonly ok: boolean;
      readonly message?: string;
    }
  | { readonly type: "pause-answer"; readonly paused: boolean }
  | { readonly type: "throttle-answer"; readonly applied: boolean }
  | { readonly type: "reset-answer"; readonly ok: boolean; readonly message?: string }
  | {
      readonly type: "error";
      readonly severity: Severity;
      /** crash, timeout, resource_exhaustion, health_check, dependency, config, communication, … */
      readonly errorType: string;
      readonly message: string;
    }
  /** stop() has returned; the process ends now. */
  | { readonly type: "stopped" }
  | ThreadReport;

/** To the module. */
export type OrchestratorMessage =
  | {
      readonly type: "welcome";
      readonly config: JsonObject;
      readonly configVersion: number;
      readonly level: string;
      readonly paused: boolean;
      /** A task: once its start() has resolved it is done; it stops by itself with exit code 0. */
      readonly task?: boolean;
      /** What it is asked to do less of just now; not there: nothing. */
      readonly throttle?: {
        readonly frequencyFactor: number;
        readonly concurrencyMax: number | null;
      };
      /** It is to forget its state before its start(): a restart with reset. Said at the start only. */
      readonly reset?: boolean;
    }
  | { readonly type: "denied"; readonly message: string }
  | { readonly type: "check-health"; readonly check: number }
  /** Two phases: `prepare` may be refused, `commit` takes effect, `abort` forgets. */
  | {
      readonly type: "configure";
      readonly phase: "prepare" | "commit" | "abort";
      readonly version: number;
      readonly config: JsonObject;
    }
  | { readonly type: "set-level"; readonly level: string }
  | { readonly type: "pause" }
  | { readonly type: "resume" }
  /** The first steps of the throttle ladder; factors 0..1 of the usual. */
  | {
      readonly type: "throttle";
      readonly frequencyFactor: number;
      readonly concurrencyMax: number | null;
    }
  | { readonly type: "reset" }
  | { readonly type: "stop"; readonly timeoutMs: number; readonly reason: string }
  | ThreadCommand;

/** One life of a module in a worker host. */
export type ThreadName = { readonly instance: InstanceId; readonly incarnation: number };

/** To a worker host only. Its threads say hello on the control socket themselves. */
export type ThreadCommand =
  | (ThreadName & {
      readonly type: "thread-start";
      /** `main-thread` is what `run: in-process` means under the command. */
      readonly mode: "worker" | "main-thread";
      readonly entry: string;
      /** Added to the host's own environment, without the host's own SKELLY_* names. */
      readonly env: Readonly<Record<string, string>>;
      /** Limit of the thread's heap; `null`: none. */
      readonly memoryBytes: number | null;
      /** Files to which its lines are appended. */
      readonly outPath: string;
      readonly errPath: string;
    })
  /** Ends it now, whatever it does. A module in the main thread can only be ended with the host. */
  | (ThreadName & { readonly type: "thread-terminate" })
  | { readonly type: "thread-usage-ask" };

/** From a worker host only. */
export type ThreadReport =
  | (ThreadName & { readonly type: "thread-spawned" })
  /** Comes once for each incarnation, last. */
  | (ThreadName & {
      readonly type: "thread-ended";
      readonly code: number | null;
      readonly message: string | null;
      readonly outOfMemory: boolean;
    })
  /** All that live; said after each hello, so that a lost `thread-ended` is no lost state. */
  | { readonly type: "thread-list"; readonly threads: readonly ThreadName[] }
  | { readonly type: "thread-usage"; readonly threads: readonly ThreadUsage[] };

/** What a runtime can tell of one thread; `null` is unknown. */
export type ThreadUsage = ThreadName & {
  readonly cpuPercent: number | null;
  readonly heapBytes: number | null;
  /** 0..1, since the last asking. */
  readonly eventLoopUtilization: number | null;
};
