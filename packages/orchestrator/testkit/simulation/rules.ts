// rules.ts: the invariants of the design, judged at each event, each start, each stop and after each step.
import type { InstanceId, LifecycleState, SystemEvent } from "@skelly-jelly/contract";
import type { RunnerFact, StartRequest } from "../../ports/module-runner.ts";
import type { Disk } from "./brittle-journal.ts";
import type { Ledger, Seen } from "./ledger.ts";
import type { SimulatedLife } from "./simulated-life.ts";
import { HOST } from "./story.ts";

/** What each state may be followed by; written down again here, so that the core cannot err unseen. */
const MAY_FOLLOW: Readonly<Record<LifecycleState, readonly LifecycleState[]>> = {
  "not-started": ["waiting", "stopped", "starting", "running", "completed"],
  waiting: ["starting", "stopped", "running"],
  starting: ["running", "stopping", "waiting", "backing-off", "failed", "completed", "stopped"],
  running: ["paused", "stopping", "waiting", "backing-off", "failed", "completed", "stopped"],
  paused: ["running", "stopping", "waiting", "backing-off", "failed", "completed", "stopped"],
  "backing-off": ["waiting", "stopped"],
  stopping: ["stopped", "waiting", "backing-off", "failed", "completed"],
  stopped: ["waiting", "starting", "running"],
  completed: ["waiting", "stopped", "starting", "running"],
  failed: ["waiting", "stopped", "starting", "running"],
};

/** After its kill, how long the core waits before it says that something is not gone. */
const KILL_WAIT_MS = 5000;
/** A recovery counts once it has held so long. */
const PROBATION_MS = 10_000;

export class Rules {
  readonly #ledger: Ledger;
  readonly #disk: Disk;
  #lastSeq = 0;
  /** The system has not been up since it was started: then `starting` means just that. */
  #inFirstStart = false;

  constructor(ledger: Ledger, disk: Disk) {
    this.#ledger = ledger;
    this.#disk = disk;
  }

  reborn(): void {
    this.#lastSeq = this.#disk.lastSeq;
  }

  event(event: SystemEvent, life: (instance: InstanceId) => SimulatedLife | undefined): void {
    const ledger = this.#ledger;
    if (event.seq !== this.#lastSeq + 1) {
      ledger.violated(6, `event ${event.seq} came after event ${this.#lastSeq}`);
    }
    this.#lastSeq = event.seq;
    if (this.#disk.works && this.#disk.lastSeq < event.seq) {
      ledger.violated(
        6,
        `event ${event.seq} (${event.type}) was published before it was journaled`,
      );
    }
    if (event.type === "module-state-changed") this.#moved(event, life(event.module));
    if (event.type === "module-health-changed") ledger.of(event.module).health = event.to;
    if (event.type === "recovery-step") this.#recovery(event);
    if (event.type === "system-status-changed") {
      ledger.status = event.to;
      this.#inFirstStart = event.from === "stopped" && event.to === "starting";
    }
    if (event.type === "note" && event.message.startsWith("system restart:")) {
      for (const seen of ledger.seen.values()) seen.excused = true;
    }
  }

  #moved(
    event: Extract<SystemEvent, { type: "module-state-changed" }>,
    life: SimulatedLife | undefined,
  ): void {
    const ledger = this.#ledger;
    const { module, from, to, cause, incarnation, failure } = event;
    const seen = ledger.of(module);
    const nowMs = ledger.nowMs();
    if (seen.state !== from) {
      ledger.violated(6, `'${module}' went from ${from} to ${to}, but it was ${seen.state}`);
    }
    if (!MAY_FOLLOW[from].includes(to)) {
      ledger.violated(6, `'${module}' went from ${from} to ${to}, which is no legal move`);
    }
    if (cause === "") ledger.violated(6, `'${module}' became ${to} without a cause`);
    seen.state = to;
    seen.sinceMs = nowMs;
    seen.cause = cause;
    seen.incarnation = incarnation;
    seen.failureCode = failure?.code ?? null;
    seen.deadlineMs = nowMs + this.#mostMs(module, to);
    if (to !== "running" && to !== "paused") seen.health = "unknown";
    if (to === "running") {
      if (from !== "paused") seen.runningMs = nowMs;
      if (from === "starting" && life?.ready === false && isKnowable(life)) {
        ledger.violated(2, `'${module}' is called running although it never was ready`);
      }
    }
    if (from === "running" && nowMs - seen.runningMs >= this.#stableMs(module)) seen.charged = [];
  }

  #stableMs(instance: InstanceId): number {
    return this.#ledger.descriptor(instance)?.stableAfterMs ?? Number.POSITIVE_INFINITY;
  }

  #mostMs(instance: InstanceId, state: LifecycleState): number {
    const descriptor = this.#ledger.descriptor(instance);
    if (descriptor === undefined) return Number.POSITIVE_INFINITY;
    if (state === "starting") return descriptor.startupTimeoutMs;
    if (state === "stopping") return descriptor.stop.timeoutMs + KILL_WAIT_MS;
    if (state !== "backing-off") return Number.POSITIVE_INFINITY;
    return Math.max(
      ...descriptor.ladder.map((rung) => ("backoffMaxMs" in rung ? rung.backoffMaxMs : 0)),
    );
  }

  #recovery(event: Extract<SystemEvent, { type: "recovery-step" }>): void {
    const ledger = this.#ledger;
    const { module, outcome, incarnation } = event;
    const seen = ledger.of(module);
    const nowMs = ledger.nowMs();
    if (outcome === "started") {
      if (seen.chargedFor === incarnation) {
        ledger.violated(4, `two recoveries of '${module}' for one failure (${event.strategy})`);
      }
      seen.chargedFor = incarnation;
      seen.charged.push(nowMs);
      seen.pending = true;
      seen.notBeforeMs = nowMs + event.delayMs;
      this.#countRestarts(module, seen);
    }
    if (outcome === "recovered") {
      const heldMs = nowMs - seen.runningMs;
      if ((seen.state !== "running" && seen.state !== "paused") || heldMs < PROBATION_MS) {
        ledger.violated(4, `'${module}' is called recovered while ${seen.state} for ${heldMs} ms`);
      }
      if (!seen.pending) ledger.violated(4, `'${module}' recovered from nothing`);
    }
    if (outcome !== "started") seen.pending = false;
  }

  #countRestarts(module: InstanceId, seen: Seen): void {
    const ladder = this.#ledger.descriptor(module)?.ladder ?? [];
    let allowed = 0;
    let windowMs = Number.POSITIVE_INFINITY;
    for (const rung of ladder) {
      if (!("attempts" in rung)) {
        allowed += 1;
        continue;
      }
      allowed += rung.attempts;
      windowMs = Math.min(windowMs, rung.windowMs);
    }
    const nowMs = this.#ledger.nowMs();
    const within = seen.charged.filter((atMs) => nowMs - atMs < windowMs).length;
    if (within > allowed) {
      this.#ledger.violated(
        4,
        `'${module}' was restarted ${within} times in ${windowMs} ms; its ladder allows ${allowed}`,
      );
    }
  }

  starting(request: StartRequest, others: readonly SimulatedLife[], find: LifeFinder): void {
    const ledger = this.#ledger;
    const { instance, incarnation, descriptor } = request;
    const seen = ledger.of(instance);
    for (const other of others) {
      ledger.violated(1, `'${instance}' was started although its life ${other.incarnation} lives`);
    }
    if (this.#disk.works && this.#disk.intents.get(instance) !== incarnation) {
      ledger.violated(6, `'${instance}' was started before its intent was journaled`);
    }
    if (seen.state !== "starting" || seen.incarnation !== incarnation) {
      ledger.violated(6, `'${instance}' was started while it is ${seen.state}`);
    }
    for (const edge of descriptor.dependsOn) {
      // A worker may be told first that its host is dead: its runner lets it wait for the next one.
      const isHosted = descriptor.runner === "worker" && edge.on === HOST;
      const hasSpawned = (on: InstanceId): boolean =>
        ledger.of(on).adopted || (find(on)?.told.spawned ?? isHosted);
      const met = ledger.holds(edge, hasSpawned);
      const gone =
        edge.condition !== "completed" &&
        !isHosted &&
        ledger
          .instances(edge.on)
          .some((on) => ledger.stateOf(on) !== "completed" && isGone(on, ledger, find));
      if (!met || gone) {
        ledger.violated(
          2,
          `'${instance}' was started although '${edge.on}' is not ${edge.condition}`,
        );
      }
    }
    if (seen.fell && !seen.excused && seen.chargedFor !== incarnation - 1) {
      ledger.violated(
        4,
        `'${instance}' was started again after a failure without an attempt charged`,
      );
    }
    if (!seen.excused && ledger.nowMs() < seen.notBeforeMs) {
      ledger.violated(4, `'${instance}' was started again before its back-off was over`);
    }
    this.#checkNumber(instance, incarnation);
    this.#checkSlots(instance);
    seen.fell = false;
    seen.excused = false;
    seen.notBeforeMs = 0;
    seen.adopted = false;
    seen.order = ++ledger.orders;
    seen.reliesOn = descriptor.dependsOn.map(({ on }) => on);
  }

  /** Each life has a number of its own, unless the disk that keeps them has failed. */
  #checkNumber(instance: InstanceId, incarnation: number): void {
    const { highest } = this.#ledger;
    const before = highest.get(instance) ?? 0;
    if (incarnation <= before && !this.#disk.hasFailed) {
      this.#ledger.violated(1, `'${instance}' was started as ${incarnation} after ${before}`);
    }
    highest.set(instance, Math.max(before, incarnation));
  }

  #checkSlots(instance: InstanceId): void {
    const { settings, status, seen } = this.#ledger;
    if (settings === null) return;
    let starting = 0;
    let first = 0;
    for (const { state, adopted, runningMs } of seen.values()) {
      if (state !== "starting" || adopted) continue;
      starting += 1;
      if (runningMs < 0) first += 1;
    }
    // Those that are started again need not wait for their turn once all have had one.
    const inOrder = !settings.parallelStartup && status === "starting" && this.#inFirstStart;
    const most = inOrder && first > 1 ? 1 : settings.startConcurrency;
    if (starting > most) {
      this.#ledger.violated(
        3,
        `'${instance}' is started as one of ${starting}; at most ${most} may`,
      );
    }
  }

  /** The first sign that the orchestrator wants this life gone. */
  stopping(life: SimulatedLife, how: "asked" | "signalled" | "killed", find: LifeFinder): void {
    if (life.doomed) return;
    life.doomed = true;
    const ledger = this.#ledger;
    const { instance, request } = life;
    const seen = ledger.of(instance);
    seen.excused = true;
    if (how === "killed" || seen.cause !== "the system stops") return;
    for (const dependent of ledger.dependents(request.descriptor.id)) {
      const other = find(dependent);
      // One that was killed and still is not gone holds nobody up.
      if (other === undefined || other.told.ended || other.killed) continue;
      ledger.violated(2, `'${instance}' is stopped before '${dependent}', which depends on it`);
    }
  }

  telling(life: SimulatedLife, fact: RunnerFact): void {
    if (fact.kind !== "ended" && fact.kind !== "spawn-failed") return;
    const seen = this.#ledger.of(life.instance);
    seen.fell = !life.doomed;
    if (fact.kind === "ended" && fact.hostDied === true) seen.excused = true;
    if (this.#ledger.mayLackDependency(life.request.descriptor)) seen.excused = true;
  }

  /** A user's word about a module, or about all. */
  asked(instances: Iterable<InstanceId>): void {
    for (const instance of instances) {
      const seen = this.#ledger.of(instance);
      seen.excused = true;
      seen.charged = [];
      seen.chargedFor = -1;
    }
  }
}

/** One that was adopted may be dead already: that is only just being told. */
const isGone = (on: InstanceId, ledger: Ledger, find: LifeFinder): boolean =>
  find(on)?.told.ended ?? !ledger.of(on).adopted;

/** A prober is asked for a module, not for one of its instances. */
const isKnowable = ({ request: { descriptor } }: SimulatedLife): boolean =>
  descriptor.ready !== null && (descriptor.instances === 1 || descriptor.ready.ask.kind !== "http");

export type LifeFinder = (instance: InstanceId) => SimulatedLife | undefined;
