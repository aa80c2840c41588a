// resource-reader.ts: readings of modules' whole process trees. What cannot be known is null.
import type {
  Enforcement,
  InstanceId,
  MachineReading,
  ResourceLimits,
  RunnerKind,
  Usage,
} from "@skelly-jelly/contract";

export interface ResourceReader {
  /** One reading of each instance that runs; synchronous and cheap. */
  read(
    instances: readonly { readonly instance: InstanceId; readonly pid: number | null }[],
  ): ReadonlyMap<InstanceId, Usage>;
  /** The orchestrator's own. */
  own(): { readonly rssBytes: number; readonly cpuPercent: number | null };
  /** How the limits of a module are enforced here, in one word. */
  enforcement(instance: InstanceId, limits: ResourceLimits, runner?: RunnerKind): Enforcement;
  /** What keeps each of its limits; not there: nothing but watching. */
  enforcedBy?(
    instance: InstanceId,
    limits: ResourceLimits,
    runner: RunnerKind,
  ): Readonly<Partial<Record<keyof ResourceLimits, Enforcement>>>;
  /** What all of it runs on. */
  machine?(): MachineReading;
}
