// system-state.ts: the phase of the whole, and its modules.
import type { Failure, InstanceId, ModuleId, OrchestratorSettings } from "@skelly-jelly/contract";
import { failure } from "@skelly-jelly/contract";
import type { ModuleRecord } from "./module-record.ts";
import { isAlive } from "./module-state.ts";

export type Phase =
  | { readonly kind: "idle"; readonly sinceMs: number }
  | { readonly kind: "starting"; readonly sinceMs: number }
  | { readonly kind: "up"; readonly sinceMs: number }
  /** `failure`: why a start was given up; `null` when someone asked for the stop. */
  | { readonly kind: "stopping"; readonly sinceMs: number; readonly failure: Failure | null };

/** What pure decisions see of a system. Instances are listed dependencies first. */
export type SystemView = {
  readonly phase: Phase;
  readonly settings: OrchestratorSettings;
  readonly records: ReadonlyMap<InstanceId, ModuleRecord>;
  /** The instances of a module; one for most. */
  readonly instancesOf: ReadonlyMap<ModuleId, readonly InstanceId[]>;
  readonly dependentsOf: ReadonlyMap<ModuleId, readonly ModuleId[]>;
  readonly nowMs: number;
  /** When a module last became ready, for `moduleStartDelay`. */
  readonly lastReadyMs: number;
  /** When lives failed lately, oldest first: for the storm breaker. */
  readonly failuresMs: readonly number[];
};

/** Down for its dependents: not running, or running and not ready or not healthy. */
export function isUp(record: ModuleRecord): boolean {
  return (
    record.state.kind === "running" && record.health.ready && record.health.status !== "unhealthy"
  );
}

/** It will not come up by itself: it failed, or someone stopped it, or what it needs will not. */
export function isBlocking(record: ModuleRecord): boolean {
  return (
    record.state.kind === "failed" ||
    (record.state.kind === "stopped" && record.desired === "down") ||
    (record.state.kind === "not-started" && record.desired === "down")
  );
}

const BLOCKERS = new WeakMap<SystemView, ReadonlyMap<InstanceId, ModuleId>>();

/** The dependency, near or far, whose failure or absence holds this module; null when none does. */
export function blockedBy(record: ModuleRecord, view: SystemView): ModuleId | null {
  const known = BLOCKERS.get(view);
  if (known !== undefined) return known.get(record.instance) ?? null;
  const found = blockersOf(view);
  BLOCKERS.set(view, found);
  return found.get(record.instance) ?? null;
}

/** One pass: records are listed dependencies first. */
function blockersOf(view: SystemView): ReadonlyMap<InstanceId, ModuleId> {
  const found = new Map<InstanceId, ModuleId>();
  for (const record of view.records.values()) {
    if (record.state.kind !== "waiting") continue;
    for (const edge of record.descriptor.dependsOn) {
      for (const instance of view.instancesOf.get(edge.on) ?? []) {
        const dependency = view.records.get(instance);
        if (dependency === undefined || found.has(record.instance)) continue;
        const deeper = found.get(instance);
        if (isBlocking(dependency)) found.set(record.instance, edge.on);
        else if (deeper !== undefined) found.set(record.instance, deeper);
      }
    }
  }
  return found;
}

export type StartOutcome =
  | { readonly kind: "pending" }
  | { readonly kind: "up" }
  | { readonly kind: "failed"; readonly failure: Failure };

/** Where a system start stands. */
export function startOutcome(view: SystemView): StartOutcome {
  let pending = false;
  for (const record of view.records.values()) {
    if (record.desired === "down") continue;
    const { state } = record;
    const blocker = blockedBy(record, view);
    if (record.descriptor.required) {
      if (state.kind === "failed") return { kind: "failed", failure: state.failure };
      // What someone has stopped meanwhile has not failed: its dependents wait, and the rest goes on.
      if (blocker !== null && hasFailed(blocker, view)) {
        const why = failure("DEPENDENCY_FAILED", { module: record.instance, dependency: blocker });
        return { kind: "failed", failure: view.records.get(blocker)?.failure ?? why };
      }
    }
    if (!isSettled(record, blocker)) pending = true;
  }
  return pending ? { kind: "pending" } : { kind: "up" };
}

const hasFailed = (id: ModuleId, { instancesOf, records }: SystemView): boolean =>
  (instancesOf.get(id) ?? []).some((instance) => records.get(instance)?.state.kind === "failed");

function isSettled(record: ModuleRecord, blocker: ModuleId | null): boolean {
  const { state } = record;
  if (state.kind === "failed" || state.kind === "completed") return true;
  // A task is settled when it has done its work: others may wait for it, and so does `up`.
  if (record.descriptor.task) return blocker !== null;
  return (record.settled && isHeard(record)) || blocker !== null;
}

/** Nothing asks how it does, or it has been asked and the answer, or its lack, is known. */
function isHeard({ descriptor, state, health }: ModuleRecord): boolean {
  if (descriptor.liveness === null || state.kind !== "running") return true;
  return health.status !== "unknown" || health.misses > 0;
}

export function isAllDown(view: SystemView): boolean {
  for (const { state } of view.records.values()) {
    if (isAlive(state) || state.kind === "backing-off" || state.kind === "waiting") return false;
  }
  return true;
}
