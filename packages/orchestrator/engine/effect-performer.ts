// effect-performer.ts: carries out what transitions ask for: an effect becomes a call of a port.
import { failure, type InstanceId } from "@skelly-jelly/contract";
import type { Effect } from "../model/effect.ts";
import type { ModuleInput, TimerName } from "../model/module-input.ts";
import type { ModuleRecord } from "../model/module-record.ts";
import { birthMark } from "../policy/config-impact.ts";
import type { RunnerFact } from "../ports/module-runner.ts";
import type { ControllerUse } from "./controller-use.ts";
import type { Timers } from "./timers.ts";

type Use = Pick<
  ControllerUse,
  "lives" | "journal" | "publisher" | "runners" | "configuration" | "health" | "restartSystem"
> & {
  readonly timers: Timers;
  readonly post: (instance: InstanceId, input: ModuleInput) => void;
  readonly fact: (instance: InstanceId, incarnation: number, fact: RunnerFact) => void;
};

export class EffectPerformer {
  readonly #use: Use;

  constructor(use: Use) {
    this.#use = use;
  }

  perform(record: ModuleRecord, effect: Effect): void {
    const { instance, incarnation } = record;
    const { lives, publisher } = this.#use;
    const running = lives.get(instance)?.running;
    switch (effect.kind) {
      case "spawn":
        return this.#spawn(record, effect.reset);
      case "ask-to-stop": {
        const { timeoutMs, reason } = effect;
        if (!lives.tell(instance, { type: "stop", timeoutMs, reason })) this.#signal(record);
        return;
      }
      case "signal-to-stop":
        return this.#signal(record);
      case "kill": {
        const waitedMs = record.descriptor.stop.timeoutMs;
        const { message } = failure("STOP_TIMEOUT", { module: instance, waitedMs });
        publisher.publish({ type: "note", module: instance, message });
        return running?.kill();
      }
      case "freeze":
        if (!lives.tell(instance, { type: effect.frozen ? "pause" : "resume" })) {
          running?.freeze(effect.frozen);
        }
        return;
      case "arm":
        return this.#arm(instance, incarnation, effect.timer, effect.ms);
      case "disarm":
        return this.#use.timers.disarm(`${instance}/${effect.timer}`);
      case "watch":
        return effect.on ? this.#use.health().watch(record) : this.#use.health().unwatch(instance);
      case "release":
        return this.#use.runners[record.descriptor.runner].release(instance);
      case "recovery-step": {
        const { kind: _, ...step } = effect;
        return publisher.publish({ type: "recovery-step", module: instance, incarnation, ...step });
      }
      case "set-level":
        return this.#setLevel(instance, effect.level);
      case "restart-system":
        return this.#use.restartSystem(effect.failure.message);
    }
  }

  #signal(record: ModuleRecord): void {
    this.#use.lives.get(record.instance)?.running.signal(record.descriptor.stop.signal);
  }

  #arm(instance: InstanceId, incarnation: number, timer: TimerName, ms: number): void {
    this.#use.timers.arm(`${instance}/${timer}`, ms, () =>
      this.#use.post(instance, { kind: "timer", timer, incarnation }),
    );
  }

  #spawn(record: ModuleRecord, reset: boolean): void {
    const { instance, incarnation, descriptor } = record;
    const { runners, journal, lives } = this.#use;
    // Intent before spawn: the next orchestrator must never reuse this number.
    journal.intend({ instance, incarnation });
    const welcome = { ...this.#use.configuration().welcome(record), ...(reset && { reset }) };
    const running = runners[descriptor.runner].start(
      { instance, incarnation, descriptor, welcome },
      (fact) => this.#use.fact(instance, incarnation, fact),
    );
    lives.begin({
      instance,
      incarnation,
      running,
      saidFailure: null,
      configVersion: welcome.configVersion,
    });
    const { config } = this.#use.configuration().get(descriptor.id);
    journal.remember(`born:${instance}`, { incarnation, mark: birthMark(descriptor, config) });
  }

  #setLevel(instance: InstanceId, level: string): void {
    const again = level === "full" ? " again" : "";
    const message = `'${instance}' is to offer its level '${level}'${again}`;
    this.#use.publisher.publish({ type: "note", module: instance, message });
    this.#use.lives.tell(instance, { type: "set-level", level });
  }
}
