// past.ts: what was so at a moment, read from what was journaled until then, or live when it is now. Pure.
import type {
  HealthIssue,
  HealthStatus,
  LifecycleState,
  ModuleStatus,
  SystemEvent,
  SystemStatus,
  SystemStatusReport,
} from "@skelly-jelly/contract";

export type Move = Extract<SystemEvent, { type: "module-state-changed" }>;
export type SystemMove = Extract<SystemEvent, { type: "system-status-changed" }>;

export type Past = {
  /** Oldest first, none after the moment. */
  readonly events: readonly SystemEvent[];
  /** Only when the moment is now. */
  readonly status: SystemStatusReport | null;
  /** The moment. */
  readonly endMs: number;
  /** When it is asked. */
  readonly nowMs: number;
  readonly edges: ReadonlyMap<string, readonly string[]>;
};

/** The same as it was right after an event. */
export function upTo(past: Past, { seq, timeMs }: SystemEvent): Past {
  const events = past.events.filter((event) => event.seq <= seq);
  return { ...past, events, status: null, endMs: timeMs };
}

export const baseOf = (id: string): string => id.replace(/#\d+$/, "");

/** A configuration is that of all instances. */
export const eventsOf = (past: Past, id: string): SystemEvent[] =>
  past.events.filter(
    (event) =>
      "module" in event &&
      (event.module === id || (event.type === "config-changed" && event.module === baseOf(id))),
  );

export const movesOf = (past: Past, id: string): Move[] =>
  past.events.filter(
    (event): event is Move => event.type === "module-state-changed" && event.module === id,
  );

export const statusOf = (past: Past, id: string): ModuleStatus | undefined =>
  past.status?.modules.find((module) => module.id === id);

/** `null`: nothing is known of it. */
export const stateOf = (past: Past, id: string): LifecycleState | null =>
  statusOf(past, id)?.state ?? movesOf(past, id).at(-1)?.to ?? null;

export type HealthThen = { readonly health: HealthStatus; readonly issues: readonly HealthIssue[] };

export function healthOf(past: Past, id: string): HealthThen {
  const now = statusOf(past, id);
  if (now !== undefined) return now;
  const state = stateOf(past, id);
  if (state !== "running" && state !== "paused") return { health: "unknown", issues: [] };
  const since = movesOf(past, id).findLast(({ from }) => from === "starting")?.seq ?? 0;
  const last = past.events.findLast(
    (event) => event.type === "module-health-changed" && event.module === id && event.seq > since,
  );
  return last?.type === "module-health-changed"
    ? { health: last.to, issues: last.issues }
    : { health: "unknown", issues: [] };
}

/** The instances of a module (`api#1`, `api#2`), or the one that has its name. */
export function instancesOf(past: Past, module: string): readonly string[] {
  const ids = idsOf(past).filter((id) => id === module || baseOf(id) === module);
  return ids.length === 0 ? [module] : ids;
}

/** Everything that is known by name: the status's order first. */
export function idsOf(past: Past): readonly string[] {
  const ids = new Set(past.status?.modules.map(({ id }) => id) ?? []);
  // What the system no longer has is not a part of now.
  if (past.status !== null) return [...ids];
  for (const event of past.events) {
    if (event.type === "module-state-changed") ids.add(event.module);
  }
  return [...ids];
}

/** It does what its dependents need of it. */
export function isUp(past: Past, id: string): boolean {
  const state = stateOf(past, id);
  if (state === "completed") return true;
  return state === "running" && healthOf(past, id).health !== "unhealthy";
}

export function dependenciesOf(past: Past, id: string): readonly string[] {
  return statusOf(past, id)?.dependsOn ?? past.edges.get(baseOf(id)) ?? [];
}

export const systemMoves = (past: Past): SystemMove[] =>
  past.events.filter((event): event is SystemMove => event.type === "system-status-changed");

export const systemStatusOf = (past: Past): SystemStatus | null =>
  past.status?.status ?? systemMoves(past).at(-1)?.to ?? null;

/** "is backing-off", "has failed", "is running but unhealthy". */
export function isWords(past: Past, id: string): string {
  const state = stateOf(past, id);
  if (state === null) return "is unknown";
  if (state === "failed") return "has failed";
  if (state === "not-started") return "has not been started";
  const { health } = healthOf(past, id);
  const ails = state === "running" && (health === "unhealthy" || health === "degraded");
  return ails ? `is running but ${health}` : `is ${state}`;
}
