// check-graph.ts: what can be wrong with the dependencies between modules: unknown ends, loops,
// conditions.
import { didYouMean } from "./nearest.ts";
import type { Finding } from "./problem.ts";
import { writtenEdges } from "./resolve-module.ts";
import type { ModuleConfig } from "./system-config.ts";

type Modules = ReadonlyMap<string, ModuleConfig>;
type Report = (finding: Finding) => void;

/** `elsewhere`: ids that are written but take no part, with the reason. */
export function checkGraph(
  modules: Modules,
  elsewhere: ReadonlyMap<string, string>,
  report: Report,
): void {
  for (const [id, module] of modules) checkEdges(id, module, modules, elsewhere, report);
  for (const loop of loops(modules)) {
    const [first = "", second = ""] = loop;
    const step = edgesOf(modules, first).find(({ on }) => on === second)?.step ?? 0;
    report({
      code: "dependency-cycle",
      path: ["modules", first, "dependsOn", step],
      message: `dependency cycle: ${[...loop, first].join(" → ")}`,
      suggestion: "none of these could ever start; remove one of the edges",
    });
  }
}

function checkEdges(
  id: string,
  module: ModuleConfig,
  modules: Modules,
  elsewhere: ReadonlyMap<string, string>,
  report: Report,
): void {
  const seen = new Set<string>();
  for (const { on, step, edge } of writtenEdges(module)) {
    const path = ["modules", id, "dependsOn", step];
    const at = typeof step === "string" ? "key" : "value";
    if (seen.has(on)) {
      const message = `'${id}' depends on '${on}' twice`;
      report({ code: "duplicate-edge", path, at, message, suggestion: "remove one" });
      continue;
    }
    seen.add(on);
    if (on === id) {
      const message = `'${id}' depends on itself`;
      report({ code: "self-dependency", path, at, message, suggestion: "remove it" });
      continue;
    }
    const target = modules.get(on);
    if (target === undefined) {
      const others = [...modules.keys()].filter((each) => each !== id);
      if (elsewhere.get(on) === "") continue;
      report({
        code: "unknown-dependency",
        path,
        at,
        message: `'${id}' depends on '${on}', which ${elsewhere.get(on) ?? "does not exist"}`,
        suggestion: elsewhere.has(on)
          ? null
          : (didYouMean(on, others) ?? `the other modules are: ${others.slice(0, 16).join(", ")}`),
      });
      continue;
    }
    const task = target.task === true;
    if (edge.condition === "completed" && !task) {
      report({
        code: "never-completes",
        path: [...path, "condition"],
        message: `'${id}' waits for '${on}' to complete, but '${on}' is no task`,
        suggestion: `write condition: healthy, or task: true in '${on}'`,
      });
    }
    if (edge.condition === "healthy" && task) {
      report({
        code: "task-never-healthy",
        path: [...path, "condition"],
        message: `'${id}' waits for '${on}' to be healthy, but '${on}' is a task: it ends`,
        suggestion: "write condition: completed",
      });
    }
    if ((module.required ?? true) && target.required === false && edge.whenDown !== "ignore") {
      report({
        severity: "warning",
        code: "required-on-optional",
        path,
        at,
        message: `'${id}' is required but depends on '${on}', which is not`,
        suggestion: `without '${on}' it cannot start; make both required, or neither`,
      });
    }
  }
}

const edgesOf = (modules: Modules, id: string) => {
  const module = modules.get(id);
  return module === undefined ? [] : writtenEdges(module);
};

/** Every loop once, each the shortest through its first module; diamonds are none. */
function loops(modules: Modules): readonly (readonly string[])[] {
  const targets = (id: string): readonly string[] =>
    edgesOf(modules, id)
      .map(({ on }) => on)
      .filter((on) => on !== id && left.has(on));
  const left = new Set(modules.keys());
  peel(left, targets);
  const found: string[][] = [];
  for (const id of [...left]) {
    if (!left.has(id)) continue;
    const loop = shortestLoop(id, targets);
    if (loop === null) continue;
    found.push(loop);
    for (const member of loop) left.delete(member);
    peel(left, targets);
  }
  return found;
}

/** Takes away what waits for nothing that is left, again and again: that is on no loop. */
function peel(left: Set<string>, targets: (id: string) => readonly string[]): void {
  const dependents = new Map<string, string[]>();
  const open = new Map<string, number>();
  const free: string[] = [];
  for (const id of left) {
    const needed = new Set(targets(id));
    open.set(id, needed.size);
    if (needed.size === 0) free.push(id);
    for (const on of needed) dependents.set(on, [...(dependents.get(on) ?? []), id]);
  }
  for (let id = free.pop(); id !== undefined; id = free.pop()) {
    left.delete(id);
    for (const dependent of dependents.get(id) ?? []) {
      const still = (open.get(dependent) ?? 0) - 1;
      open.set(dependent, still);
      if (still === 0) free.push(dependent);
    }
  }
}

function shortestLoop(start: string, targets: (id: string) => readonly string[]): string[] | null {
  const cameFrom = new Map<string, string>();
  const queue = [start];
  for (const id of queue) {
    for (const on of targets(id)) {
      if (on === start) {
        const loop = [id];
        for (let at = id; at !== start; ) {
          at = cameFrom.get(at) ?? start;
          loop.unshift(at);
        }
        return loop;
      }
      if (cameFrom.has(on)) continue;
      cameFrom.set(on, id);
      queue.push(on);
    }
  }
  return null;
}

/** The modules before which some task runs to completion, and so may make what they lack. */
export function modulesAfterTasks(modules: Modules): ReadonlySet<string> {
  const dependents = new Map<string, string[]>();
  for (const id of modules.keys()) {
    for (const { on } of edgesOf(modules, id)) {
      const known = dependents.get(on);
      if (known === undefined) dependents.set(on, [id]);
      else known.push(id);
    }
  }
  const after = new Set<string>();
  const queue = [...modules].filter(([, { task }]) => task === true).map(([id]) => id);
  for (const id of queue) {
    for (const dependent of dependents.get(id) ?? []) {
      if (after.has(dependent)) continue;
      after.add(dependent);
      queue.push(dependent);
    }
  }
  return after;
}
