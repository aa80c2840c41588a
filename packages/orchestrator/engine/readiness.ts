// readiness.ts: finds out when a starting life is ready, by whichever sign its descriptor names.
import type { InstanceId, Probe } from "@skelly-jelly/contract";
import type { ModuleRecord } from "../model/module-record.ts";
import type { Clock } from "../ports/clock.ts";
import type { LogWatch } from "../ports/log-watch.ts";
import type { Prober } from "../ports/prober.ts";
import { Timers } from "./timers.ts";

/** Questions come quickly at first: a program that is up in 20 ms should not wait a second. */
const FIRST_QUESTIONS_MS = [10, 20, 40, 80, 160, 320, 640] as const;
const STARTING_INTERVAL_MS = 1000;

type Use = {
  readonly clock: Clock;
  readonly prober: Prober;
  readonly logs: LogWatch;
  readonly isStarting: (instance: InstanceId, incarnation: number) => boolean;
  readonly ready: (instance: InstanceId, incarnation: number) => void;
};

export class Readiness {
  readonly #use: Use;
  readonly #timers: Timers;
  readonly #lines = new Map<InstanceId, () => void>();

  constructor(use: Use) {
    this.#use = use;
    this.#timers = new Timers(use.clock);
  }

  /** From its spawn on. Signs that the module gives by itself (`module`, `notify-fd`) just come. */
  watch(record: ModuleRecord): void {
    const { instance, incarnation, descriptor } = record;
    const { ready } = descriptor;
    if (ready === null) return this.#use.ready(instance, incarnation);
    if (ready.ask.kind === "log") {
      const pattern = new RegExp(ready.ask.pattern);
      const cancel = this.#use.logs.waitForLine(instance, incarnation, pattern, () =>
        this.#use.ready(instance, incarnation),
      );
      this.#lines.set(instance, cancel);
      return;
    }
    if (ready.ask.kind === "module" || ready.ask.kind === "notify-fd") return;
    this.#ask(record, ready, 0);
  }

  unwatch(instance: InstanceId): void {
    this.#timers.disarm(instance);
    this.#lines.get(instance)?.();
    this.#lines.delete(instance);
  }

  close(): void {
    this.#timers.disarmAll();
    for (const cancel of this.#lines.values()) cancel();
    this.#lines.clear();
  }

  #ask(record: ModuleRecord, probe: Probe, nth: number): void {
    const { instance, incarnation, descriptor } = record;
    const { ask } = probe;
    if (ask.kind !== "http" && ask.kind !== "tcp" && ask.kind !== "exec") return;
    void this.#use.prober.ask(ask, descriptor, probe.timeoutMs).then((answer) => {
      if (!this.#use.isStarting(instance, incarnation)) return;
      if (answer.ok) return this.#use.ready(instance, incarnation);
      const waitMs = Math.min(FIRST_QUESTIONS_MS[nth] ?? STARTING_INTERVAL_MS, probe.intervalMs);
      this.#timers.arm(instance, waitMs, () => {
        if (this.#use.isStarting(instance, incarnation)) this.#ask(record, probe, nth + 1);
      });
    });
  }
}
