// health-monitor.ts: asks every running life how it does, on schedule and spread out, and judges the answers.
import {
  type Failure,
  failure,
  type InstanceId,
  type ModuleMessage,
  type Probe,
} from "@skelly-jelly/contract";
import type { Health } from "../model/health.ts";
import type { ModuleRecord } from "../model/module-record.ts";
import { type CheckAnswer, judgeHealth } from "../policy/health-verdict.ts";
import type { Clock } from "../ports/clock.ts";
import type { Prober } from "../ports/prober.ts";
import type { EventPublisher } from "./event-publisher.ts";
import type { Lives } from "./lives.ts";
import type { SystemStore } from "./system-store.ts";
import { Timers } from "./timers.ts";

/** How long, and how often, a module whose control channel is not open yet is tried again. */
const CHANNEL_WAIT_MS = 5000;
const CHANNEL_RETRY_MS = 250;

type Use = {
  readonly store: SystemStore;
  readonly lives: Lives;
  readonly clock: Clock;
  readonly prober: Prober;
  readonly publisher: EventPublisher;
  /** A life is to be recovered. */
  readonly ailing: (instance: InstanceId, incarnation: number, why: Failure) => void;
  /** Something that others may wait for has changed. */
  readonly changed: () => void;
  /** It is held by pauses: not asked, and what it does not answer says nothing. */
  readonly isPausing: (instance: InstanceId) => boolean;
  /** An answer was judged. */
  readonly checked: () => void;
};

/** One check under way: only its own answer, within its time, counts. */
type Asking = { readonly check: number; readonly incarnation: number };

type Missed = { readonly check: number; readonly askedMs: number; readonly tookMs: number | null };

export class HealthMonitor {
  readonly #use: Use;
  readonly #timers: Timers;
  readonly #asking = new Map<string, Asking>();
  /** Failures in a row of the readiness probe, by instance. */
  readonly #unready = new Map<InstanceId, number>();
  /** The last check that was not answered in time, and how late an answer came after all. */
  readonly #missed = new Map<InstanceId, Missed>();
  #checks = 0;

  constructor(use: Use) {
    this.#use = use;
    this.#timers = new Timers(use.clock);
  }

  /** From readiness on. The first question comes at once, later ones at a phase of the module's own. */
  watch(record: ModuleRecord): void {
    const { instance, incarnation, descriptor } = record;
    this.unwatch(instance);
    const { liveness, ready } = descriptor;
    if (liveness !== null) this.#ask(instance, incarnation, liveness, "liveness", true);
    const outside =
      ready?.ask.kind === "http" || ready?.ask.kind === "tcp" || ready?.ask.kind === "exec";
    if (ready !== null && outside) this.#later(instance, incarnation, ready, "readiness", true);
    if (liveness === null && outside) this.#record(instance, incarnation, { ok: true }, ready);
  }

  unwatch(instance: InstanceId): void {
    for (const purpose of ["liveness", "readiness"]) {
      this.#timers.disarm(`${instance}/${purpose}`);
      this.#timers.disarm(`${instance}/${purpose}/timeout`);
      this.#asking.delete(`${instance}/${purpose}`);
    }
    this.#unready.delete(instance);
    this.#missed.delete(instance);
  }

  /** The module's own answer to a check, or its unasked word. */
  heard(
    instance: InstanceId,
    incarnation: number,
    message: Extract<ModuleMessage, { type: "health" }>,
  ): void {
    const key = `${instance}/liveness`;
    const asking = this.#asking.get(key);
    const record = this.#use.store.get(instance);
    if (record === undefined || record.incarnation !== incarnation) return;
    if (message.check !== null) {
      if (asking?.check !== message.check || asking.incarnation !== incarnation) {
        return this.#heardLate(instance, message.check);
      }
      this.#asking.delete(key);
      this.#timers.disarm(`${key}/timeout`);
    } else if (record.state.kind !== "running") return;
    const { status, issues, numbers } = message;
    const said = status === "unknown" ? {} : { status };
    this.#record(
      instance,
      incarnation,
      { ok: true, ...said, issues, numbers },
      record.descriptor.liveness,
    );
  }

  /** It says nothing about how it does now; only that it is slow, and not deaf. */
  #heardLate(instance: InstanceId, check: number): void {
    const missed = this.#missed.get(instance);
    if (missed?.check !== check) return;
    const tookMs = this.#use.clock.nowMs() - missed.askedMs;
    this.#missed.set(instance, { ...missed, tookMs });
  }

  close(): void {
    this.#timers.disarmAll();
    this.#asking.clear();
  }

  #ask(
    instance: InstanceId,
    incarnation: number,
    probe: Probe,
    purpose: Purpose,
    first = false,
  ): void {
    const record = this.#use.store.get(instance);
    if (record?.incarnation !== incarnation || record.state.kind !== "running") return;
    this.#later(instance, incarnation, probe, purpose, first);
    const key = `${instance}/${purpose}`;
    if (this.#asking.has(key) || this.#use.isPausing(instance)) return;
    const check = ++this.#checks;
    this.#asking.set(key, { check, incarnation });
    const { ask } = probe;
    if (ask.kind === "module") {
      // An adopted module needs a moment to find its way home: its first question waits for it.
      const patienceMs = first ? CHANNEL_WAIT_MS : 0;
      return this.#askModule(instance, incarnation, probe, check, patienceMs);
    }
    if (ask.kind === "log" || ask.kind === "notify-fd") return;
    void this.#use.prober.ask(ask, record.descriptor, probe.timeoutMs).then((answer) => {
      if (this.#asking.get(key)?.check !== check) return;
      this.#asking.delete(key);
      if (!answer.ok && this.#use.isPausing(instance)) return;
      this.#answered(instance, incarnation, probe, purpose, answer);
    });
  }

  #askModule(
    instance: InstanceId,
    incarnation: number,
    probe: Probe,
    check: number,
    patienceMs: number,
  ): void {
    const key = `${instance}/liveness`;
    const askedMs = this.#use.clock.nowMs();
    const missed = (message: string): void => {
      this.#asking.delete(key);
      const { tookMs = null } = this.#missed.get(instance) ?? {};
      this.#missed.set(instance, { check, askedMs, tookMs });
      if (this.#use.isPausing(instance)) return;
      this.#record(instance, incarnation, { ok: false, message }, probe);
    };
    if (this.#use.lives.tell(instance, { type: "check-health", check })) {
      this.#timers.arm(`${key}/timeout`, probe.timeoutMs, () =>
        missed(`no answer within ${probe.timeoutMs} ms`),
      );
    } else if (patienceMs <= 0) missed("it has no open control channel");
    else {
      this.#timers.arm(`${key}/timeout`, CHANNEL_RETRY_MS, () =>
        this.#askModule(instance, incarnation, probe, check, patienceMs - CHANNEL_RETRY_MS),
      );
    }
  }

  #answered(
    instance: InstanceId,
    incarnation: number,
    probe: Probe,
    purpose: Purpose,
    answer: CheckAnswer & { readonly tookMs: number },
  ): void {
    if (purpose === "readiness") return this.#readiness(instance, incarnation, probe, answer);
    const numbers = { responseTimeMs: Math.round(answer.tookMs * 100) / 100 };
    this.#record(instance, incarnation, answer.ok ? { ...answer, numbers } : answer, probe);
  }

  /** Out of its dependents' conditions while it fails; never a reason to restart it. */
  #readiness(instance: InstanceId, incarnation: number, probe: Probe, answer: CheckAnswer): void {
    const record = this.#use.store.get(instance);
    if (record?.incarnation !== incarnation || record.state.kind !== "running") return;
    const misses = answer.ok ? 0 : (this.#unready.get(instance) ?? 0) + 1;
    this.#unready.set(instance, misses);
    const ready = answer.ok || (record.health.ready && misses < probe.threshold);
    if (answer.ok && record.descriptor.liveness === null) {
      return this.#record(instance, incarnation, answer, probe);
    }
    if (ready === record.health.ready) return;
    const issues = answer.ok ? [] : [{ severity: "high", message: answer.message } as const];
    this.#store(record, { ...record.health, ready, issues });
  }

  #later(
    instance: InstanceId,
    incarnation: number,
    probe: Probe,
    purpose: Purpose,
    first: boolean,
  ): void {
    const spread = first ? 0.5 + phaseOf(instance) / 2 : 1;
    this.#timers.arm(`${instance}/${purpose}`, probe.intervalMs * spread, () =>
      this.#ask(instance, incarnation, probe, purpose),
    );
  }

  #record(
    instance: InstanceId,
    incarnation: number,
    answer: CheckAnswer,
    probe: Probe | null,
  ): void {
    const { store, clock, ailing } = this.#use;
    const record = store.get(instance);
    if (record?.incarnation !== incarnation || record.state.kind !== "running") return;
    const rules = {
      threshold: probe?.threshold ?? 1,
      successThreshold: probe?.successThreshold ?? 1,
      limits: record.descriptor.healthLimits,
    };
    const judged = judgeHealth(record.health, answer, rules, clock.nowMs());
    const health = answer.ok ? { ...judged, ready: true } : judged;
    if (answer.ok) this.#missed.delete(instance);
    this.#store(record, health);
    if (health.misses < rules.threshold) return;
    ailing(instance, incarnation, this.#failureOf(record, health, answer, probe));
  }

  /** Deaf, slow or unwell: three different things to do about it. */
  #failureOf(
    { instance }: ModuleRecord,
    { misses, issues }: Health,
    answer: CheckAnswer,
    probe: Probe | null,
  ): Failure {
    const missed = this.#missed.get(instance);
    if (!answer.ok && probe?.ask.kind === "module" && missed !== undefined) {
      const { timeoutMs } = probe;
      const { tookMs } = missed;
      const known = { module: instance, misses, timeoutMs };
      return tookMs === null ? failure("DEAF", known) : failure("TOO_SLOW", { ...known, tookMs });
    }
    const message = issues[0]?.message ?? "it says that it is unhealthy";
    return failure("UNHEALTHY", { module: instance, misses, message });
  }

  #store(record: ModuleRecord, health: Health): void {
    const { store, publisher, changed, checked } = this.#use;
    store.set({ ...record, health });
    const before = record.health;
    if (before.status !== health.status) {
      publisher.publish({
        type: "module-health-changed",
        module: record.instance,
        incarnation: record.incarnation,
        from: before.status,
        to: health.status,
        issues: health.issues,
      });
    }
    const firstWord = before.misses === 0 && health.misses > 0;
    if (before.status !== health.status || before.ready !== health.ready || firstWord) changed();
    checked();
  }
}

type Purpose = "liveness" | "readiness";

/** 0..1 from the name, so that checks of many modules do not come in a burst. */
function phaseOf(instance: InstanceId): number {
  let hash = 2166136261;
  for (let at = 0; at < instance.length; at++) {
    hash = Math.imul(hash ^ instance.charCodeAt(at), 16777619);
  }
  return (hash >>> 0) / 2 ** 32;
}
