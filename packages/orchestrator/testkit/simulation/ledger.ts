// ledger.ts: what the world has seen of each instance, told by events and by what is done to its lives.
import type {
  Edge,
  HealthStatus,
  InstanceId,
  LifecycleState,
  ModuleDescriptor,
  ModuleId,
  OrchestratorSettings,
  SystemDescriptor,
  SystemStatus,
} from "@skelly-jelly/contract";
import { instancesOf } from "./random-story.ts";

/** One of DESIGN 4's invariants does not hold (0: the core threw). */
export type Violation = {
  readonly invariant: number;
  readonly message: string;
  readonly atMs: number;
  readonly step: number;
};

export type Seen = {
  state: LifecycleState;
  sinceMs: number;
  /** Why it came to be in that state. */
  cause: string;
  /** When it must have left it. */
  deadlineMs: number;
  incarnation: number;
  health: HealthStatus;
  failureCode: string | null;
  /** When it last became running; -1 when it never has. */
  runningMs: number;
  /** Its backoff: no new life before this. */
  notBeforeMs: number;
  /** Restarts charged to it, newest last. */
  charged: number[];
  /** The incarnation whose end the last charged restart is about. */
  chargedFor: number;
  /** A recovery waits for its probation. */
  pending: boolean;
  /** Somebody asked for something, or it had nobody to blame, since its last life began. */
  excused: boolean;
  /** Its last life ended of itself. */
  fell: boolean;
  /** Order of its present life among all starts. */
  order: number;
  /** What it depended on when its present life began. */
  reliesOn: readonly ModuleId[];
  adopted: boolean;
};

const newSeen = (nowMs: number): Seen => ({
  state: "not-started",
  sinceMs: nowMs,
  cause: "",
  deadlineMs: Number.POSITIVE_INFINITY,
  incarnation: 0,
  health: "unknown",
  failureCode: null,
  runningMs: -1,
  notBeforeMs: 0,
  charged: [],
  chargedFor: -1,
  pending: false,
  excused: true,
  fell: false,
  order: 0,
  reliesOn: [],
  adopted: false,
});

export class Ledger {
  readonly seen = new Map<InstanceId, Seen>();
  status: SystemStatus = "stopped";
  violation: Violation | null = null;
  nowMs: () => number;
  step = 0;
  orders = 0;
  /** The highest incarnation ever started, by instance; over all orchestrators. */
  readonly highest = new Map<InstanceId, number>();
  #system: SystemDescriptor | null = null;
  #descriptors = new Map<InstanceId, ModuleDescriptor>();
  #instances = new Map<ModuleId, readonly InstanceId[]>();
  #dependents = new Map<ModuleId, InstanceId[]>();

  constructor(nowMs: () => number) {
    this.nowMs = nowMs;
  }

  /** A new orchestrator knows nothing yet. */
  reset(): void {
    this.seen.clear();
    this.status = "stopped";
  }

  /** The first one is the story; what comes after may only be its consequence. */
  violated(invariant: number, message: string): void {
    this.violation ??= { invariant, message, atMs: this.nowMs(), step: this.step };
  }

  of(instance: InstanceId): Seen {
    const known = this.seen.get(instance);
    if (known !== undefined) return known;
    const fresh = newSeen(this.nowMs());
    this.seen.set(instance, fresh);
    return fresh;
  }

  /** The description that holds now. */
  describe(system: SystemDescriptor): void {
    if (this.#system === system) return;
    this.#system = system;
    this.#descriptors = new Map();
    this.#instances = new Map();
    this.#dependents = new Map();
    for (const descriptor of system.modules) {
      const instances = instancesOf(descriptor);
      this.#instances.set(descriptor.id, instances);
      for (const instance of instances) this.#descriptors.set(instance, descriptor);
      for (const { on } of descriptor.dependsOn) {
        this.#dependents.set(on, [...(this.#dependents.get(on) ?? []), ...instances]);
      }
    }
  }

  get settings(): OrchestratorSettings | null {
    return this.#system?.orchestrator ?? null;
  }

  descriptor(instance: InstanceId): ModuleDescriptor | undefined {
    return this.#descriptors.get(instance);
  }

  instances(module: ModuleId): readonly InstanceId[] {
    return this.#instances.get(module) ?? [];
  }

  dependents(module: ModuleId): readonly InstanceId[] {
    return this.#dependents.get(module) ?? [];
  }

  isUp(instance: InstanceId): boolean {
    const seen = this.seen.get(instance);
    return seen?.state === "running" && seen.health !== "unhealthy";
  }

  /** Whether the edge's condition holds, as far as events and facts tell. */
  holds({ on, condition }: Edge, spawned: (instance: InstanceId) => boolean): boolean {
    return this.instances(on).every((instance) => {
      const state = this.seen.get(instance)?.state;
      if (condition === "completed") return state === "completed";
      if (state === "completed") return true;
      if (condition === "started") {
        return state === "running" || (state === "starting" && spawned(instance));
      }
      return this.isUp(instance);
    });
  }

  /** A dependency may have been down: then nothing can be held against the dependent. */
  mayLackDependency({ dependsOn }: ModuleDescriptor): boolean {
    return dependsOn.some(
      ({ on, condition, whenDown }) =>
        whenDown !== "ignore" &&
        condition !== "completed" &&
        this.instances(on).some((instance) => {
          const ask = this.descriptor(instance)?.ready?.ask.kind;
          // Readiness comes and goes without an event of its own.
          return ask === "http" || (!this.isUp(instance) && this.stateOf(instance) !== "completed");
        }),
    );
  }

  stateOf(instance: InstanceId): LifecycleState | undefined {
    return this.seen.get(instance)?.state;
  }
}
