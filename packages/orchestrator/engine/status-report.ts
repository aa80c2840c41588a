// status-report.ts: the shape of `skelly status --json`, made from what is true.
import type {
  Enforcement,
  MachineReading,
  ModuleStatus,
  SystemStatusReport,
  ThrottleStatus,
  Usage,
} from "@skelly-jelly/contract";
import { RESERVED_PREFIX } from "@skelly-jelly/contract";
import type { ModuleRecord } from "../model/module-record.ts";
import { pidOf } from "../model/module-state.ts";
import { systemHealth } from "../model/system-health.ts";
import { blockedBy, type SystemView } from "../model/system-state.ts";
import { unmetEdges } from "../policy/plan.ts";

export type ReportSources = {
  readonly system: string;
  readonly view: SystemView;
  readonly wallMs: number;
  readonly orchestrator: SystemStatusReport["orchestrator"];
  readonly usage: (instance: string) => Usage;
  readonly enforcement: (record: ModuleRecord) => Enforcement;
  readonly enforcedBy: (record: ModuleRecord) => NonNullable<ModuleStatus["enforcedBy"]>;
  readonly throttle: (instance: string) => ThrottleStatus | null;
  readonly machine: () => MachineReading | null;
  readonly configVersion: (module: string) => number;
  /** When the present status began, monotonic. */
  readonly statusSinceMs: number;
  /** When the system was started, monotonic; null when it is not. */
  readonly startedMs: number | null;
  /** Issues that modules reported themselves. */
  readonly openIssues: (instance: string) => ModuleStatus["issues"];
};

export function statusReport(sources: ReportSources, all: boolean): SystemStatusReport {
  const { view, system, wallMs, orchestrator } = sources;
  const { status, reasons } = systemHealth(view);
  return {
    system,
    status,
    reasons,
    since: iso(sources.statusSinceMs, view.nowMs, wallMs),
    uptimeMs: sources.startedMs === null ? 0 : Math.round(view.nowMs - sources.startedMs),
    orchestrator,
    machine: sources.machine(),
    modules: [...view.records.values()]
      .map((record) => moduleStatus(record, sources))
      .filter(({ hidden }) => all || !hidden),
  };
}

export function moduleStatus(record: ModuleRecord, sources: ReportSources): ModuleStatus {
  const { view, wallMs } = sources;
  const { descriptor, state, health, instance } = record;
  const { issues, status, numbers } = health;
  const hidden = descriptor.id.startsWith(RESERVED_PREFIX);
  return {
    id: instance,
    runner: descriptor.runner,
    required: descriptor.required,
    desired: record.desired,
    state: state.kind,
    health: status,
    issues: [...issues, ...sources.openIssues(instance)],
    level: record.level,
    since: iso(state.sinceMs, view.nowMs, wallMs),
    incarnation: record.incarnation,
    restarts: record.restarts,
    pid: pidOf(state),
    exit: record.exit,
    dependsOn: descriptor.dependsOn
      .map(({ on }) => on)
      // What Skelly added is shown with Skelly's own modules only.
      .filter((on) => hidden || !on.startsWith(RESERVED_PREFIX)),
    waitingFor: state.kind === "waiting" ? waitingFor(record, view) : [],
    blockedBy: blockedBy(record, view),
    readyMs: record.readyMs === null ? null : Math.round(record.readyMs),
    failure: record.failure,
    stopReason: state.kind === "stopped" ? state.reason : null,
    nextAttemptAt: state.kind === "backing-off" ? iso(state.untilMs, view.nowMs, wallMs) : null,
    configVersion: sources.configVersion(descriptor.id),
    enforcement: sources.enforcement(record),
    limits: descriptor.limits,
    enforcedBy: sources.enforcedBy(record),
    throttle: sources.throttle(instance),
    usage: sources.usage(instance),
    metrics: numbers,
    hidden,
  };
}

function waitingFor(record: ModuleRecord, view: SystemView): readonly string[] {
  if (record.lingers) return ["the end of its last life"];
  const edges = unmetEdges(record, view);
  return edges.length > 0 ? edges : ["slot"];
}

const iso = (atMs: number, nowMs: number, wallMs: number): string =>
  new Date(wallMs - (nowMs - atMs)).toISOString();
