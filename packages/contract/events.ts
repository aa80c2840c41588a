// events.ts: the facts the orchestrator publishes, and their subjects: `skelly.<system>.<family>.<module>`.
import type { Failure } from "./failure.ts";
import type { ModuleId } from "./ids.ts";
import type { JsonObject } from "./json.ts";
import type {
  HealthIssue,
  HealthStatus,
  LifecycleState,
  Severity,
  SystemStatus,
  Usage,
} from "./lifecycle.ts";

export const FAMILIES = [
  "lifecycle",
  "health",
  "error",
  "config",
  "control",
  "metrics",
  "system",
] as const;
export type Family = (typeof FAMILIES)[number];

/** Every fact, by type. `timeMs` is epoch milliseconds, `cause` says why in words. */
export type OrchestratorEvent =
  | {
      readonly type: "module-state-changed";
      readonly module: ModuleId;
      readonly incarnation: number;
      readonly from: LifecycleState;
      readonly to: LifecycleState;
      readonly cause: string;
      readonly failure: Failure | null;
      readonly pid: number | null;
    }
  | {
      readonly type: "module-health-changed";
      readonly module: ModuleId;
      readonly incarnation: number;
      readonly from: HealthStatus;
      readonly to: HealthStatus;
      readonly issues: readonly HealthIssue[];
    }
  | {
      readonly type: "recovery-step";
      readonly module: ModuleId;
      readonly incarnation: number;
      readonly strategy: string;
      readonly attempt: number;
      readonly outcome: "started" | "recovered" | "failed" | "gave-up" | "recorded";
      readonly delayMs: number;
      readonly failure: Failure;
    }
  | {
      readonly type: "error-reported";
      readonly module: ModuleId;
      readonly severity: Severity;
      readonly errorType: string;
      readonly message: string;
      readonly resolved: boolean;
    }
  | {
      readonly type: "limit-passed";
      readonly module: ModuleId;
      readonly what: string;
      readonly value: number;
      readonly limit: number;
      readonly step: string;
    }
  | { readonly type: "usage-read"; readonly module: ModuleId; readonly usage: Usage }
  | {
      readonly type: "config-changed";
      readonly module: ModuleId;
      readonly version: number;
      readonly previousVersion: number;
      readonly outcome: "applied" | "restarted" | "refused" | "rolled-back";
      readonly by: string;
      readonly config: JsonObject | null;
    }
  | { readonly type: "config-rejected"; readonly problems: readonly string[] }
  | {
      readonly type: "system-status-changed";
      readonly from: SystemStatus;
      readonly to: SystemStatus;
      readonly reasons: readonly string[];
    }
  | { readonly type: "note"; readonly module: ModuleId | null; readonly message: string };

export type Stamped<E> = E & { readonly seq: number; readonly timeMs: number };
export type SystemEvent = Stamped<OrchestratorEvent>;

const FAMILY_OF: Record<OrchestratorEvent["type"], Family> = {
  "module-state-changed": "lifecycle",
  "module-health-changed": "health",
  "recovery-step": "lifecycle",
  "error-reported": "error",
  "limit-passed": "metrics",
  "usage-read": "metrics",
  "config-changed": "config",
  "config-rejected": "config",
  "system-status-changed": "system",
  note: "system",
};

/** The subject on which an event is published. */
export function subjectOf(system: string, event: OrchestratorEvent): string {
  const module = "module" in event && event.module !== null ? event.module : "all";
  return `skelly.${token(system)}.${FAMILY_OF[event.type]}.${token(module)}`;
}

const token = (text: string): string => text.replace(/[^a-zA-Z0-9_-]/g, "_");
