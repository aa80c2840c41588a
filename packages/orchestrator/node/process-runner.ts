// process-runner.ts: modules as processes, each under a parent process that outlives the orchestrator.
import type { Enforcement, InstanceId, ResourceLimits } from "@skelly-jelly/contract";
import type { ModuleRunner } from "../ports/module-runner.ts";
import { removeFolder } from "./cgroup.ts";
import type { Throttling } from "./limit-files.ts";
import { sendSignal } from "./process-identity.ts";
import { ProcessInstance } from "./process-instance.ts";
import type { ProcessRunnerOptions } from "./process-options.ts";
import { shareRunner } from "./runner-shared.ts";
import { type FoundInstance, findInstances } from "./survivors.ts";

export type ProcessRunner = ModuleRunner & {
  /** How a module's processes are known: by cgroup, or (`null`) by what is in their environment. */
  readonly cgroup: "v2" | null;
  /** The v2 folder of an instance; `null` when there is none. It exists while its parent does. */
  cgroupPath(instance: InstanceId): string | null;
  /** All its processes, without the parent; `null` when no group knows them. */
  processesOf(instance: InstanceId): readonly number[] | null;
  /** What keeps each of these limits, for what runs now or would be started. */
  enforcedBy(instance: InstanceId, limits: ResourceLimits): EnforcedBy;
  /** What the kernel counts of a module that it holds at its CPU limit. */
  throttlingOf(instance: InstanceId): Throttling | null;
};

export type EnforcedBy = Readonly<Partial<Record<keyof ResourceLimits, Enforcement>>>;

/** How long `close` waits for modules to be gone after SIGKILL. */
const CLOSE_LIMIT_MS = 12_000;

/** Makes a runner for `runner: "process"`. One per run directory at a time. */
export function createProcessRunner(options: ProcessRunnerOptions): ProcessRunner {
  const shared = shareRunner(options);
  const instances = new Map<InstanceId, ProcessInstance>();
  const found = new Map<InstanceId, FoundInstance>();

  const instanceOf = (instance: InstanceId): ProcessInstance => {
    const known = instances.get(instance) ?? new ProcessInstance(shared, instance);
    instances.set(instance, known);
    return known;
  };
  const release = (instance: InstanceId, forGood: boolean): Promise<void> =>
    new Promise((gone) => {
      const known = instances.get(instance);
      if (known === undefined) return gone();
      known.release(forGood, () => {
        // Not when it was started again meanwhile.
        if (known.isIdle) instances.delete(instance);
        gone();
      });
    });

  return {
    cgroup: shared.cgroupRoot === null ? null : "v2",
    cgroupPath: (instance) => instanceOf(instance).groups.path,
    processesOf: (instance) => instances.get(instance)?.processes ?? null,
    enforcedBy: (instance, limits) => enforcedBy(limits, instanceOf(instance).groups.keeps(limits)),
    throttlingOf: (instance) => instances.get(instance)?.groups.throttling ?? null,
    start: (request, tell) => instanceOf(request.instance).start(request, tell),
    survivors() {
      for (const one of findInstances(shared)) {
        for (const pid of one.strays) sendSignal(pid, "SIGKILL");
        // An idle parent is kept: it may still have an order to read, and must not have a rival.
        const survivor = one.survivor?.incarnation ?? 0;
        if (one.parent !== null) instanceOf(one.instance).attach(one.parent, survivor);
        found.set(one.instance, one);
      }
      return [...found.values()].flatMap(({ survivor }) => survivor ?? []);
    },
    adopt(survivor, request, tell) {
      const known = found.get(survivor.instance);
      const isIt = known?.survivor?.incarnation === survivor.incarnation;
      return instanceOf(survivor.instance).adopt(request, isIt ? known.main : null, tell);
    },
    release: (instance) => void release(instance, true),
    async close({ leaveRunning }) {
      const all = [...instances.keys()];
      if (leaveRunning) for (const known of instances.values()) known.abandon();
      else
        await within(CLOSE_LIMIT_MS, Promise.all(all.map((instance) => release(instance, false))));
      // What did not go in time is named by its `ended` fact; it is not ours to wait for any longer.
      for (const known of instances.values()) known.abandon();
      instances.clear();
      if (leaveRunning) return;
      shared.limits?.close();
      if (shared.cgroupRoot !== null) removeFolder(shared.cgroupRoot);
    },
  };
}

/** File handles are an rlimit of each process; what no group keeps is watched. */
function enforcedBy(
  limits: ResourceLimits,
  kept: ReadonlyMap<keyof ResourceLimits, Enforcement>,
): EnforcedBy {
  const declared = (Object.keys(limits) as (keyof ResourceLimits)[]).filter(
    (what) => limits[what] !== undefined,
  );
  return Object.fromEntries(
    declared.map((what) => [
      what,
      what === "fileHandles" ? "rlimit" : (kept.get(what) ?? "watched"),
    ]),
  );
}

async function within(limitMs: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise((done) => {
    timer = setTimeout(done, limitMs);
  });
  await Promise.race([work, limit]);
  clearTimeout(timer);
}
