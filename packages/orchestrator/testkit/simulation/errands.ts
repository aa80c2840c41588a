// errands.ts: what users ask of the orchestrator in a story; each must be answered in bounded time.
import type {
  JsonObject,
  ModuleDescriptor,
  ModuleId,
  SystemDescriptor,
} from "@skelly-jelly/contract";
import type { Orchestrator } from "../../engine/orchestrator.ts";
import type { Deed } from "./story.ts";

export type Errand = {
  readonly name: string;
  readonly deadlineMs: number;
  /** It changes configurations or modules: these queue up behind each other. */
  readonly changes: boolean;
};

const SLACK_MS = 10;
const KILL_MS = 7000;
const ANSWER_MS = 5000;

/** How long each kind of errand may take at most, from the descriptions alone. */
export function errandLimitMs(deed: Deed, system: SystemDescriptor): number {
  const { orchestrator, modules } = system;
  const of = (id: ModuleId): ModuleDescriptor | undefined => modules.find((one) => one.id === id);
  const stopAllMs = modules.reduce((sum, { stop }) => sum + stop.timeoutMs + KILL_MS, 0);
  switch (deed.do) {
    case "start-system":
      return orchestrator.startupTimeoutMs + stopAllMs + SLACK_MS;
    case "stop-system":
      return deed.timeoutMs + KILL_MS + SLACK_MS;
    case "start":
    case "restart":
    case "recover":
      return upMs(of(deed.module)) + SLACK_MS;
    case "stop":
      return (of(deed.module)?.stop.timeoutMs ?? 0) + KILL_MS + SLACK_MS;
    default:
      // A transaction may ask twice, restart, look at the health, and do it all again to roll back.
      return modules.reduce(
        (sum, module) => sum + 3 * (upMs(module) + module.instances * 2 * ANSWER_MS + KILL_MS),
        SLACK_MS,
      );
  }
}

const upMs = (module: ModuleDescriptor | undefined): number =>
  module === undefined
    ? 0
    : module.startupTimeoutMs +
      module.stop.timeoutMs +
      1000 +
      (module.liveness?.timeoutMs ?? 0) +
      1000;

/** Does what the deed says; null when it is nothing that a user would ask of the orchestrator. */
export function runErrand(
  deed: Deed,
  orchestrator: Orchestrator,
  file: SystemDescriptor,
): Promise<unknown> | null {
  switch (deed.do) {
    case "start-system":
      return orchestrator.startSystem();
    case "stop-system":
      return orchestrator.stopSystem(deed.timeoutMs);
    case "start":
      return orchestrator.startModule(deed.module);
    case "stop":
      return orchestrator.stopModule(deed.module);
    case "restart":
      return orchestrator.restartModule(deed.module);
    case "recover":
      return orchestrator.recoverModule(deed.module);
    case "configure":
      return orchestrator.updateConfig(deed.module, deed.config);
    case "register":
      return orchestrator.registerModule(sound(deed.descriptor, file));
    case "add":
    case "remove":
    case "change":
      return orchestrator.applySystem(file, "story");
    default:
      return null;
  }
}

/** The file after the deed; the same when the deed does not touch it. */
export function fileAfter(deed: Deed, file: SystemDescriptor): SystemDescriptor {
  const { modules } = file;
  switch (deed.do) {
    case "register":
    case "add":
      if (modules.some(({ id }) => id === deed.descriptor.id)) return file;
      return { ...file, modules: [...modules, sound(deed.descriptor, file)] };
    case "remove":
      return {
        ...file,
        modules: modules
          .filter(({ id }) => id !== deed.module)
          .map((module) => ({
            ...module,
            dependsOn: module.dependsOn.filter(({ on }) => on !== deed.module),
          })),
      };
    case "change":
      return {
        ...file,
        modules: modules.map((module) =>
          module.id === deed.module ? sound({ ...module, ...deed.change }, file) : module,
        ),
      };
    default:
      return file;
  }
}

/** Edges to modules that are not there (any more) are left out. */
function sound(descriptor: ModuleDescriptor, { modules }: SystemDescriptor): ModuleDescriptor {
  const dependsOn = descriptor.dependsOn.filter(({ on }) => modules.some(({ id }) => id === on));
  return { ...descriptor, dependsOn };
}

export const sameConfig = (a: JsonObject, b: JsonObject): boolean =>
  JSON.stringify(a) === JSON.stringify(b);
