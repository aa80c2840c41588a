// descriptors.ts: short ways to describe a system in a test. Defaults are the seed's.
import type {
  Edge,
  ModuleDescriptor,
  OrchestratorSettings,
  Probe,
  SystemDescriptor,
} from "@skelly-jelly/contract";

export const SETTINGS: OrchestratorSettings = {
  startupTimeoutMs: 60_000,
  shutdownTimeoutMs: 30_000,
  moduleStartDelayMs: 0,
  parallelStartup: true,
  startConcurrency: 32,
  healthCheckIntervalMs: 30_000,
  healthCheckTimeoutMs: 5_000,
  unhealthyThreshold: 3,
  autoRecovery: true,
  maxRecoveryAttempts: 3,
  recoveryBackoffMs: 10_000,
  recoveryConcurrency: 4,
  resourceCheckIntervalMs: 10_000,
  throttleThreshold: 0.9,
  onOrchestratorDeath: "survive",
};

export const OWN_PROBE: Probe = {
  ask: { kind: "module" },
  intervalMs: SETTINGS.healthCheckIntervalMs,
  timeoutMs: SETTINGS.healthCheckTimeoutMs,
  threshold: SETTINGS.unhealthyThreshold,
  successThreshold: 1,
};

export const edge = (on: string, rest: Partial<Edge> = {}): Edge => ({
  on,
  condition: "healthy",
  whenDown: "wait",
  whenDegraded: "ignore",
  ...rest,
});

type Given = Omit<Partial<ModuleDescriptor>, "dependsOn"> & {
  readonly dependsOn?: readonly (string | Edge)[];
};

/** A module that speaks for itself (`ready`, `health`), unless told otherwise. */
export function module(id: string, { dependsOn = [], ...given }: Given = {}): ModuleDescriptor {
  return {
    id,
    runner: "process",
    run: { kind: "entry", file: `/app/${id}.ts` },
    task: false,
    required: true,
    instances: 1,
    dependsOn: dependsOn.map((on) => (typeof on === "string" ? edge(on) : on)),
    cwd: "/app",
    env: {},
    user: null,
    umask: null,
    startupTimeoutMs: 30_000,
    stop: { signal: "SIGTERM", timeoutMs: 10_000 },
    ready: OWN_PROBE,
    liveness: OWN_PROBE,
    healthLimits: {},
    restart: "always",
    successExitCodes: [0],
    autoRecovery: true,
    ladder: [
      { kind: "restart", attempts: 3, backoffMs: 10_000, backoffMaxMs: 60_000, windowMs: 300_000 },
      { kind: "manual" },
    ],
    stableAfterMs: 60_000,
    limits: {},
    config: {},
    logs: { maxSizeBytes: 10_000_000, keep: 5 },
    bus: null,
    hub: false,
    ...given,
  };
}

export function system(
  modules: readonly ModuleDescriptor[],
  settings: Partial<OrchestratorSettings> = {},
): SystemDescriptor {
  return {
    name: "test",
    file: null,
    directory: "/app",
    orchestrator: { ...SETTINGS, ...settings },
    bus: { port: null },
    modules,
  };
}
