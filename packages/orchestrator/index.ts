// index.ts: the promised door of @skelly-jelly/orchestrator. What is not here is ours to change.

export type {
  Failure,
  ModuleConfig,
  ModuleIdOf,
  ModuleStatus,
  ResourceLimits,
  SystemConfig,
  SystemEvent,
} from "@skelly-jelly/contract";
export { defineSystem } from "@skelly-jelly/contract";
export {
  createOrchestrator,
  type OrchestratorOptions,
  type RunningSystem,
} from "./create-orchestrator.ts";
export type { ConfigResult } from "./engine/configuration-manager.ts";
export type { StopReport, SystemHealthReport } from "./engine/orchestrator.ts";
export { OrchestratorError, type OrchestratorErrorCode } from "./engine/orchestrator-error.ts";
export type { ModuleState } from "./model/module-state.ts";
export { createSqliteJournal } from "./node/sqlite-journal.ts";
export { createSystemClock } from "./node/system-clock.ts";
export type { Journal } from "./ports/journal.ts";
