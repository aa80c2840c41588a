// lifecycle-controller.ts: one input at a time: transition, journal, publish, perform; then plan again.
import { failure, type InstanceId } from "@skelly-jelly/contract";
import { giveUp } from "../model/life-endings.ts";
import type { Command, ModuleInput } from "../model/module-input.ts";
import type { ModuleRecord } from "../model/module-record.ts";
import { isAlive, pidOf } from "../model/module-state.ts";
import type { Step } from "../model/step.ts";
import { isAllDown, startOutcome } from "../model/system-state.ts";
import { transition } from "../model/transition.ts";
import { downDependency, plan } from "../policy/plan.ts";
import { stormLeftMs } from "../policy/storm.ts";
import type { RunnerFact } from "../ports/module-runner.ts";
import type { ControllerUse } from "./controller-use.ts";
import { EffectPerformer } from "./effect-performer.ts";
import { Timers } from "./timers.ts";

export type Queued = { readonly instance: InstanceId; readonly input: ModuleInput };

/** Guards against a plan that never comes to rest: a bug, and better named than endless. */
const PLANS_MAX = 10_000;

export class LifecycleController {
  readonly #use: ControllerUse;
  readonly #timers: Timers;
  readonly #performer: EffectPerformer;
  readonly #mailbox: Queued[] = [];
  #busy = false;
  #inStorm = false;

  constructor(use: ControllerUse) {
    this.#use = use;
    this.#timers = new Timers(use.clock);
    this.#performer = new EffectPerformer({
      ...use,
      timers: this.#timers,
      post: (instance, input) => this.post(instance, input),
      fact: (instance, incarnation, fact) => this.fact(instance, incarnation, fact),
    });
  }

  /** Accepts one input. Exits and commands always enter; order is kept. */
  post(instance: InstanceId, input: ModuleInput): void {
    this.#mailbox.push({ instance, input });
    this.#drain();
  }

  /** Several at once: nothing is planned before all of them are known. */
  postAll(inputs: readonly Queued[]): void {
    this.#mailbox.push(...inputs);
    this.#drain();
  }

  /** Something outside the mailbox changed what the plan depends on. */
  replan(): void {
    this.#drain();
  }

  close(): void {
    this.#timers.disarmAll();
  }

  get timers(): number {
    return this.#timers.size;
  }

  #drain(): void {
    if (this.#busy) return;
    this.#busy = true;
    try {
      for (let plans = 0; ; plans++) {
        for (let next = this.#mailbox.shift(); next !== undefined; next = this.#mailbox.shift()) {
          this.#take(next);
        }
        this.#phase();
        this.#storm();
        const { inputs, againInMs } = plan(this.#use.store.view);
        if (againInMs === null) this.#timers.disarm("plan");
        else this.#timers.arm("plan", againInMs, () => this.replan());
        if (inputs.length === 0 && this.#mailbox.length === 0) break;
        if (plans > PLANS_MAX) throw new Error(`bug: the plan never rests: ${describe(inputs)}`);
        this.#mailbox.push(...inputs);
      }
    } finally {
      this.#busy = false;
    }
    this.#use.settled();
  }

  /** Says when recovery waits because too much failed at once, and when it goes on. */
  #storm(): void {
    const { store, publisher } = this.#use;
    const { failuresMs, records, nowMs } = store.view;
    const isStorm = stormLeftMs(failuresMs, records.size, nowMs) > 0;
    if (isStorm === this.#inStorm) return;
    this.#inStorm = isStorm;
    const message = isStorm
      ? "too much failed at once: recovery waits until it is quiet, as the cause is mostly one"
      : "recovery goes on";
    publisher.publish({ type: "note", module: null, message });
  }

  #phase(): void {
    const { store, publisher, clock } = this.#use;
    if (store.phase.kind === "starting") {
      const outcome = startOutcome(store.view);
      if (outcome.kind === "up") store.phase = { kind: "up", sinceMs: clock.nowMs() };
      if (outcome.kind === "failed") {
        publisher.publish({ type: "note", module: null, message: outcome.failure.message });
        store.phase = { kind: "stopping", sinceMs: clock.nowMs(), failure: outcome.failure };
        for (const record of store.records.values()) this.#stop(record, outcome.failure.message);
      }
    }
    if (store.phase.kind === "stopping" && this.#mailbox.length === 0 && isAllDown(store.view)) {
      store.phase = { kind: "idle", sinceMs: clock.nowMs() };
    }
  }

  #stop(record: ModuleRecord, cause: string): void {
    // A failed module keeps its story: it is what the stop is about.
    if (record.state.kind === "failed" || record.state.kind === "completed") return;
    const input: Command = { kind: "stop", reason: { kind: "shutdown" }, cause };
    this.#mailbox.push({ instance: record.instance, input });
  }

  #take({ instance, input }: Queued): void {
    const { store } = this.#use;
    const record = store.get(instance);
    if (record === undefined || isStale(record, input)) return;
    const step = this.#step(record, input);
    store.set(step.record);
    if (record.state.kind !== step.record.state.kind) this.#moved(record, step.record, step.cause);
    for (const effect of step.effects) this.#performer.perform(step.record, effect);
    const lives = input.kind === "spawned" || (input.kind === "adopt" && input.pid !== null);
    if (lives && step.record.state.kind === "starting") {
      this.#use.readiness().watch(step.record);
    }
    if (input.kind === "ended" || input.kind === "spawn-failed") {
      this.#use.lives.end(instance, input.incarnation);
    }
  }

  /** A bug of ours costs one module its life, not the others their supervisor. */
  #step(record: ModuleRecord, input: ModuleInput): Step {
    try {
      return transition(record, input, this.#context(record));
    } catch (error) {
      if (this.#use.strict) throw error;
      const { instance } = record;
      const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
      this.#use.publisher.publish({ type: "note", module: instance, message });
      this.#use.lives.get(instance)?.running.kill();
      return giveUp(record, failure("OWN_BUG", { module: instance }), this.#use.clock.nowMs());
    }
  }

  #context(record: ModuleRecord) {
    const { store, recovery, clock } = this.#use;
    const view = store.view;
    const dependencyIncarnations: Record<string, number> = {};
    for (const { on } of record.descriptor.dependsOn) {
      for (const instance of store.instances(on)) {
        dependencyIncarnations[instance] = store.get(instance)?.incarnation ?? 0;
      }
    }
    return {
      nowMs: clock.nowMs(),
      recover: recovery.decide,
      downDependency: downDependency(record, view),
      dependencyIncarnations,
    };
  }

  #moved(from: ModuleRecord, to: ModuleRecord, cause: string): void {
    const { store, publisher, clock, readiness } = this.#use;
    publisher.publish({
      type: "module-state-changed",
      module: to.instance,
      incarnation: to.incarnation,
      from: from.state.kind,
      to: to.state.kind,
      cause,
      failure: to.state.kind === "running" ? null : to.failure,
      pid: pidOf(to.state) ?? pidOf(from.state),
    });
    if (from.state.kind === "starting") readiness().unwatch(to.instance);
    if (isFailure(from, to)) store.noteFailure();
    if (to.state.kind === "completed") {
      this.#use.journal.remember(`done:${to.instance}`, { incarnation: to.incarnation });
    }
    if (to.state.kind === "running" && from.state.kind === "starting") {
      store.lastReadyMs = clock.nowMs();
      this.#use.journal.remember(`life:${to.instance}`, { incarnation: to.incarnation });
    }
  }

  /** What a runner tells of one life. */
  fact(instance: InstanceId, incarnation: number, fact: RunnerFact): void {
    if (!this.#use.lives.is(instance, incarnation)) return;
    switch (fact.kind) {
      case "spawned":
        return this.post(instance, { kind: "spawned", incarnation, pid: fact.pid });
      case "spawn-failed":
        return this.post(instance, { kind: "spawn-failed", incarnation, failure: fact.failure });
      case "notified":
        return this.post(instance, { kind: "ready", incarnation });
      case "ended": {
        const said = this.#use.lives.get(instance)?.saidFailure ?? null;
        const { code, signal, outOfMemory, stuck, hostDied = false } = fact;
        const end = { code, signal, outOfMemory, stuck, hostDied, failure: said };
        return this.post(instance, { kind: "ended", incarnation, ...end });
      }
      case "said":
      case "channel-lost":
        return this.#use.said(instance, incarnation, fact);
    }
  }
}

/** A life failed by itself: nobody asked it to end, and it was not its host that died. */
const isFailure = (from: ModuleRecord, to: ModuleRecord): boolean =>
  isAlive(from.state) &&
  !isAlive(to.state) &&
  to.desired === "up" &&
  to.failure !== null &&
  to.failure !== from.failure &&
  to.failure.code !== "HOST_DIED";

/** A fact about another life, or about one that is over, says nothing about this one. */
function isStale(record: ModuleRecord, input: ModuleInput): boolean {
  if (!("incarnation" in input) || input.kind === "adopt") return false;
  if (input.incarnation !== record.incarnation) return true;
  if (record.lingers && input.kind === "ended") return false;
  if (input.kind === "timer") return input.timer !== "backoff" && !isAlive(record.state);
  return !isAlive(record.state);
}

const describe = (inputs: readonly Queued[]): string =>
  inputs.map(({ instance, input }) => `${input.kind} ${instance}`).join(", ");
