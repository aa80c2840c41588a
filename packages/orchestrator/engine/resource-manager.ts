// resource-manager.ts: reads what every module uses, on schedule, and judges it against its limits.
import type { InstanceId, ResourceLimits, Usage } from "@skelly-jelly/contract";
import { isAlive, pidOf } from "../model/module-state.ts";
import { judgeUsage, type UsageVerdict } from "../policy/resource-verdict.ts";
import type { Clock, Timer } from "../ports/clock.ts";
import type { ResourceReader } from "../ports/resource-reader.ts";
import type { EventPublisher } from "./event-publisher.ts";
import type { SystemStore } from "./system-store.ts";

export const UNKNOWN_USAGE: Usage = {
  cpuPercent: null,
  memoryBytes: null,
  fileHandles: null,
  threads: null,
};

type Use = {
  readonly store: SystemStore;
  readonly clock: Clock;
  readonly reader: ResourceReader;
  readonly publisher: EventPublisher;
};

export class ResourceManager {
  readonly #use: Use;
  #timer: Timer | null = null;
  #readMs = Number.NEGATIVE_INFINITY;
  #usage: ReadonlyMap<InstanceId, Usage> = new Map();
  readonly #verdicts = new Map<string, UsageVerdict>();

  constructor(use: Use) {
    this.#use = use;
  }

  start(): void {
    this.#timer ??= this.#use.clock.after(this.#use.store.settings.resourceCheckIntervalMs, () => {
      this.#timer = null;
      this.read();
      this.start();
    });
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = null;
    this.#verdicts.clear();
  }

  /** A reading no older than `ageMaxMs`: someone is looking. */
  readIfOlder(ageMaxMs: number): void {
    if (this.#use.clock.nowMs() - this.#readMs >= ageMaxMs) this.read();
  }

  usage(instance: InstanceId): Usage {
    return this.#usage.get(instance) ?? UNKNOWN_USAGE;
  }

  /** One reading of all that runs. */
  read(): void {
    const { store, reader, clock } = this.#use;
    this.#readMs = clock.nowMs();
    const alive = [...store.records.values()].filter(({ state }) => isAlive(state));
    this.#usage = reader.read(
      alive.map(({ instance, state }) => ({ instance, pid: pidOf(state) })),
    );
    for (const { instance, descriptor } of alive) this.#judge(instance, descriptor.limits);
  }

  #judge(instance: InstanceId, limits: ResourceLimits): void {
    const { store, publisher } = this.#use;
    for (const judged of judgeUsage(
      this.usage(instance),
      limits,
      store.settings.throttleThreshold,
    )) {
      const key = `${instance}/${judged.what}`;
      const before = this.#verdicts.get(key) ?? "fine";
      this.#verdicts.set(key, judged.verdict);
      if (judged.verdict === before || judged.verdict === "fine") continue;
      const { what, value, limit, verdict } = judged;
      publisher.publish({
        type: "limit-passed",
        module: instance,
        what,
        value,
        limit,
        step: verdict,
      });
    }
  }
}
