// plan.ts: what the whole wants of each module now. Level-triggered: it looks at what is, never at what was.
import type { Edge, InstanceId, ModuleId, WhenDown } from "@skelly-jelly/contract";
import type { Command } from "../model/module-input.ts";
import type { ModuleRecord } from "../model/module-record.ts";
import { isAlive } from "../model/module-state.ts";
import { isUp, type SystemView } from "../model/system-state.ts";
import { stormLeftMs } from "./storm.ts";

type Planned = { readonly instance: InstanceId; readonly input: Command };

export type Plan = {
  readonly inputs: readonly Planned[];
  /** Ask again after so long; null: when something happens. */
  readonly againInMs: number | null;
};

/** Inputs that the present state calls for. Apply them all, then plan again until there are none. */
export function plan(view: SystemView): Plan {
  const starts: Planned[] = [];
  const others: Planned[] = [];
  const slots = slotsOf(view);
  // At rest there is nothing to look at again.
  const againInMs = view.phase.kind === "idle" ? null : slots.againInMs;
  for (const record of view.records.values()) {
    const input = wish(record, view, slots);
    if (input === null) continue;
    (input.kind === "go" ? starts : others).push({ instance: record.instance, input });
  }
  // A pause or a stop may take away what a start relies on: starts are planned when those are done.
  return { inputs: others.length > 0 ? others : starts, againInMs };
}

type Slots = { free: number; recoveries: number; againInMs: number | null };

function wish(record: ModuleRecord, view: SystemView, slots: Slots): Command | null {
  const { state, desired } = record;
  if (desired === "down") return wishDown(record, view);
  if (state.kind === "waiting") return wishStart(record, view, slots);
  if (state.kind === "running" || state.kind === "paused") return wishAlong(record, view);
  return null;
}

function wishDown(record: ModuleRecord, view: SystemView): Command | null {
  const { kind } = record.state;
  if (kind === "waiting" || kind === "backing-off")
    return { kind: "halt", cause: "no longer wanted" };
  if (kind !== "starting" && kind !== "running" && kind !== "paused") return null;
  return dependentsInTheWay(record, view) ? null : { kind: "halt", cause: stopCause(record) };
}

const stopCause = ({ downReason }: ModuleRecord): string =>
  downReason.kind === "shutdown"
    ? "the system stops"
    : downReason.kind === "error"
      ? downReason.message
      : "stopped by request";

/** Those that depend on it and are to stop as well go first. */
function dependentsInTheWay(record: ModuleRecord, view: SystemView): boolean {
  for (const dependent of view.dependentsOf.get(record.descriptor.id) ?? []) {
    for (const instance of view.instancesOf.get(dependent) ?? []) {
      const other = view.records.get(instance);
      if (other !== undefined && isAlive(other.state) && other.desired === "down") return true;
    }
  }
  return false;
}

function wishStart(record: ModuleRecord, view: SystemView, slots: Slots): Command | null {
  if (view.phase.kind === "stopping" || view.phase.kind === "idle" || record.lingers) return null;
  if (unmetEdges(record, view).length > 0) return null;
  const recovering = record.failure !== null;
  if (slots.free <= 0 || (recovering && slots.recoveries <= 0)) return null;
  slots.free -= 1;
  if (recovering) slots.recoveries -= 1;
  return { kind: "go" };
}

function slotsOf(view: SystemView): Slots {
  const { settings, phase, nowMs } = view;
  let starting = 0;
  let recovering = 0;
  for (const { state, failure } of view.records.values()) {
    if (state.kind !== "starting") continue;
    starting += 1;
    if (failure !== null) recovering += 1;
  }
  const stormMs = stormLeftMs(view.failuresMs, view.records.size, nowMs);
  const recoveries = stormMs > 0 ? 0 : settings.recoveryConcurrency - recovering;
  const sequential = phase.kind === "starting" && !settings.parallelStartup;
  if (!sequential)
    return {
      free: settings.startConcurrency - starting,
      recoveries,
      againInMs: stormMs > 0 ? stormMs : null,
    };
  const leftMs = view.lastReadyMs + settings.moduleStartDelayMs - nowMs;
  if (starting === 0 && leftMs > 0) return { free: 0, recoveries, againInMs: leftMs };
  return { free: starting > 0 ? 0 : 1, recoveries, againInMs: null };
}

/** The edges whose condition does not hold now. */
export function unmetEdges(record: ModuleRecord, view: SystemView): readonly ModuleId[] {
  return record.descriptor.dependsOn.filter((edge) => !isMet(edge, view)).map(({ on }) => on);
}

function isMet(edge: Edge, view: SystemView): boolean {
  if (edge.whenDegraded === "stop" && hasDegraded(edge, view)) return false;
  return isThere(edge, view);
}

/** Its condition holds, whatever it thinks of a dependency that does less than it should. */
function isThere(edge: Edge, view: SystemView): boolean {
  const instances = view.instancesOf.get(edge.on) ?? [];
  return instances.every((instance) => {
    const dependency = view.records.get(instance);
    if (dependency === undefined) return false;
    const { state } = dependency;
    if (edge.condition === "completed") return state.kind === "completed";
    if (state.kind === "completed") return true;
    if (edge.condition === "started") {
      return state.kind === "running" || (state.kind === "starting" && state.spawned);
    }
    return isUp(dependency);
  });
}

/** What edges say of a running module when its dependencies go and come. */
function wishAlong(record: ModuleRecord, view: SystemView): Command | null {
  let hold: Edge | null = null;
  let ease: Edge | null = null;
  for (const edge of record.descriptor.dependsOn) {
    const reaction = reactionTo(edge, view);
    if (reaction === "stop") return { kind: "halt-for", dependency: edge.on };
    if (reaction === "pause") hold ??= edge;
    if (reaction === "degrade") ease ??= edge;
    const follows = edge.whenDown === "restart" && isThere(edge, view);
    if (follows && isAnotherLife(edge.on, record, view)) {
      const cause = `its dependency '${edge.on}' was started again`;
      return { kind: "restart", cause, remember: true };
    }
  }
  if (hold !== null && record.state.kind === "running") {
    return { kind: "pause", cause: `its dependency '${hold.on}' is down` };
  }
  if (hold === null && record.state.kind === "paused") {
    return { kind: "resume", cause: "what it depends on is back" };
  }
  if (record.state.kind !== "running") return null;
  if (ease !== null && record.easedFor === null) return { kind: "ease", dependency: ease.on };
  return ease === null && record.easedFor !== null ? { kind: "unease" } : null;
}

/** What the edge asks for at present; null when its dependency is well. */
function reactionTo(edge: Edge, view: SystemView): WhenDown | null {
  // Down is worse: of several instances one may be degraded and another down.
  if (!isThere(edge, view)) return edge.whenDown;
  return hasDegraded(edge, view) ? edge.whenDegraded : null;
}

const hasDegraded = ({ on }: Edge, view: SystemView): boolean =>
  (view.instancesOf.get(on) ?? []).some((instance) => {
    const dependency = view.records.get(instance);
    return dependency !== undefined && isDegraded(dependency);
  });

/** It is there, and says or shows that it does less than it should. */
const isDegraded = (record: ModuleRecord): boolean =>
  isUp(record) && (record.health.status === "degraded" || record.level !== "full");

/** Down is what would keep the dependent from starting now: a `started` edge asks for no more. */
const isDown = (edge: Edge, view: SystemView): boolean => !isThere(edge, view);

function isAnotherLife(on: ModuleId, record: ModuleRecord, view: SystemView): boolean {
  const instances = view.instancesOf.get(on) ?? [];
  const present = instances.map((instance) => view.records.get(instance)?.incarnation ?? 0);
  if (
    instances.some((instance, nth) => (present[nth] ?? 0) > (record.startedWith[instance] ?? 0))
  ) {
    // One that it did not know when it started is no other life: its edge is younger than it is.
    return Object.keys(record.startedWith).some((known) => known.split("#")[0] === on);
  }
  return false;
}

/** A dependency that is down now and that this module cannot do without; null when there is none. */
export function downDependency(record: ModuleRecord, view: SystemView): ModuleId | null {
  const edge = record.descriptor.dependsOn.find(
    (candidate) =>
      candidate.whenDown !== "ignore" &&
      candidate.condition !== "completed" &&
      isDown(candidate, view),
  );
  return edge?.on ?? null;
}
