// config-impact.ts: an old and a new system -> which modules reload, restart, stay, come and go. Pure.
import type { ModuleDescriptor, ModuleId, SystemDescriptor } from "@skelly-jelly/contract";

export type Impact =
  | { readonly kind: "add"; readonly module: ModuleId }
  | { readonly kind: "remove"; readonly module: ModuleId }
  /** How it is run changed: only a new life can have it. */
  | { readonly kind: "restart"; readonly module: ModuleId; readonly because: readonly string[] }
  /** Only its configuration changed: it is asked to take it live. */
  | { readonly kind: "reconfigure"; readonly module: ModuleId }
  /** Only what the orchestrator does about it changed: edges, probes, policies. */
  | { readonly kind: "adjust"; readonly module: ModuleId; readonly because: readonly string[] };

/** Keys that a running life carries in itself. */
const BORN_WITH = [
  "runner",
  "run",
  "cwd",
  "env",
  "user",
  "umask",
  "task",
  "bus",
  "hub",
  "instances",
  "limits",
] as const satisfies readonly (keyof ModuleDescriptor)[];

export function configImpact(before: SystemDescriptor, after: SystemDescriptor): readonly Impact[] {
  const old = new Map(before.modules.map((module) => [module.id, module]));
  const fresh = new Set(after.modules.map(({ id }) => id));
  const impacts: Impact[] = before.modules
    .filter(({ id }) => !fresh.has(id))
    .map(({ id }) => ({ kind: "remove", module: id }));
  for (const module of after.modules) {
    const was = old.get(module.id);
    const impact =
      was === undefined ? ({ kind: "add", module: module.id } as const) : compare(was, module);
    if (impact !== null) impacts.push(impact);
  }
  return impacts;
}

function compare(was: ModuleDescriptor, is: ModuleDescriptor): Impact | null {
  const changed = (Object.keys(is) as (keyof ModuleDescriptor)[]).filter(
    (key) => !sameData(was[key], is[key]),
  );
  const born = changed.filter((key) => (BORN_WITH as readonly string[]).includes(key));
  const module = is.id;
  if (born.length > 0) return { kind: "restart", module, because: born };
  if (changed.includes("config")) return { kind: "reconfigure", module };
  return changed.length > 0 ? { kind: "adjust", module, because: changed } : null;
}

/** Deep equality of plain data. */
export function sameData(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  const keysA = Object.keys(a);
  const keysB = Object.keys(b);
  return (
    Array.isArray(a) === Array.isArray(b) &&
    keysA.length === keysB.length &&
    keysA.every((key) =>
      sameData((a as Record<string, unknown>)[key], (b as Record<string, unknown>)[key]),
    )
  );
}
