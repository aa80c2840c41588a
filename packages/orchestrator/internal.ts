// internal.ts: for our own packages only (the daemon is composed from these); may change at any time.

export { Orchestrator, type OrchestratorPorts, type StopReport } from "./engine/orchestrator.ts";
export { OrchestratorError } from "./engine/orchestrator-error.ts";
export type { ChangeResult } from "./engine/system-change.ts";
export type { ClientCall } from "./node/client-session.ts";
export { type ControlSocket, createControlSocket } from "./node/control-socket.ts";
export { enforcementWish } from "./node/enforcement-wish.ts";
export {
  createHostedRunner,
  type HostedRunner,
  type WorkerHostLine,
} from "./node/hosted-runner.ts";
export { hostedThreadsFile } from "./node/hosted-threads.ts";
export { InstancePath, safeInstance } from "./node/instance-path.ts";
export { gatherLeft, spoolsLeft } from "./node/left-spools.ts";
export { createLogCollector } from "./node/log-collector.ts";
export { trimMemory } from "./node/memory-trim.ts";
export { createModuleResources } from "./node/module-resources.ts";
export { createNetProber } from "./node/net-prober.ts";
export { createProcResourceReader } from "./node/proc-resource-reader.ts";
export { readProcStat } from "./node/proc-stat.ts";
export { processMemory } from "./node/process-memory.ts";
export { createProcessRunner } from "./node/process-runner.ts";
export { createSqliteJournal } from "./node/sqlite-journal.ts";
export { createSystemClock } from "./node/system-clock.ts";
export { acquireLock } from "./node/system-lock.ts";
export { systemRandom } from "./node/system-random.ts";
export type { Clock } from "./ports/clock.ts";
export type { Journal } from "./ports/journal.ts";
export type { ModuleRunner, RunnerFact, StartRequest } from "./ports/module-runner.ts";
