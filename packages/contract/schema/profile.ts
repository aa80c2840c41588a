// profile.ts: lays a profile over the configuration, and leaves out the modules that take no part.
import { isPlain } from "./check.ts";
import type { ModuleConfig, ProfileConfig, SystemConfig } from "./system-config.ts";

/** Parts that mean something only as a whole; the profile's replaces the file's. */
const REPLACED: ReadonlySet<string> = new Set([
  "ready",
  "liveness",
  "recovery",
  "dependsOn",
  "bus",
  "definition",
]);
/** Ways to run a module: the profile's choice ends the file's. */
export const WAYS = ["command", "entry", "definition"] as const;

export function withProfile(system: SystemConfig, profile: string | null): SystemConfig {
  const layer = profile === null ? undefined : system.profiles?.[profile];
  const merged = layer === undefined ? system : laidOver(system, layer);
  const modules = Object.entries(merged.modules ?? {}).filter(([, module]) =>
    takesPart(module, profile),
  );
  return { ...merged, modules: Object.fromEntries(modules) };
}

export const takesPart = ({ profiles = [] }: ModuleConfig, profile: string | null): boolean =>
  profiles.length === 0 || (profile !== null && profiles.includes(profile));

function laidOver(system: SystemConfig, layer: ProfileConfig): SystemConfig {
  const modules = new Map<string, ModuleConfig>(Object.entries(system.modules ?? {}));
  for (const [id, over] of Object.entries(layer.modules ?? {})) {
    if (over === undefined) continue;
    const under = modules.get(id);
    modules.set(id, under === undefined ? over : mergeModule(rerouted(under, over), over));
  }
  return {
    ...system,
    orchestrator: { ...system.orchestrator, ...layer.orchestrator },
    bus: { ...system.bus, ...layer.bus },
    modules: Object.fromEntries(modules),
  };
}

function rerouted(under: ModuleConfig, over: ModuleConfig): ModuleConfig {
  if (!WAYS.some((way) => over[way] !== undefined)) return under;
  const { command: _command, entry: _entry, definition: _definition, ...rest } = under;
  return rest;
}

function mergeModule(under: ModuleConfig, over: ModuleConfig): ModuleConfig {
  const merged = new Map<string, unknown>(Object.entries(under));
  for (const [key, value] of Object.entries(over)) {
    merged.set(key, REPLACED.has(key) ? value : merge(merged.get(key), value));
  }
  return Object.fromEntries(merged);
}

function merge(under: unknown, over: unknown): unknown {
  if (!isPlain(under) || !isPlain(over)) return over;
  const merged = new Map(Object.entries(under));
  for (const [key, value] of Object.entries(over)) merged.set(key, merge(merged.get(key), value));
  return Object.fromEntries(merged);
}
