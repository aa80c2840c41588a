// simulated-world.ts: the real core in a world made from a story; the invariants are checked after every step.
import type { InstanceId, ModuleId, RunnerKind, SystemDescriptor } from "@skelly-jelly/contract";
import { Orchestrator } from "../../engine/orchestrator.ts";
import { OrchestratorError } from "../../engine/orchestrator-error.ts";
import { seededRandom } from "../seeded-random.ts";
import { SimClock } from "../sim-clock.ts";
import { Disk } from "./brittle-journal.ts";
import { type Errand, errandLimitMs, fileAfter, runErrand, sameConfig } from "./errands.ts";
import { Fleet } from "./fleet.ts";
import { Ledger, type Violation } from "./ledger.ts";
import { Mortal } from "./mortal.ts";
import { atRest, restViolations } from "./rest.ts";
import { Rules } from "./rules.ts";
import type { SimulatedLife } from "./simulated-life.ts";
import type { Deed, Story } from "./story.ts";

/** The part of the core that the world drives: a test may put a broken one in its place. */
export type Core = new (...args: ConstructorParameters<typeof Orchestrator>) => Orchestrator;

export type Outcome = {
  readonly violation: Violation | null;
  readonly steps: number;
  readonly tale: readonly string[];
};

/** More steps than this at one instant of virtual time is a loop that never rests. */
const STEPS_AT_ONCE_MAX = 20_000;
/** How long a system must stay at rest before it is called so. */
const REST_MS = 100;
/** The last lines of what happened, for a failure's story. */
const TALE_MAX = 400;

export class SimulatedWorld {
  readonly clock = new SimClock();
  readonly disk = new Disk();
  readonly ledger: Ledger;
  readonly fleet: Fleet;
  readonly #story: Story;
  readonly #rules: Rules;
  readonly #core: Core;
  readonly #telling: boolean;
  readonly #tale: string[] = [];
  readonly #errands = new Set<Errand>();
  /** The system's file; an orchestrator that comes up reads it. */
  #file: SystemDescriptor;
  #mortal: Mortal;
  #orchestrator: Orchestrator;
  #promised = false;
  #births = 0;
  /** Changes of configuration or of modules that were asked for so far. */
  #changes = 0;
  #atThisInstant = 0;

  constructor(story: Story, options: { readonly core?: Core; readonly tell?: boolean } = {}) {
    this.#story = story;
    this.#core = options.core ?? Orchestrator;
    this.#telling = options.tell ?? false;
    this.#file = story.system;
    this.ledger = new Ledger(() => this.clock.nowMs());
    this.#rules = new Rules(this.ledger, this.disk);
    this.fleet = new Fleet(
      this.clock,
      story,
      {
        starting: (request, living) => {
          this.#say(() => `  spawn ${request.instance} life ${request.incarnation}`);
          this.ledger.describe(this.#orchestrator.descriptor);
          // A configuration that is taken or rolled back restarts what it must.
          if (this.#isChanging()) this.#rules.asked([request.instance]);
          this.#rules.starting(request, living, this.find);
        },
        adopting: (life) => {
          const seen = this.ledger.of(life.instance);
          seen.adopted = true;
          seen.excused = true;
          seen.incarnation = life.incarnation;
        },
        stopping: (life, how) => {
          this.#say(() => `  ${life.instance} life ${life.incarnation} is ${how} to stop`);
          this.#rules.stopping(life, how, this.find);
        },
        telling: (life, fact) => {
          this.#say(() => `  ${life.instance} life ${life.incarnation} tells ${describe(fact)}`);
          this.#rules.telling(life, fact);
        },
      },
      () => {
        this.#promised = true;
      },
    );
    this.#mortal = new Mortal(this.clock, () => {});
    this.#orchestrator = this.#born();
  }

  readonly find = (instance: InstanceId): SimulatedLife | undefined =>
    this.fleet.living(instance)[0];

  get orchestrator(): Orchestrator {
    return this.#orchestrator;
  }

  get isAlive(): boolean {
    return !this.#mortal.dead;
  }

  get armed(): number {
    return this.#mortal.armed;
  }

  get errands(): number {
    return this.#errands.size;
  }

  /** Plays the story to its end, or to the first invariant that does not hold. */
  async play(): Promise<Outcome> {
    for (const deed of this.#story.deeds) {
      this.clock.after(deed.atMs, () => this.#do(deed));
    }
    await this.#until(this.#story.faultsUntilMs, () => false);
    if (this.ledger.violation === null) await this.#calm();
    return {
      violation: this.ledger.violation,
      steps: this.ledger.step,
      tale: this.#tale,
    };
  }

  /** Faults cease: what is desired comes about, then everything that failed is mended, then all is stopped. */
  async #calm(): Promise<void> {
    this.#say(() => "faults cease");
    this.fleet.calm = true;
    this.disk.mend();
    this.#mortal.doom(Number.POSITIVE_INFINITY);
    if (!this.isAlive) this.#revive();
    await this.#toRest("after the faults had ceased");
    if (this.ledger.violation !== null) return;
    this.#say(() => "all that failed is recovered");
    this.#errand({ atMs: 0, do: "start-system" });
    for (const { id } of this.#orchestrator.descriptor.modules) {
      const failed = this.ledger.instances(id).some((on) => this.ledger.stateOf(on) === "failed");
      this.#errand({ atMs: 0, do: failed ? "recover" : "start", module: id });
    }
    await this.#toRest("after everything was recovered", true);
    if (this.ledger.violation !== null) return;
    this.#say(() => "the system is stopped");
    this.#errand({ atMs: 0, do: "stop-system", timeoutMs: 120_000 });
    await this.#toRest("after the stop");
    if (this.ledger.violation === null) this.#checkStopped();
  }

  async #toRest(when: string, allUp = false): Promise<void> {
    const limitMs = this.clock.nowMs() + this.#restLimitMs();
    let restsSinceMs: number | null = null;
    await this.#until(limitMs, () => {
      this.ledger.describe(this.#orchestrator.descriptor);
      if (this.#errands.size > 0 || !atRest(this)) {
        restsSinceMs = null;
        return false;
      }
      restsSinceMs ??= this.clock.nowMs();
      return this.clock.nowMs() - restsSinceMs >= REST_MS;
    });
    if (this.ledger.violation !== null) return;
    this.ledger.describe(this.#orchestrator.descriptor);
    for (const { invariant, message } of restViolations(this, allUp)) {
      this.ledger.violated(invariant, `${when}: ${message}`);
    }
  }

  /** All that may have to happen one after another, each at its slowest. */
  #restLimitMs(): number {
    const { modules, orchestrator } = this.#orchestrator.descriptor;
    let sumMs = orchestrator.startupTimeoutMs + orchestrator.shutdownTimeoutMs + 60_000;
    for (const { startupTimeoutMs, stop, ladder, liveness } of modules) {
      sumMs += 2 * (startupTimeoutMs + stop.timeoutMs + 5_000 + orchestrator.moduleStartDelayMs);
      for (const rung of ladder) {
        if ("backoffMaxMs" in rung) sumMs += rung.backoffMaxMs;
        if ("returnAfterMs" in rung) sumMs += rung.returnAfterMs;
      }
      if (liveness !== null) sumMs += 4 * (liveness.intervalMs + liveness.timeoutMs);
    }
    return sumMs;
  }

  #checkStopped(): void {
    const { ledger, fleet } = this;
    for (const life of fleet.all()) {
      ledger.violated(
        5,
        `the system has stopped, and ${life.instance} life ${life.incarnation} lives`,
      );
    }
    if (this.armed > 0) ledger.violated(5, `the system has stopped, and ${this.armed} timers wait`);
    for (const instance of fleet.held) {
      ledger.violated(
        5,
        `the system has stopped, and what was kept for '${instance}' is not released`,
      );
    }
  }

  async #until(untilMs: number, done: () => boolean): Promise<void> {
    const { clock, ledger } = this;
    await nextTurn();
    while (ledger.violation === null && !done()) {
      const beforeMs = clock.nowMs();
      try {
        if (!clock.step(untilMs)) break;
      } catch (error) {
        ledger.violated(0, `the core threw: ${error instanceof Error ? error.message : error}`);
        break;
      }
      ledger.step += 1;
      this.#atThisInstant = clock.nowMs() === beforeMs ? this.#atThisInstant + 1 : 0;
      if (this.#atThisInstant > STEPS_AT_ONCE_MAX) ledger.violated(8, "time stands still");
      if (this.#promised || this.#errands.size > 0 || this.#mayRestart()) {
        this.#promised = false;
        await nextTurn();
      }
      if (this.isAlive) this.#check();
    }
  }

  #isChanging(): boolean {
    for (const { changes } of this.#errands) if (changes) return true;
    return false;
  }

  /** A system restart is a walk of promises that nobody outside waits for. */
  #mayRestart(): boolean {
    const { status } = this.ledger;
    return status === "stopping" || status === "stopped" || status === "starting";
  }

  #check(): void {
    const { ledger, clock } = this;
    const nowMs = clock.nowMs();
    ledger.describe(this.#orchestrator.descriptor);
    for (const [instance, seen] of ledger.seen) {
      if (ledger.descriptor(instance) === undefined) {
        ledger.seen.delete(instance);
        continue;
      }
      const state = this.#orchestrator.getModuleState(instance)?.kind ?? "not-started";
      if (state !== seen.state) {
        ledger.violated(6, `'${instance}' is ${state}, but was last said to be ${seen.state}`);
      }
      if (nowMs > seen.deadlineMs + 1) {
        ledger.violated(3, `'${instance}' has been ${state} for ${nowMs - seen.sinceMs} ms`);
      }
      if (state === "failed" && seen.failureCode !== "NOT_GONE") this.#checkNotHidden(instance);
    }
    for (const errand of this.#errands) {
      if (nowMs > errand.deadlineMs) {
        ledger.violated(3, `nobody has answered '${errand.name}' yet, and it is past its limit`);
      }
    }
    for (const life of this.fleet.all()) this.#checkSeen(life);
  }

  /** Whoever lives is somebody's: a record says so. */
  #checkSeen(life: SimulatedLife): void {
    const seen = this.ledger.seen.get(life.instance);
    const alive =
      seen !== undefined &&
      (seen.state === "starting" ||
        seen.state === "running" ||
        seen.state === "paused" ||
        seen.state === "stopping" ||
        (seen.state === "failed" && seen.failureCode === "NOT_GONE"));
    if (alive && seen.incarnation === life.incarnation) return;
    if (life.adoptions === 0 && life.listener === null) return;
    if (life.killed) return;
    const { instance, incarnation } = life;
    const state = seen?.state ?? "no module";
    this.ledger.violated(5, `life ${incarnation} of '${instance}' lives, which is ${state}`);
  }

  #checkNotHidden(instance: InstanceId): void {
    const { status } = this.ledger;
    if (status === "critical" || status === "stopping" || status === "stopped") return;
    if (status === "starting") return;
    if (this.ledger.descriptor(instance)?.required !== true) return;
    this.ledger.violated(
      9,
      `'${instance}' is required and has failed, but the system is ${status}`,
    );
  }

  #do(deed: Deed): void {
    this.#say(() => JSON.stringify(deed, (key, value) => (key === "atMs" ? undefined : value)));
    switch (deed.do) {
      case "end": {
        const life = this.find(deed.instance);
        return life?.end(deed.code === null ? { signal: "SIGKILL" } : { code: deed.code });
      }
      case "complain": {
        const { severity } = deed;
        const message = "it hurts";
        return this.find(deed.instance)?.say({
          type: "error",
          severity,
          errorType: "crash",
          message,
        });
      }
      case "say-health":
        return this.find(deed.instance)?.sayHealthUnasked(deed.status);
      case "journal":
        return deed.works ? this.disk.mend() : this.disk.fail();
      case "jump-wall":
        return this.clock.jumpWall(deed.ms);
      case "die":
        if (!this.isAlive) return;
        this.clock.after(deed.backAfterMs, () => {
          if (!this.fleet.calm) this.#revive();
        });
        return this.#mortal.doom(deed.touches);
      default:
        return this.#errand(deed);
    }
  }

  #errand(deed: Deed): void {
    this.#file = fileAfter(deed, this.#file);
    if (!this.isAlive) return;
    const mortal = this.#mortal;
    this.#rules.asked(this.#concerned(deed));
    const nowMs = this.clock.nowMs();
    const changes = errandChanges(deed);
    const limitMs = Math.max(
      errandLimitMs(deed, this.#orchestrator.descriptor),
      errandLimitMs(deed, this.#file),
    );
    const waits = [...this.#errands].filter((other) => other.changes);
    const fromMs = changes ? Math.max(nowMs, ...waits.map(({ deadlineMs }) => deadlineMs)) : nowMs;
    const name = `${deed.do}${"module" in deed ? ` ${deed.module}` : ""}`;
    const errand: Errand = { name, deadlineMs: fromMs + limitMs, changes };
    if (changes) this.#changes += 1;
    const expected = this.#configExpected(deed, waits.length === 0);
    const answer = runErrand(deed, this.#orchestrator, this.#file);
    if (answer === null) return;
    if (!mortal.dead) this.#errands.add(errand);
    answer.then(
      () => {
        this.#errands.delete(errand);
        if (!mortal.dead) expected(true);
      },
      (error: unknown) => {
        this.#errands.delete(errand);
        if (!mortal.dead) expected(false);
        // A refusal is an answer; anything else is a bug of the core.
        if (isRefusal(error) || mortal.dead) return;
        const message = error instanceof Error ? error.message : String(error);
        this.ledger.violated(0, `'${name}' threw: ${message}`);
      },
    );
  }

  /** Those of whose attempts a user's word begins a new count. */
  #concerned(deed: Deed): Iterable<InstanceId> {
    const { ledger } = this;
    ledger.describe(this.#orchestrator.descriptor);
    const isOne = deed.do === "stop" || deed.do === "restart" || deed.do === "recover";
    return isOne ? ledger.instances(deed.module) : ledger.seen.keys();
  }

  /** What must be in force when a change was taken, and when it was refused: if it is the only one. */
  #configExpected(deed: Deed, alone: boolean): (taken: boolean) => void {
    if (deed.do !== "configure" || !alone || !this.#knows(deed.module)) return () => {};
    const orchestrator = this.#orchestrator;
    const before = orchestrator.config(deed.module).config;
    const change = this.#changes;
    return (taken) => {
      if (this.#changes !== change || !this.#knows(deed.module)) return;
      const { config } = orchestrator.config(deed.module);
      if (sameConfig(config, taken ? deed.config : before)) return;
      const what = taken ? "taken" : "refused";
      const message = `'${deed.module}': a change was ${what}, and ${JSON.stringify(config)} is in force`;
      this.ledger.violated(7, message);
    };
  }

  #knows(module: ModuleId): boolean {
    return this.#orchestrator.descriptor.modules.some(({ id }) => id === module);
  }

  #born(): Orchestrator {
    const { clock, fleet, disk, ledger } = this;
    const mortal = new Mortal(clock, () => this.#died());
    this.#mortal = mortal;
    this.#births += 1;
    this.#rules.reborn();
    ledger.reset();
    const runner = (kind: RunnerKind) => fleet.runner(kind, mortal);
    const orchestrator = new this.#core(this.#file, {
      clock: mortal.clock,
      random: seededRandom(this.#story.seed + this.#births),
      journal: disk.journal(mortal),
      runners: {
        process: runner("process"),
        worker: runner("worker"),
        "in-process": runner("in-process"),
      },
      prober: fleet.prober(mortal),
      resources: {
        read: () => new Map(),
        own: () => ({ rssBytes: 0, cpuPercent: null }),
        enforcement: () => "none",
      },
      logs: fleet.logs(mortal),
      reveal: (config) => config,
      pid: 1,
      version: "simulated",
      busAddress: () => "none",
    });
    orchestrator.onEvent((event) => {
      if (mortal.dead) return;
      this.#say(() => eventLine(event));
      ledger.describe(orchestrator.descriptor);
      this.#rules.event(event, this.find);
    });
    return orchestrator;
  }

  #died(): void {
    this.#say(() => "the orchestrator dies");
    this.#errands.clear();
    this.fleet.orphan();
  }

  #revive(): void {
    if (!this.#mortal.dead) {
      // It was doomed, but had no reason to touch the world since.
      this.#mortal.die();
    }
    this.#say(() => "an orchestrator comes up");
    this.#orchestrator = this.#born();
    this.#errand({ atMs: 0, do: "start-system" });
  }

  /** A line of the tale, if anybody wants to hear it. */
  #say(line: () => string): void {
    if (!this.#telling) return;
    this.#tale.push(`${this.clock.nowMs()} ms: ${line()}`);
    if (this.#tale.length > TALE_MAX) this.#tale.shift();
  }
}

/** By its shape: a test may run another copy of the core. */
const isRefusal = (error: unknown): boolean =>
  error instanceof Error && error.name === OrchestratorError.name;

const errandChanges = ({ do: what }: Deed): boolean =>
  what === "configure" ||
  what === "register" ||
  what === "add" ||
  what === "remove" ||
  what === "change";

/** All promises that are settled run their continuations before this resolves. */
const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function describe(fact: object & { readonly kind: string }): string {
  const { kind, ...rest } = fact;
  return `${kind} ${JSON.stringify(rest)}`;
}

function eventLine(event: { readonly type: string }): string {
  const { type, ...rest } = event as Record<string, unknown> & { type: string };
  const { seq: _, timeMs: __, ...known } = rest;
  return `${type} ${JSON.stringify(known)}`;
}
