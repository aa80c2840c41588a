// resource-reader.ts: readings of modules' whole process trees. What cannot be known is null.
import type { Enforcement, InstanceId, ResourceLimits, Usage } from "@skelly-jelly/contract";

export interface ResourceReader {
  /** One reading of each instance that runs; synchronous and cheap. */
  read(
    instances: readonly { readonly instance: InstanceId; readonly pid: number | null }[],
  ): ReadonlyMap<InstanceId, Usage>;
  /** The orchestrator's own. */
  own(): { readonly rssBytes: number; readonly cpuPercent: number | null };
  /** How the limits of a module are enforced here. */
  enforcement(instance: InstanceId, limits: ResourceLimits): Enforcement;
}
