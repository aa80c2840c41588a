// resource-manager.ts: reads what every module uses, on schedule, and holds it to its limits.
import {
  type Failure,
  failure,
  type InstanceId,
  type MachineReading,
  type ResourceLimits,
  type ThrottleStatus,
  type Usage,
} from "@skelly-jelly/contract";
import type { ModuleRecord } from "../model/module-record.ts";
import { isAlive, pidOf } from "../model/module-state.ts";
import type { LimitReading } from "../policy/throttle.ts";
import type { Clock, Timer } from "../ports/clock.ts";
import type { ResourceReader } from "../ports/resource-reader.ts";
import type { EventPublisher } from "./event-publisher.ts";
import type { Lives } from "./lives.ts";
import type { SystemStore } from "./system-store.ts";
import { limitReadings, Throttler } from "./throttler.ts";

export const UNKNOWN_USAGE: Usage = {
  cpuPercent: null,
  memoryBytes: null,
  fileHandles: null,
  threads: null,
};

/** How often everything is read while something is over its limit. */
const TENSE_INTERVAL_MS = 1000;
/** Readings closer together than this say nothing of their own: the span is too short to judge. */
const JUDGED_APART_MS = 500;

type Use = {
  readonly store: SystemStore;
  readonly lives: Lives;
  readonly clock: Clock;
  readonly reader: ResourceReader;
  readonly publisher: EventPublisher;
  /** A life is to be recovered. */
  readonly failed: (instance: InstanceId, incarnation: number, why: Failure) => void;
};

type Watched = {
  readonly incarnation: number;
  readonly throttler: Throttler;
  limits: ResourceLimits;
};

export class ResourceManager {
  readonly #use: Use;
  readonly #watched = new Map<InstanceId, Watched>();
  #timer: Timer | null = null;
  #timerIsTense = false;
  #readMs = Number.NEGATIVE_INFINITY;
  #judgedMs = Number.NEGATIVE_INFINITY;
  #usage: ReadonlyMap<InstanceId, Usage> = new Map();
  #machine: MachineReading | null = null;

  constructor(use: Use) {
    this.#use = use;
  }

  start(): void {
    if (this.#timer === null) this.#arm();
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = null;
    this.#watched.clear();
  }

  /** A reading no older than `ageMaxMs`: someone is looking. */
  readIfOlder(ageMaxMs: number): void {
    if (this.#use.clock.nowMs() - this.#readMs >= ageMaxMs) this.read();
  }

  usage(instance: InstanceId): Usage {
    return this.#usage.get(instance) ?? UNKNOWN_USAGE;
  }

  get machine(): MachineReading | null {
    return this.#machine;
  }

  /** It is held by pauses: whoever asks it anything now may not be answered. */
  isPausing(instance: InstanceId): boolean {
    return this.#throttlerOf(instance)?.reins.paused === true;
  }

  /** How tightly it is held; `null` when it is not. */
  throttle(instance: InstanceId): ThrottleStatus | null {
    const throttler = this.#throttlerOf(instance);
    if (throttler === undefined) return null;
    const { frequencyFactor, concurrencyMax, squeezed, paused } = throttler.reins;
    if (frequencyFactor === 1 && !squeezed && !paused) return null;
    const step = paused ? "pause" : squeezed ? "squeeze" : "ask";
    return { step, frequencyFactor, concurrencyMax, acknowledged: throttler.heeds };
  }

  /** The module's word on what it was asked to do less of. */
  answered(instance: InstanceId, incarnation: number, applied: boolean): void {
    const watched = this.#watched.get(instance);
    if (watched?.incarnation === incarnation) watched.throttler.answered(applied);
  }

  /** One reading of all that runs. */
  read(): void {
    const { store, reader, clock } = this.#use;
    this.#readMs = clock.nowMs();
    const alive = [...store.records.values()].filter(({ state }) => isAlive(state));
    this.#usage = reader.read(
      alive.map(({ instance, state }) => ({ instance, pid: pidOf(state) })),
    );
    this.#machine = reader.machine?.() ?? null;
    if (this.#readMs - this.#judgedMs < JUDGED_APART_MS) return;
    this.#judgedMs = this.#readMs;
    for (const record of alive) this.#hold(record);
    const living = new Set(alive.map(({ instance }) => instance));
    for (const instance of this.#watched.keys()) {
      if (!living.has(instance)) this.#watched.delete(instance);
    }
    if (this.#timer !== null && this.#isTense && !this.#timerIsTense) this.#arm();
  }

  /** Limits may have changed under lives that go on. */
  limitsChanged(): void {
    for (const record of this.#use.store.records.values()) {
      if (!isAlive(record.state)) continue;
      const known = this.#watched.get(record.instance)?.incarnation === record.incarnation;
      const watched = this.#watch(record);
      // Which limits it was started with nobody has noted yet: the same ones again change nothing.
      if (!known) this.#tellLimits(record, watched.limits);
    }
  }

  get #isTense(): boolean {
    return [...this.#watched.values()].some(({ throttler }) => throttler.isTense);
  }

  /** Of its present life only. */
  #throttlerOf(instance: InstanceId): Throttler | undefined {
    const watched = this.#watched.get(instance);
    const is = watched?.incarnation === this.#use.store.get(instance)?.incarnation;
    return is ? watched?.throttler : undefined;
  }

  #arm(): void {
    const { clock, store } = this.#use;
    const usual = store.settings.resourceCheckIntervalMs;
    this.#timer?.cancel();
    this.#timerIsTense = this.#isTense;
    const ms = this.#timerIsTense ? Math.min(TENSE_INTERVAL_MS, usual) : usual;
    this.#timer = clock.after(ms, () => {
      this.#timer = null;
      this.read();
      this.#arm();
    });
  }

  #hold(record: ModuleRecord): void {
    const { instance, descriptor, state } = record;
    const { limits, required, runner } = descriptor;
    // Whoever is frozen or on its way out uses what it uses.
    if (state.kind !== "running" && state.kind !== "starting") return;
    const { throttler } = this.#watch(record);
    const { reader, store } = this.#use;
    const readings = limitReadings({
      usage: this.usage(instance),
      limits,
      enforcedBy: reader.enforcedBy?.(instance, limits, runner) ?? {},
      required,
      memoryPressure: this.#machine?.pressure.memory ?? null,
    });
    // A start may take all it needs of the processor; memory and handles do not come back.
    const judged = readings.map((reading) =>
      reading.what === "cpuPercent" && state.kind === "starting"
        ? { ...reading, value: null }
        : reading,
    );
    throttler.judge(judged, store.settings.throttleThreshold);
  }

  #watch(record: ModuleRecord): Watched {
    const { instance, incarnation, descriptor } = record;
    const { lives, publisher, failed } = this.#use;
    const known = this.#watched.get(instance);
    if (known?.incarnation === incarnation) {
      this.#takeLimits(known, record);
      return known;
    }
    const throttler = new Throttler({
      running: () => (lives.is(instance, incarnation) ? lives.get(instance)?.running : undefined),
      publish: ({ what, value, limit }, step) =>
        publisher.publish({ type: "limit-passed", module: instance, what, value, limit, step }),
      failed: ({ what, value, limit }) => {
        const known = { module: instance, what: configKey(what), value, limit };
        failed(instance, incarnation, failure("LIMIT_EXCEEDED", known));
      },
    });
    const watched = { incarnation, throttler, limits: descriptor.limits };
    this.#watched.set(instance, watched);
    return watched;
  }

  #takeLimits(known: Watched, record: ModuleRecord): void {
    const { descriptor } = record;
    if (known.limits === descriptor.limits) return;
    known.limits = descriptor.limits;
    this.#tellLimits(record, descriptor.limits);
  }

  #tellLimits({ instance }: ModuleRecord, limits: ResourceLimits): void {
    this.#use.lives.get(instance)?.running.limit?.(limits);
  }
}

/** As it is written in the configuration. */
const configKey = (what: LimitReading["what"]): string =>
  what === "memoryBytes" ? "memory" : what;
