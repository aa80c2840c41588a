// controller-use.ts: what the lifecycle controller and its performer work with.
import type { InstanceId, RunnerKind } from "@skelly-jelly/contract";
import type { Clock } from "../ports/clock.ts";
import type { Journal } from "../ports/journal.ts";
import type { ModuleRunner, RunnerFact } from "../ports/module-runner.ts";
import type { ConfigurationManager } from "./configuration-manager.ts";
import type { EventPublisher } from "./event-publisher.ts";
import type { HealthMonitor } from "./health-monitor.ts";
import type { Lives } from "./lives.ts";
import type { Readiness } from "./readiness.ts";
import type { RecoveryManager } from "./recovery-manager.ts";
import type { SystemStore } from "./system-store.ts";

export type ControllerUse = {
  readonly store: SystemStore;
  readonly lives: Lives;
  readonly clock: Clock;
  readonly journal: Journal;
  readonly publisher: EventPublisher;
  readonly runners: Readonly<Record<RunnerKind, ModuleRunner>>;
  readonly recovery: RecoveryManager;
  readonly configuration: () => ConfigurationManager;
  readonly health: () => HealthMonitor;
  readonly readiness: () => Readiness;
  /** What a module says beyond readiness and health. */
  readonly said: (instance: InstanceId, incarnation: number, fact: RunnerFact) => void;
  /** Something has changed; those who wait look again. */
  readonly settled: () => void;
  readonly restartSystem: (cause: string) => void;
  /** Under test a bug throws. */
  readonly strict: boolean;
};
