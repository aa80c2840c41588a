// resolve-module.ts: from one module as written to its descriptor: defaults, absolute paths, ms,
// bytes.
import { resolve } from "node:path";
import type {
  Edge,
  ModuleDescriptor,
  OrchestratorSettings,
  ResourceLimits,
  RunSpec,
} from "../descriptor.ts";
import type { JsonObject } from "../json.ts";
import { durationMs, sizeBytes } from "../units.ts";
import { resolveLadder } from "./resolve-ladder.ts";
import { livenessProbe, readyProbe } from "./resolve-probe.ts";
import { withAbsoluteReferences } from "./secrets.ts";
import type { ModuleConfig, SubjectRuleConfig } from "./system-config.ts";

/**
 * `run.file` of a module that is Skelly's own hub; whoever starts it puts its own program there.
 */
export const OWN_HUB = "skelly:hub";

const STARTUP_TIMEOUT_MS = 30_000;
const STOP_TIMEOUT_MS = 10_000;
const STABLE_AFTER_MS = 60_000;
const LOG_MAX_BYTES = 10_000_000;
const LOGS_KEPT = 5;

export type ModuleSurroundings = {
  readonly directory: string;
  readonly settings: OrchestratorSettings;
  readonly isTask: (id: string) => boolean;
  /** What the module's envFiles say, as references. */
  readonly fileEnv: Readonly<Record<string, string>>;
};

export function resolveModule(
  id: string,
  written: ModuleConfig,
  { directory, settings, isTask, fileEnv }: ModuleSurroundings,
): ModuleDescriptor {
  const run = runSpec(written, directory);
  const task = written.task ?? false;
  const hub = written.hub ?? false;
  const answersItself = run.kind === "entry" || run.kind === "definition";
  const asked = { answersItself: answersItself && !task, settings };
  return {
    id,
    runner: written.run ?? (run.kind === "definition" ? "in-process" : "process"),
    run,
    task,
    required: written.required ?? true,
    instances: written.instances ?? 1,
    dependsOn: edgesOf(written, isTask),
    cwd: resolve(directory, written.cwd ?? "."),
    env: envOf(written, fileEnv, directory),
    user: written.user === undefined ? null : String(written.user),
    umask: written.umask === undefined ? null : Number.parseInt(written.umask, 8),
    startupTimeoutMs: durationMs(
      written.startupTimeout ?? Math.min(STARTUP_TIMEOUT_MS, settings.startupTimeoutMs),
    ) as number,
    stop: {
      signal: written.stop?.signal ?? "SIGTERM",
      timeoutMs: durationMs(
        written.stop?.timeout ?? Math.min(STOP_TIMEOUT_MS, settings.shutdownTimeoutMs),
      ) as number,
    },
    ready: readyProbe({ ...asked, probe: written.ready }),
    liveness: livenessProbe({ ...asked, probe: written.liveness }),
    healthLimits: written.healthLimits ?? {},
    restart: written.restart ?? (task ? "on-failure" : "always"),
    successExitCodes: written.successExitCodes ?? [0],
    autoRecovery: written.autoRecovery ?? settings.autoRecovery,
    ladder: resolveLadder(written.recovery?.ladder, settings),
    stableAfterMs: durationMs(written.stableAfter ?? STABLE_AFTER_MS) as number,
    limits: limitsOf(written),
    config: withAbsoluteReferences(written.config ?? {}, directory) as JsonObject,
    logs: {
      maxSizeBytes: sizeBytes(written.logs?.maxSize ?? LOG_MAX_BYTES) as number,
      keep: written.logs?.keep ?? LOGS_KEPT,
    },
    bus: busOf(written, answersItself && !hub),
    hub,
  };
}

function runSpec(written: ModuleConfig, directory: string): RunSpec {
  if (written.definition !== undefined)
    return { kind: "definition", definition: written.definition };
  if (written.entry !== undefined)
    return { kind: "entry", file: resolve(directory, written.entry) };
  if (typeof written.command === "string") return { kind: "shell", line: written.command };
  if (written.command !== undefined) return { kind: "command", argv: written.command.map(String) };
  return { kind: "entry", file: OWN_HUB };
}

/** Both ways of writing `dependsOn`, as pairs. */
export function writtenEdges(written: ModuleConfig): readonly WrittenEdge[] {
  const { dependsOn = [] } = written;
  if (isList(dependsOn)) return dependsOn.map((on, index) => ({ on, step: index, edge: {} }));
  return Object.entries(dependsOn).map(([on, edge]) => ({ on, step: on, edge: edge ?? {} }));
}

type WrittenEdge = {
  readonly on: string;
  /** Its last step in the path, for its place in the file. */
  readonly step: string | number;
  readonly edge: Partial<Pick<Edge, "condition" | "whenDown" | "whenDegraded">>;
};

const isList = (value: unknown): value is readonly string[] => Array.isArray(value);

function edgesOf(written: ModuleConfig, isTask: (id: string) => boolean): readonly Edge[] {
  return writtenEdges(written).map(({ on, edge }) => ({
    on,
    condition: edge.condition ?? (isTask(on) ? "completed" : "healthy"),
    whenDown: edge.whenDown ?? "wait",
    whenDegraded: edge.whenDegraded ?? "ignore",
  }));
}

function envOf(
  { env = {} }: ModuleConfig,
  fileEnv: Readonly<Record<string, string>>,
  directory: string,
): Readonly<Record<string, string>> {
  const texts = Object.fromEntries(
    Object.entries(env).map(([name, value]) => [name, String(value)]),
  );
  return { ...fileEnv, ...(withAbsoluteReferences(texts, directory) as Record<string, string>) };
}

function limitsOf({ limits = {} }: ModuleConfig): ResourceLimits {
  const { memory, ...rest } = limits;
  return memory === undefined ? rest : { ...rest, memoryBytes: sizeBytes(memory) as number };
}

const ALL: readonly string[] = [">"];

function busOf({ bus }: ModuleConfig, usual: boolean): ModuleDescriptor["bus"] {
  const chosen = bus ?? usual;
  if (chosen === false) return null;
  if (chosen === true) {
    return { publish: { allow: ALL, deny: [] }, subscribe: { allow: ALL, deny: [] } };
  }
  return { publish: rule(chosen.publish), subscribe: rule(chosen.subscribe) };
}

const rule = (written: readonly string[] | SubjectRuleConfig | undefined) => {
  if (isList(written)) return { allow: written, deny: [] };
  return { allow: written?.allow ?? ALL, deny: written?.deny ?? [] };
};
