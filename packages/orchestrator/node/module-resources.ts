// module-resources.ts: the resource port of a system: readings of every kind of module, and what keeps their limits.
import type { Enforcement, InstanceId, ResourceLimits, Usage } from "@skelly-jelly/contract";
import type { Clock } from "../ports/clock.ts";
import type { ResourceReader } from "../ports/resource-reader.ts";
import { createMachineReader } from "./machine-reader.ts";
import { createProcResourceReader } from "./proc-resource-reader.ts";
import type { EnforcedBy, ProcessRunner } from "./process-runner.ts";

export type ModuleResourcesOptions = {
  readonly clock: Clock;
  /** On the disk that is watched. */
  readonly directory: string;
  readonly processes: Pick<ProcessRunner, "processesOf" | "enforcedBy" | "throttlingOf">;
  /** What hosts of threads tell of them; asked at each reading. */
  readonly threads?: () => Iterable<readonly [InstanceId, Usage]>;
};

/** Nobody is judged by it: it is read less often than what is. */
const THROTTLED_EVERY_MS = 5000;

export type ModuleResources = ResourceReader & { close(): void };

export function createModuleResources(options: ModuleResourcesOptions): ModuleResources {
  const { clock, directory, processes, threads = () => [] } = options;
  const reader = createProcResourceReader({ clock, pidsOf: processes.processesOf });
  let throttled: ReadonlyMap<InstanceId, number> = new Map();
  let throttledAtMs = Number.NEGATIVE_INFINITY;
  const enforcedBy: NonNullable<ResourceReader["enforcedBy"]> = (instance, limits, runner) =>
    runner === "process" ? processes.enforcedBy(instance, limits) : watched(limits);
  return {
    read(instances) {
      const nowMs = clock.nowMs();
      if (nowMs - throttledAtMs >= THROTTLED_EVERY_MS) {
        throttledAtMs = nowMs;
        throttled = new Map(
          instances.flatMap(({ instance }) => {
            const counted = processes.throttlingOf(instance);
            return counted === null ? [] : [[instance, counted.throttledMs]];
          }),
        );
      }
      const usage = new Map<InstanceId, Usage>();
      for (const [instance, reading] of reader.read(instances)) {
        const cpuThrottledMs = throttled.get(instance);
        usage.set(
          instance,
          cpuThrottledMs === undefined ? reading : { ...reading, cpuThrottledMs },
        );
      }
      for (const [instance, reading] of threads()) usage.set(instance, reading);
      return usage;
    },
    own: () => reader.own(),
    enforcement: (instance, limits, runner = "process") =>
      inOneWord(enforcedBy(instance, limits, runner)),
    enforcedBy,
    machine: createMachineReader({ directory }),
    close: () => reader.close(),
  };
}

/** The kernel's groups if they keep any limit; a limit that is only watched shows, one by one, in `enforcedBy`. */
function inOneWord(by: EnforcedBy): Enforcement {
  const words = new Set(Object.values(by));
  const order = ["cgroup-v2", "cgroup-v1", "watched", "rlimit"] as const;
  return order.find((word) => words.has(word)) ?? "none";
}

function watched(limits: ResourceLimits): EnforcedBy {
  const declared = Object.entries(limits).filter(([, limit]) => limit !== undefined);
  return Object.fromEntries(declared.map(([what]) => [what, "watched" as const]));
}
