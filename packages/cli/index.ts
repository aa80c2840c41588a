// index.ts: what a `skelly.config.ts` imports from "skelly-jelly".
export {
  type Duration,
  defineSystem,
  type EdgeConfig,
  type LivenessConfig,
  type ModuleConfig,
  type ModuleIdOf,
  type OrchestratorConfig,
  type ProfileConfig,
  type ReadyConfig,
  type Size,
  type SystemConfig,
} from "@skelly-jelly/contract";
