// system-store.ts: the one place where what is true is kept. Records are replaced, never changed.
import type {
  Failure,
  InstanceId,
  ModuleDescriptor,
  ModuleId,
  OrchestratorSettings,
} from "@skelly-jelly/contract";
import { dependencyGraph } from "../model/dependency-graph.ts";
import { type ModuleRecord, newRecord } from "../model/module-record.ts";
import type { Phase, SystemView } from "../model/system-state.ts";
import type { Clock } from "../ports/clock.ts";

export class SystemStore {
  readonly #clock: Clock;
  #descriptors = new Map<ModuleId, ModuleDescriptor>();
  #records = new Map<InstanceId, ModuleRecord>();
  #instancesOf = new Map<ModuleId, readonly InstanceId[]>();
  #dependentsOf: ReadonlyMap<ModuleId, readonly ModuleId[]> = new Map();
  #phase: Phase;
  /** Why the last start was given up; `null` when it was not. Outlives the stop that followed. */
  #startFailure: Failure | null = null;
  settings: OrchestratorSettings;
  lastReadyMs = Number.NEGATIVE_INFINITY;
  #failuresMs: readonly number[] = [];

  constructor(settings: OrchestratorSettings, clock: Clock) {
    this.#clock = clock;
    this.settings = settings;
    this.#phase = { kind: "idle", sinceMs: clock.nowMs() };
  }

  get phase(): Phase {
    return this.#phase;
  }

  set phase(next: Phase) {
    this.#phase = next;
    if (next.kind === "starting") this.#startFailure = null;
    if (next.kind === "stopping") this.#startFailure = next.failure;
  }

  get startFailure(): Failure | null {
    return this.#startFailure;
  }

  /** Replaces the set of modules; instances that stay keep their records. Known to be sound. */
  admit(
    modules: readonly ModuleDescriptor[],
    lastIncarnations: ReadonlyMap<InstanceId, number>,
  ): void {
    const graph = dependencyGraph(modules);
    this.#descriptors = new Map(modules.map((module) => [module.id, module]));
    this.#dependentsOf = graph.dependents;
    const before = this.#records;
    this.#records = new Map();
    this.#instancesOf = new Map();
    for (const id of graph.order) {
      const descriptor = this.#descriptors.get(id);
      if (descriptor === undefined) continue;
      const instances = instanceIds(descriptor);
      this.#instancesOf.set(id, instances);
      for (const instance of instances) {
        const known = before.get(instance);
        const record =
          known === undefined
            ? newRecord(
                instance,
                descriptor,
                this.#clock.nowMs(),
                lastIncarnations.get(instance) ?? 0,
              )
            : { ...known, descriptor };
        this.#records.set(instance, record);
      }
    }
  }

  get view(): SystemView {
    return {
      phase: this.#phase,
      settings: this.settings,
      records: this.#records,
      instancesOf: this.#instancesOf,
      dependentsOf: this.#dependentsOf,
      nowMs: this.#clock.nowMs(),
      lastReadyMs: this.lastReadyMs,
      failuresMs: this.#failuresMs,
    };
  }

  /** No more are kept than could make a storm. */
  noteFailure(): void {
    this.#failuresMs = [...this.#failuresMs.slice(-this.#records.size), this.#clock.nowMs()];
  }

  get records(): ReadonlyMap<InstanceId, ModuleRecord> {
    return this.#records;
  }

  get descriptors(): ReadonlyMap<ModuleId, ModuleDescriptor> {
    return this.#descriptors;
  }

  instances(id: ModuleId): readonly InstanceId[] {
    return this.#instancesOf.get(id) ?? [];
  }

  get(instance: InstanceId): ModuleRecord | undefined {
    return this.#records.get(instance);
  }

  set(record: ModuleRecord): void {
    if (this.#records.has(record.instance)) this.#records.set(record.instance, record);
  }
}

/** `api`, or `api#1`, `api#2` when there are several. */
export function instanceIds({ id, instances }: ModuleDescriptor): readonly InstanceId[] {
  return instances === 1 ? [id] : Array.from({ length: instances }, (_, n) => `${id}#${n + 1}`);
}
