// resolve-system.ts: from what was written to the descriptor of the system, with everything that is
// wrong in one report. Pure: what it must know of the machine it asks through `machine`.
import { basename } from "node:path";
import type { OrchestratorSettings, SystemDescriptor } from "../descriptor.ts";
import { durationMs } from "../units.ts";
import { check, isPlain } from "./check.ts";
import { checkGraph, modulesAfterTasks } from "./check-graph.ts";
import { checkOnMachine } from "./check-machine.ts";
import { checkModule } from "./check-module.ts";
import { getAtPath } from "./config-path.ts";
import { readEnvFiles } from "./env-files.ts";
import type { MachineChecks } from "./machine-checks.ts";
import { didYouMean, nearest } from "./nearest.ts";
import { type Finding, isError, type Path, type Problem, problem } from "./problem.ts";
import { takesPart, WAYS, withProfile } from "./profile.ts";
import { resolveModule } from "./resolve-module.ts";
import type { ModuleConfig, OrchestratorConfig, SystemConfig } from "./system-config.ts";
import { SYSTEM_SHAPE } from "./system-keys.ts";

export type ResolveOptions = {
  /** What relative paths are relative to; absolute. */
  readonly directory: string;
  readonly file?: string | null;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly profile?: string | null;
  /** `null`: nothing is asked of the machine. */
  readonly machine: MachineChecks | null;
  /**
   * A program embeds the library: definitions are allowed, modules may come later. Default false.
   */
  readonly embedded?: boolean;
};

export type ResolvedSystem = {
  /** `null` when a problem is an error. */
  readonly system: SystemDescriptor | null;
  readonly problems: readonly Problem[];
};

export function resolveSystem(raw: unknown, options: ResolveOptions): ResolvedSystem {
  const { directory, file = null, env = {}, profile = null, machine, embedded = false } = options;
  const problems: Problem[] = [];
  const written = (check(SYSTEM_SHAPE, raw, [], (found) => problems.push(found)) ??
    null) as SystemConfig | null;
  if (written === null)
    return { system: null, problems: problems.map((each) => ({ ...each, file })) };

  const report = (finding: Finding): void => {
    problems.push(problem({ ...finding, path: origin(raw, profile, finding.path) }));
  };
  checkProfile(written, profile, report);
  const merged = withProfile(written, profile);
  const settings = settingsOf(merged.orchestrator ?? {}, embedded);
  const modules = new Map<string, ModuleConfig>(Object.entries(merged.modules ?? {}));
  checkSystem({ raw, modules, merged, embedded, report });
  checkGraph(modules, absentIds(raw, written, profile, modules), report);

  const isTask = (id: string): boolean => modules.get(id)?.task === true;
  const afterTasks = modulesAfterTasks(modules);
  const descriptors = [...modules].map(([id, module]) => {
    const keys = writtenKeys(raw, profile, id);
    checkModule({ id, module, settings, embedded, keys, report });
    const fileEnv = readEnvFiles({ id, module, directory, machine, report });
    const descriptor = resolveModule(id, module, { directory, settings, isTask, fileEnv });
    if (machine !== null) {
      const taskBefore = afterTasks.has(id);
      checkOnMachine({ module: descriptor, machine, env, taskBefore, report });
    }
    return descriptor;
  });

  const system: SystemDescriptor = {
    name: merged.name ?? systemName(directory),
    file,
    directory,
    orchestrator: settings,
    bus: { port: merged.bus?.port ?? null },
    modules: descriptors,
  };
  return {
    system: problems.some(isError) ? null : system,
    problems: problems.map((each) => (each.file === null ? { ...each, file } : each)),
  };
}

/** All the settings with their defaults (the seed's values). */
export function settingsOf(
  written: OrchestratorConfig = {},
  embedded = false,
): OrchestratorSettings {
  const ms = (value: string | number | undefined, usual: number): number =>
    durationMs(value ?? usual) ?? usual;
  return {
    startupTimeoutMs: ms(written.startupTimeout, 60_000),
    shutdownTimeoutMs: ms(written.shutdownTimeout, 30_000),
    moduleStartDelayMs: ms(written.moduleStartDelay, 0),
    parallelStartup: written.parallelStartup ?? true,
    startConcurrency: written.startConcurrency ?? 32,
    healthCheckIntervalMs: ms(written.healthCheckInterval, 30_000),
    healthCheckTimeoutMs: ms(written.healthCheckTimeout, 5000),
    unhealthyThreshold: written.unhealthyThreshold ?? 3,
    autoRecovery: written.autoRecovery ?? true,
    maxRecoveryAttempts: written.maxRecoveryAttempts ?? 3,
    recoveryBackoffMs: ms(written.recoveryBackoff, 10_000),
    recoveryConcurrency: written.recoveryConcurrency ?? 4,
    resourceCheckIntervalMs: ms(written.resourceCheckInterval, 10_000),
    throttleThreshold: written.throttleThreshold ?? 0.9,
    onOrchestratorDeath: written.onOrchestratorDeath ?? (embedded ? "stop-with-me" : "survive"),
  };
}

/** A name that fits, from the directory's. */
const systemName = (directory: string): string =>
  basename(directory)
    .replace(/[^A-Za-z0-9._-]+/g, "-")
    .replace(/^[^A-Za-z0-9]+/, "")
    .slice(0, 64) || "system";

/** Where a value was written: in the chosen profile if that is where it comes from. */
function origin(raw: unknown, profile: string | null, path: Path): Path {
  if (profile === null || path.length === 0) return path;
  const layered: Path = ["profiles", profile, ...path];
  const over = getAtPath(raw, layered);
  if (over === undefined) return path;
  return isPlain(over) && getAtPath(raw, path) !== undefined ? path : layered;
}

/**
 * The keys of a module as written, unknown ones too; where the profile says what runs, the file
 * does not.
 */
function writtenKeys(raw: unknown, profile: string | null, id: string): readonly string[] {
  const keysAt = (path: Path): readonly string[] => {
    const group = getAtPath(raw, path);
    if (!isPlain(group)) return [];
    return Object.keys(group).filter((key) => group[key] !== undefined);
  };
  const over = profile === null ? [] : keysAt(["profiles", profile, "modules", id]);
  const rerouted = WAYS.some((way) => over.includes(way));
  const under = keysAt(["modules", id]).filter((key) => !rerouted || !isWay(key));
  return [...under, ...over];
}

const isWay = (key: string): boolean => WAYS.some((way) => way === key);

/** Ids that are written but not there, and why; the empty text when that is already reported. */
function absentIds(
  raw: unknown,
  written: SystemConfig,
  profile: string | null,
  present: ReadonlyMap<string, unknown>,
): ReadonlyMap<string, string> {
  const absent = new Map<string, string>();
  for (const [name, { modules = {} }] of Object.entries(written.profiles ?? {})) {
    for (const id of Object.keys(modules)) absent.set(id, `exists only in the profile '${name}'`);
  }
  const groups = [getAtPath(raw, ["modules"])];
  if (profile !== null) groups.push(getAtPath(raw, ["profiles", profile, "modules"]));
  for (const id of groups.flatMap((group) => (isPlain(group) ? Object.keys(group) : []))) {
    const module = written.modules?.[id];
    const left = module !== undefined && !takesPart(module, profile);
    const names = module?.profiles?.map((name) => `'${name}'`).join(" or ") ?? "";
    absent.set(id, left ? `takes part only in the profile ${names}` : "");
  }
  for (const id of present.keys()) absent.delete(id);
  return absent;
}

type Report = (finding: Finding) => void;

function checkProfile(written: SystemConfig, profile: string | null, report: Report): void {
  if (profile === null) return;
  const known = new Set([
    ...Object.keys(written.profiles ?? {}),
    ...Object.values(written.modules ?? {}).flatMap(({ profiles = [] }) => profiles),
  ]);
  if (known.has(profile)) return;
  report({
    code: "unknown-profile",
    path: ["profiles"],
    at: "key",
    message: `there is no profile '${profile}'`,
    suggestion:
      didYouMean(profile, known) ??
      (known.size === 0 ? "the file has none" : `the profiles are: ${[...known].join(", ")}`),
  });
}

type SystemCheck = {
  readonly raw: unknown;
  readonly modules: ReadonlyMap<string, ModuleConfig>;
  readonly merged: SystemConfig;
  readonly embedded: boolean;
  readonly report: Report;
};

function checkSystem({ raw, modules, merged, embedded, report }: SystemCheck): void {
  const written = getAtPath(raw, ["modules"]);
  const none = written === undefined || (isPlain(written) && Object.keys(written).length === 0);
  const meant = Object.keys(isPlain(raw) ? raw : {}).some(
    (key) => SYSTEM_SHAPE.aliases[key] === "modules" || nearest(key, ["modules"]) !== null,
  );
  if (!embedded && none && modules.size === 0 && (written !== undefined || !meant)) {
    report({
      code: "no-modules",
      path: written === undefined ? [] : ["modules"],
      at: "key",
      message: "the system has no modules",
      suggestion: "write for example modules: { web: { command: [node, web.js] } }",
    });
  }
  const hubs = [...modules].filter(([, { hub }]) => hub === true).map(([id]) => id);
  for (const id of hubs.slice(1)) {
    report({
      code: "two-hubs",
      path: ["modules", id, "hub"],
      message: `'${hubs[0]}' and '${id}' both are the event bus's hub, but a system has one`,
      suggestion: `remove hub from '${id}'`,
    });
  }
  const { healthCheckTimeout, healthCheckInterval } = merged.orchestrator ?? {};
  const timeoutMs = durationMs(healthCheckTimeout ?? 5000) ?? 0;
  const intervalMs = durationMs(healthCheckInterval ?? 30_000) ?? 0;
  if (healthCheckTimeout !== undefined && timeoutMs > intervalMs) {
    report({
      severity: "warning",
      code: "timeout-over-interval",
      path: ["orchestrator", "healthCheckTimeout"],
      message:
        `healthCheckTimeout (${timeoutMs} ms) is longer than ` +
        `healthCheckInterval (${intervalMs} ms)`,
      suggestion: "checks never overlap, so they would come less often than the interval says",
    });
  }
}
