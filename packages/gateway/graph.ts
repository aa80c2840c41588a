// graph.ts: the dependency graph with its present: waves, and who is held up by whom. Pure.
import type {
  ApiGraph,
  LifecycleState,
  ModuleStatus,
  SystemDescription,
  SystemStatusReport,
} from "@skelly-jelly/contract";

export function dependencyPicture(
  system: SystemDescription,
  { modules }: SystemStatusReport,
  all: boolean,
): ApiGraph {
  const shown = system.modules.filter(({ id }) => all || !id.startsWith("skelly:"));
  const ids = new Set(shown.map(({ id }) => id));
  const instances = Map.groupBy(modules, ({ id }) => id.replace(/#\d+$/, ""));
  const nodes = shown.map(({ id, required, task }) => {
    const first = worst(instances.get(id) ?? []);
    return {
      id,
      required,
      task,
      hidden: id.startsWith("skelly:"),
      state: first?.state ?? ("not-started" as const),
      health: first?.health ?? ("unknown" as const),
      level: first?.level ?? "full",
    };
  });
  const edges = shown.flatMap(({ id, dependsOn }) =>
    dependsOn
      .filter(({ on }) => ids.has(on))
      .map((edge) => ({
        ...edge,
        from: id,
        holdsUp: (instances.get(id) ?? []).some(
          ({ waitingFor, blockedBy }) => waitingFor.includes(edge.on) || blockedBy === edge.on,
        ),
      })),
  );
  const needs = new Map(
    shown.map(({ id, dependsOn }) => [
      id,
      dependsOn.map(({ on }) => on).filter((on) => ids.has(on)),
    ]),
  );
  return { waves: wavesOf(needs), nodes, edges };
}

/** A module is as well as its least well instance. */
const CONCERN: readonly LifecycleState[] = [
  "failed",
  "backing-off",
  "starting",
  "stopping",
  "waiting",
  "paused",
  "stopped",
  "not-started",
  "running",
  "completed",
];

const worst = (instances: readonly ModuleStatus[]): ModuleStatus | undefined =>
  instances.toSorted((a, b) => CONCERN.indexOf(a.state) - CONCERN.indexOf(b.state))[0];

/** Longest way from a module that needs nobody. A loop, which no system has, ends where it began. */
export function wavesOf(needs: ReadonlyMap<string, readonly string[]>): string[][] {
  const depth = new Map<string, number>();
  const depthOf = (id: string, above: ReadonlySet<string>): number => {
    const known = depth.get(id);
    if (known !== undefined) return known;
    if (above.has(id)) return 0;
    const inside = new Set(above).add(id);
    const found = Math.max(-1, ...(needs.get(id) ?? []).map((on) => depthOf(on, inside))) + 1;
    depth.set(id, found);
    return found;
  };
  const waves: string[][] = [];
  for (const id of needs.keys()) {
    const wave = depthOf(id, new Set());
    waves[wave] ??= [];
    waves[wave].push(id);
  }
  return waves;
}
