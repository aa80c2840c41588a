// simulated-world.ts: the real core in a world made from a story; the invariants are checked after every step.
import type { InstanceId, RunnerKind } from "@skelly-jelly/contract";
import { Orchestrator } from "../../engine/orchestrator.ts";
import { seededRandom } from "../seeded-random.ts";
import { SimClock } from "../sim-clock.ts";
import { Disk } from "./brittle-journal.ts";
import { ErrandDesk } from "./errand-desk.ts";
import { Fleet } from "./fleet.ts";
import { Ledger, type Violation } from "./ledger.ts";
import { Mortal } from "./mortal.ts";
import { atRest, restLimitMs, restViolations, stopViolations } from "./rest.ts";
import { Rules } from "./rules.ts";
import type { SimulatedLife } from "./simulated-life.ts";
import { checkStep } from "./step-check.ts";
import type { Deed, Story } from "./story.ts";
import { eventLine, factLine } from "./tale.ts";

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
  readonly #desk: ErrandDesk;
  #mortal: Mortal;
  #orchestrator: Orchestrator;
  #promised = false;
  #births = 0;
  #atThisInstant = 0;

  constructor(story: Story, options: { readonly core?: Core; readonly tell?: boolean } = {}) {
    this.#story = story;
    this.#core = options.core ?? Orchestrator;
    this.#telling = options.tell ?? false;
    this.ledger = new Ledger(() => this.clock.nowMs());
    this.#rules = new Rules(this.ledger, this.disk);
    this.#desk = new ErrandDesk(this.ledger, this.#rules, story.system);
    this.fleet = new Fleet(
      this.clock,
      story,
      {
        starting: (request, living) => {
          this.#say(() => `  spawn ${request.instance} life ${request.incarnation}`);
          this.ledger.describe(this.#orchestrator.descriptor);
          // A configuration that is taken or rolled back restarts what it must.
          if (this.#desk.isChanging) this.#rules.asked([request.instance]);
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
          this.#say(() => `  ${life.instance} life ${life.incarnation} tells ${factLine(fact)}`);
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

  get errands(): ErrandDesk {
    return this.#desk;
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
    // What said by itself that it was ill says by itself that it is well again.
    for (const life of this.fleet.all()) life.talk.sayHealthUnasked("healthy");
    this.disk.mend();
    this.#mortal.doom(Number.POSITIVE_INFINITY);
    if (!this.isAlive) this.#revive();
    // Whoever had said that it does poorly and is asked by nobody takes it back.
    for (const { id } of this.#orchestrator.descriptor.modules) {
      for (const instance of this.ledger.instances(id)) {
        this.#do({ atMs: 0, do: "say-health", instance, status: "healthy" });
      }
    }
    await this.#toRest("after the faults had ceased");
    if (this.ledger.violation !== null) return;
    this.#say(() => "all that failed is recovered");
    this.#ask({ atMs: 0, do: "start-system" });
    for (const { id } of this.#orchestrator.descriptor.modules) {
      const failed = this.ledger.instances(id).some((on) => this.ledger.stateOf(on) === "failed");
      this.#ask({ atMs: 0, do: failed ? "recover" : "start", module: id });
    }
    await this.#toRest("after everything was recovered", true);
    if (this.ledger.violation !== null) return;
    this.#say(() => "the system is stopped");
    this.#ask({ atMs: 0, do: "stop-system", timeoutMs: 120_000 });
    await this.#toRest("after the stop");
    if (this.ledger.violation === null) stopViolations(this);
  }

  async #toRest(when: string, allUp = false): Promise<void> {
    const limitMs = this.clock.nowMs() + restLimitMs(this.#orchestrator.descriptor);
    let restsSinceMs: number | null = null;
    await this.#until(limitMs, () => {
      this.ledger.describe(this.#orchestrator.descriptor);
      if (this.#desk.size > 0 || !atRest(this, allUp)) {
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
      if (this.#promised || this.#desk.size > 0 || this.#mayRestart()) {
        this.#promised = false;
        await nextTurn();
      }
      if (this.isAlive) checkStep(this);
    }
  }

  /** A system restart is a walk of promises that nobody outside waits for. */
  #mayRestart(): boolean {
    const { status } = this.ledger;
    return status === "stopping" || status === "stopped" || status === "starting";
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
        return this.find(deed.instance)?.talk.say({
          type: "error",
          severity,
          errorType: "crash",
          message,
        });
      }
      case "say-health":
        return this.find(deed.instance)?.talk.sayHealthUnasked(deed.status);
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
        return this.#ask(deed);
    }
  }

  #ask(deed: Deed): void {
    this.#desk.ask(deed, this.isAlive ? this.#orchestrator : null);
  }

  #born(): Orchestrator {
    const { clock, fleet, disk, ledger } = this;
    const mortal = new Mortal(clock, () => this.#died());
    this.#mortal = mortal;
    this.#births += 1;
    this.#rules.reborn();
    ledger.reset();
    const runner = (kind: RunnerKind) => fleet.runner(kind, mortal);
    const orchestrator = new this.#core(this.#desk.file, {
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
      strict: true,
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
    this.#desk.clear();
    this.fleet.orphan();
  }

  #revive(): void {
    if (!this.#mortal.dead) {
      // It was doomed, but had no reason to touch the world since.
      this.#mortal.die();
    }
    this.#say(() => "an orchestrator comes up");
    this.#orchestrator = this.#born();
    this.#ask({ atMs: 0, do: "start-system" });
  }

  /** A line of the tale, if anybody wants to hear it. */
  #say(line: () => string): void {
    if (!this.#telling) return;
    this.#tale.push(`${this.clock.nowMs()} ms: ${line()}`);
    if (this.#tale.length > TALE_MAX) this.#tale.shift();
  }
}

/** All promises that are settled run their continuations before this resolves. */
const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
