// looks.ts: terminals as renderers see them, and statuses to render.
import type { ModuleStatus, SystemStatusReport } from "@skelly-jelly/contract";
import { paint } from "../render/paint.ts";
import type { Look } from "../render/state.ts";
import { symbols } from "../render/symbols.ts";

export const plainLook = (width = Number.POSITIVE_INFINITY): Look => ({
  paint: paint(false),
  symbols: symbols(true),
  width,
});

export const NOW = Date.parse("2026-01-01T00:10:00.000Z");

const agoIso = (ms: number): string => new Date(NOW - ms).toISOString();

export function moduleStatus(
  changes: Partial<ModuleStatus> & { readonly id: string },
): ModuleStatus {
  return {
    runner: "process",
    required: true,
    desired: "up",
    state: "running",
    health: "healthy",
    issues: [],
    level: "full",
    since: agoIso(192_000),
    incarnation: 1,
    restarts: 0,
    pid: 4711,
    exit: null,
    dependsOn: [],
    waitingFor: [],
    blockedBy: null,
    readyMs: 120,
    failure: null,
    stopReason: null,
    nextAttemptAt: null,
    configVersion: 1,
    enforcement: "none",
    usage: { cpuPercent: 0.4, memoryBytes: 12_345_678, fileHandles: 12, threads: 3 },
    metrics: {},
    hidden: false,
    ...changes,
  };
}

export function statusReport(
  modules: readonly ModuleStatus[],
  changes: Partial<SystemStatusReport> = {},
): SystemStatusReport {
  return {
    system: "shop",
    status: "healthy",
    reasons: [],
    since: agoIso(192_000),
    uptimeMs: 192_000,
    orchestrator: {
      pid: 1,
      version: "0.1.0",
      rssBytes: 42_000_000,
      cpuPercent: 0.1,
      adopted: 0,
      journal: "available",
      bus: "none",
    },
    modules,
    ...changes,
  };
}
