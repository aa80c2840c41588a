// config-impact.ts: an old and a new system -> which modules reload, restart, stay, come and go. Pure.
import type {
  JsonObject,
  ModuleDescriptor,
  ModuleId,
  SystemDescriptor,
} from "@skelly-jelly/contract";

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
  const born = changed.filter(
    (key) =>
      (BORN_WITH as readonly string[]).includes(key) || (key === "limits" && isBorn(was, is)),
  );
  const module = is.id;
  if (born.length > 0) return { kind: "restart", module, because: born };
  if (changed.includes("config")) return { kind: "reconfigure", module };
  return changed.length > 0 ? { kind: "adjust", module, because: changed } : null;
}

/**
 * Short for all that a life carries in itself, so that the next orchestrator can tell whether one
 * that it finds is still as the file says. A module of ours takes its configuration live; for any
 * other program that is part of it.
 */
export function birthMark(module: ModuleDescriptor, config: JsonObject): string {
  const carried = BORN_WITH.map((key) => module[key]);
  return fnv1a(sortedText([...carried, module.run.kind === "entry" ? null : config]));
}

const sortedText = (value: unknown): string =>
  JSON.stringify(value, (_key, part: unknown) =>
    typeof part === "object" && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );

/** FNV-1a, 64 bits. Tells one text from another; keeps no secret. */
function fnv1a(text: string): string {
  let hash = 0xcbf29ce484222325n;
  for (let at = 0; at < text.length; at++) {
    hash = ((hash ^ BigInt(text.charCodeAt(at))) * 0x100000001b3n) & 0xffffffffffffffffn;
  }
  return hash.toString(16).padStart(16, "0");
}

/** A process takes its number of file handles with it, a thread its heap; the rest can be changed live. */
function isBorn(was: ModuleDescriptor, is: ModuleDescriptor): boolean {
  return (
    was.limits.fileHandles !== is.limits.fileHandles ||
    (is.runner !== "process" && was.limits.memoryBytes !== is.limits.memoryBytes)
  );
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
