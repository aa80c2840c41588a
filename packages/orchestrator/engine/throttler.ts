// throttler.ts: carries one life up and down the throttle ladder: judges, asks, squeezes, pauses, gives up.
import type { Enforcement, ResourceLimits, Usage } from "@skelly-jelly/contract";
import {
  AT_EASE,
  below,
  climb,
  isTense,
  type Judged,
  judgeLimit,
  type LimitReading,
  type LimitStand,
  ladderFor,
  type News,
  NO_REINS,
  type Reins,
  type Rung,
  reinsFor,
} from "../policy/throttle.ts";
import type { RunningModule } from "../ports/module-runner.ts";

export type ThrottlerUse = {
  /** Its life; undefined when it is over. */
  readonly running: () => RunningModule | undefined;
  readonly publish: (reading: LimitReading, step: News | "acknowledged") => void;
  /** It is to be recovered. */
  readonly failed: (reading: LimitReading) => void;
};

/** `null`: not known now. */
export type LimitedUsage = Omit<LimitReading, "value"> & { readonly value: number | null };

type Held = { readonly stand: LimitStand; readonly reading: LimitReading };

/** Of one life; the next one begins at ease. */
export class Throttler {
  readonly #use: ThrottlerUse;
  readonly #held = new Map<Judged, Held>();
  readonly #unable = new Set<Rung["kind"]>();
  #reins: Reins = NO_REINS;
  #heeds: boolean | null = null;

  constructor(use: ThrottlerUse) {
    this.#use = use;
  }

  get isTense(): boolean {
    return [...this.#held.values()].some(({ stand }) => isTense(stand));
  }

  get reins(): Reins {
    return this.#reins;
  }

  /** Whether the module said that it obeys; `null` while it has not. */
  get heeds(): boolean | null {
    return this.#heeds;
  }

  /** One reading of everything that is limited; what could not be read stays as it was. */
  judge(readings: readonly LimitedUsage[], threshold: number): void {
    const limited = new Set(readings.map(({ what }) => what));
    // A limit that is gone holds nobody.
    for (const what of this.#held.keys()) if (!limited.has(what)) this.#held.delete(what);
    for (const reading of readings) {
      if (reading.value !== null) this.#judgeOne({ ...reading, value: reading.value }, threshold);
    }
    this.#apply();
  }

  answered(applied: boolean): void {
    this.#heeds = applied;
    for (const { stand, reading } of this.#held.values()) {
      if (stand.rung > 0 && applied) this.#use.publish(reading, "acknowledged");
    }
  }

  #judgeOne(reading: LimitReading, threshold: number): void {
    const before = this.#held.get(reading.what)?.stand ?? AT_EASE;
    const { stand, news } = judgeLimit(before, reading, threshold, this.#unable);
    this.#held.set(reading.what, { stand, reading });
    for (const step of news) {
      const rung = stand.rung > before.rung ? ladder(reading)[stand.rung - 1] : undefined;
      if (step !== rung?.kind) this.#use.publish(reading, step);
      else this.#stepUp(reading, rung);
    }
  }

  /** Tries the rung it has come to; where that cannot be, the next one. */
  #stepUp(reading: LimitReading, rung: Rung): void {
    if (rung.kind === "failure") {
      this.#use.publish(reading, "failure");
      return this.#use.failed(reading);
    }
    if (this.#apply()) return this.#use.publish(reading, rung.kind);
    this.#unable.add(rung.kind);
    const held = this.#held.get(reading.what);
    if (held === undefined) return;
    const stand = climb(held.stand, ladder(reading), this.#unable);
    const next = ladder(reading)[stand.rung - 1];
    if (stand === held.stand || next === undefined) {
      const rungBelow = below(held.stand.rung, ladder(reading), this.#unable);
      this.#held.set(reading.what, { stand: { ...stand, rung: rungBelow }, reading });
      return;
    }
    this.#held.set(reading.what, { stand, reading });
    this.#stepUp(reading, next);
  }

  /** Brings the module to what its stands ask for; false when a part of that cannot be. */
  #apply(): boolean {
    const held = [...this.#held.values()].map(({ stand, reading }) => ({ stand, ...reading }));
    const wanted = reinsFor(held, this.#unable);
    const had = this.#reins;
    const running = this.#use.running();
    this.#reins = wanted;
    if (running === undefined) return true;
    const same = (kind: Rung["kind"], ...parts: readonly (keyof Reins)[]): boolean =>
      this.#unable.has(kind) || parts.every((part) => wanted[part] === had[part]);
    const asked = same("ask", "frequencyFactor", "concurrencyMax") || this.#ask(running, wanted);
    const squeezed = same("squeeze", "squeezed") || (running.squeeze?.(wanted.squeezed) ?? false);
    const paced = same("pause", "paused") || (running.pace?.(this.#pace(wanted)) ?? false);
    return asked && squeezed && paced;
  }

  #ask(running: RunningModule, { frequencyFactor, concurrencyMax }: Reins): boolean {
    this.#heeds = null;
    return running.tell({ type: "throttle", frequencyFactor, concurrencyMax });
  }

  #pace({ paused }: Reins): number | null {
    return paused ? (this.#held.get("cpuPercent")?.reading.limit ?? null) : null;
  }
}

const ladder = ({ what, kept }: LimitReading): readonly Rung[] => ladderFor(what, kept);

/** Percent of time in which somebody on this machine had to wait for memory. */
const PRESSURE_LIMIT = 20;

/** Its usage against its limits, and the machine's need against what is optional. */
export function limitReadings(given: {
  readonly usage: Usage;
  readonly limits: ResourceLimits;
  readonly enforcedBy: Readonly<Partial<Record<keyof ResourceLimits, Enforcement>>>;
  readonly required: boolean;
  readonly memoryPressure: number | null;
}): readonly LimitedUsage[] {
  const { usage, limits, enforcedBy, required, memoryPressure } = given;
  const readings: LimitedUsage[] = [];
  for (const what of ["cpuPercent", "memoryBytes", "fileHandles", "threads"] as const) {
    const limit = limits[what];
    if (limit === undefined) continue;
    const kept = enforcedBy[what]?.startsWith("cgroup") === true;
    // The kernel counts a page once, resident memory for each process: shared ones would be over.
    const own = what === "memoryBytes" && kept ? (usage.privateBytes ?? null) : null;
    readings.push({ what, value: own ?? usage[what], limit, kept });
  }
  if (!required) {
    const what = "machineMemoryPressure";
    readings.push({ what, value: memoryPressure, limit: PRESSURE_LIMIT, kept: false });
  }
  return readings;
}
