// system-view.ts: what a watching command knows of a running system, kept up to date by its events.
import type {
  Edge,
  Failure,
  HealthStatus,
  LifecycleState,
  SystemDescriptor,
  SystemEvent,
  SystemStatus,
  SystemStatusReport,
} from "@skelly-jelly/contract";

export type ModuleView = {
  readonly id: string;
  readonly hidden: boolean;
  readonly required: boolean;
  readonly dependsOn: readonly Pick<Edge, "on" | "condition">[];
  state: LifecycleState;
  /** When the present state began, epoch ms. */
  sinceMs: number;
  /** From the beginning of `starting` to `running`; `null` before that. */
  tookMs: number | null;
  health: HealthStatus;
  failure: Failure | null;
};

export type SystemView = {
  readonly name: string;
  status: SystemStatus;
  readonly modules: Map<string, ModuleView>;
  /** Required modules that had failed when the system began to stop (or have failed now). */
  readonly failedRequired: Set<string>;
  /** Events up to here are in it. */
  lastSeq: number;
};

/** Before anything has started. */
export function viewOfSystem(system: SystemDescriptor, nowMs: number): SystemView {
  const modules = system.modules.flatMap(({ id, instances, required, dependsOn }) =>
    instanceIds(id, instances).map((instance): [string, ModuleView] => [
      instance,
      { ...FRESH, id: instance, hidden: false, required, dependsOn, sinceMs: nowMs },
    ]),
  );
  return {
    name: system.name,
    status: "starting",
    modules: new Map(modules),
    failedRequired: new Set(),
    lastSeq: 0,
  };
}

export function viewOfReport(report: SystemStatusReport): SystemView {
  const view: SystemView = {
    name: report.system,
    status: report.status,
    modules: new Map(),
    failedRequired: new Set(),
    lastSeq: 0,
  };
  seedView(view, report);
  return view;
}

/** Brings a view up to a report; it and the events around it come in order on one connection. */
export function seedView(view: SystemView, report: SystemStatusReport): void {
  view.status = report.status;
  for (const status of report.modules) {
    const { id, hidden, required, state, health, failure } = status;
    const known = view.modules.get(id);
    const dependsOn =
      known?.dependsOn ?? status.dependsOn.map((on) => ({ on, condition: "healthy" as const }));
    const sinceMs = Date.parse(status.since);
    const tookMs = status.readyMs;
    const module = { id, hidden, required, dependsOn, state, sinceMs, tookMs, health, failure };
    view.modules.set(id, module);
    noteFailure(view, module);
  }
}

/** False for an event that was seen before. */
export function applyEvent(view: SystemView, event: SystemEvent): boolean {
  if (event.seq <= view.lastSeq) return false;
  view.lastSeq = event.seq;
  if (event.type === "system-status-changed") view.status = event.to;
  if (event.type === "module-health-changed") moduleOf(view, event.module).health = event.to;
  if (event.type === "module-state-changed") {
    const module = moduleOf(view, event.module);
    if (event.to === "running" && event.from === "starting") {
      module.tookMs = event.timeMs - module.sinceMs;
    }
    module.state = event.to;
    module.sinceMs = event.timeMs;
    module.failure = event.failure;
    noteFailure(view, module);
  }
  return true;
}

/** Conditions of its edges that do not hold, as ids; replicas count together. */
export function waitsFor(view: SystemView, module: ModuleView): string[] {
  return module.dependsOn.filter((edge) => !holds(view, edge)).map(({ on }) => on);
}

function holds(view: SystemView, { on, condition }: Pick<Edge, "on" | "condition">): boolean {
  return instancesOf(view, on).every(({ state, health }) => {
    if (state === "completed") return true;
    if (condition === "completed") return false;
    if (condition === "started") return state === "starting" || state === "running";
    return state === "running" && health !== "unhealthy";
  });
}

const instancesOf = (view: SystemView, id: string): ModuleView[] =>
  [...view.modules.values()].filter((each) => each.id === id || each.id.startsWith(`${id}#`));

function noteFailure(view: SystemView, { id, required, state }: ModuleView): void {
  if (required && state === "failed") view.failedRequired.add(id);
  if (state === "running" || state === "completed") view.failedRequired.delete(id);
}

const FRESH = {
  state: "not-started",
  tookMs: null,
  health: "unknown",
  failure: null,
} as const;

/** Skelly's own modules are not in the file: they appear with their first event. */
function moduleOf(view: SystemView, id: string): ModuleView {
  let module = view.modules.get(id);
  if (module === undefined) {
    const hidden = id.startsWith("skelly:");
    module = { ...FRESH, id, hidden, required: false, dependsOn: [], sinceMs: 0 };
    view.modules.set(id, module);
  }
  return module;
}

const instanceIds = (id: string, count: number): string[] =>
  count === 1 ? [id] : Array.from({ length: count }, (_, index) => `${id}#${index + 1}`);
