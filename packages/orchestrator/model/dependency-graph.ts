// dependency-graph.ts: start waves, stop order, and every fault of the graph at once. Pure.
import type { ModuleDescriptor, ModuleId } from "@skelly-jelly/contract";

export type GraphProblem =
  /** The loop in order, first id not repeated: [a, b, c] is a -> b -> c -> a. */
  | { readonly kind: "cycle"; readonly path: readonly ModuleId[] }
  | {
      readonly kind: "unknown-dependency";
      readonly module: ModuleId;
      readonly dependency: ModuleId;
    };

export type DependencyGraph = {
  /** All ids, dependencies first; ties keep the order of registration. */
  readonly order: readonly ModuleId[];
  /** Modules whose dependencies are all in earlier waves. */
  readonly waves: readonly (readonly ModuleId[])[];
  readonly dependents: ReadonlyMap<ModuleId, readonly ModuleId[]>;
  readonly problems: readonly GraphProblem[];
};

type Node = Pick<ModuleDescriptor, "id" | "dependsOn">;

export function dependencyGraph(modules: readonly Node[]): DependencyGraph {
  const byId = new Map(modules.map((module) => [module.id, module]));
  const dependents = new Map<ModuleId, ModuleId[]>(modules.map(({ id }) => [id, []]));
  const problems: GraphProblem[] = [];
  for (const { id, dependsOn } of modules) {
    for (const { on } of dependsOn) {
      const list = dependents.get(on);
      if (list === undefined) {
        problems.push({ kind: "unknown-dependency", module: id, dependency: on });
      } else {
        list.push(id);
      }
    }
  }
  const waves = wavesOf(modules, byId);
  const order = waves.flat();
  if (order.length < modules.length) problems.push(...cyclesOf(modules, byId, new Set(order)));
  return { order, waves, dependents, problems };
}

function wavesOf(
  modules: readonly Node[],
  byId: ReadonlyMap<ModuleId, Node>,
): readonly (readonly ModuleId[])[] {
  const placed = new Set<ModuleId>();
  const waves: ModuleId[][] = [];
  for (let left = [...modules]; left.length > 0; ) {
    const wave = left.filter(({ dependsOn }) =>
      dependsOn.every(({ on }) => placed.has(on) || !byId.has(on)),
    );
    if (wave.length === 0) break;
    for (const { id } of wave) placed.add(id);
    waves.push(wave.map(({ id }) => id));
    left = left.filter(({ id }) => !placed.has(id));
  }
  return waves;
}

/** Each loop once, named by its members only: a module that merely leads into one is not named. */
function cyclesOf(
  modules: readonly Node[],
  byId: ReadonlyMap<ModuleId, Node>,
  sound: ReadonlySet<ModuleId>,
): readonly GraphProblem[] {
  const done = new Set<ModuleId>(sound);
  const found: GraphProblem[] = [];
  const visit = (id: ModuleId, path: readonly ModuleId[]): void => {
    const seenAt = path.indexOf(id);
    if (seenAt >= 0) {
      found.push({ kind: "cycle", path: path.slice(seenAt) });
      return;
    }
    if (done.has(id)) return;
    for (const { on } of byId.get(id)?.dependsOn ?? []) {
      if (byId.has(on)) visit(on, [...path, id]);
    }
    done.add(id);
  };
  for (const { id } of modules) visit(id, []);
  return found;
}

/** `a -> b -> c -> a` */
export function cycleText(path: readonly ModuleId[]): string {
  return [...path, path[0]].join(" -> ");
}

/** Everything that `id` needs, near or far. */
export function dependenciesOf(
  id: ModuleId,
  modules: ReadonlyMap<ModuleId, Node>,
): ReadonlySet<ModuleId> {
  const found = new Set<ModuleId>();
  const queue = [id];
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    for (const { on } of modules.get(next)?.dependsOn ?? []) {
      if (!found.has(on)) queue.push(on);
      found.add(on);
    }
  }
  return found;
}
