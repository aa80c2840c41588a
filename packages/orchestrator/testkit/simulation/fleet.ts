// fleet.ts: all simulated lives. They outlive the orchestrator, as processes do, and it adopts them again.
import type { InstanceId, OrchestratorMessage, RunnerKind } from "@skelly-jelly/contract";
import type { LogWatch } from "../../ports/log-watch.ts";
import type {
  ModuleRunner,
  RunnerFact,
  RunningModule,
  StartRequest,
  Survivor,
} from "../../ports/module-runner.ts";
import type { ProbeAnswer, Prober } from "../../ports/prober.ts";
import type { SimClock } from "../sim-clock.ts";
import type { Mortal } from "./mortal.ts";
import { instancesOf } from "./random-story.ts";
import { SimulatedLife } from "./simulated-life.ts";
import { chance, HOST, type Quirk, type Story } from "./story.ts";

/** Those who look on while lives come and go. */
export type FleetWatch = {
  readonly starting: (request: StartRequest, living: readonly SimulatedLife[]) => void;
  readonly adopting: (life: SimulatedLife) => void;
  /** The orchestrator does something to a life, the first time of its kind. */
  readonly stopping: (life: SimulatedLife, how: "asked" | "signalled" | "killed") => void;
  /** The orchestrator is told, right after this. */
  readonly telling: (life: SimulatedLife, fact: RunnerFact) => void;
};

export class Fleet {
  readonly clock: SimClock;
  readonly story: Story;
  readonly watch: FleetWatch;
  /** A promise was settled: its continuations are to run before the next step. */
  readonly promised: () => void;
  calm = false;
  /** Instances for which a runner keeps something between lives. */
  readonly held = new Set<InstanceId>();
  readonly #living = new Map<InstanceId, SimulatedLife[]>();
  /** Ended while no orchestrator listened: the next one is told. */
  readonly #untold = new Map<InstanceId, SimulatedLife>();
  readonly #lines = new Map<SimulatedLife, () => void>();
  #pids = 1000;

  constructor(clock: SimClock, story: Story, watch: FleetWatch, promised: () => void) {
    this.clock = clock;
    this.story = story;
    this.watch = watch;
    this.promised = promised;
  }

  living(instance: InstanceId): readonly SimulatedLife[] {
    return this.#living.get(instance) ?? [];
  }

  *all(): IterableIterator<SimulatedLife> {
    for (const lives of this.#living.values()) yield* lives;
  }

  get size(): number {
    let size = 0;
    for (const lives of this.#living.values()) size += lives.length;
    return size;
  }

  quirkOf(instance: InstanceId, incarnation: number): Quirk {
    if (this.calm) return {};
    const quirks = this.story.quirks[instance];
    return quirks?.[(incarnation - 1) % Math.max(1, quirks.length)] ?? {};
  }

  nextPid(): number {
    return ++this.#pids;
  }

  /** The runner of one kind as one orchestrator holds it. */
  runner(kind: RunnerKind, mortal: Mortal): ModuleRunner {
    const toIt =
      (tell: (fact: RunnerFact) => void): ((fact: RunnerFact) => void) =>
      (fact) => {
        if (!mortal.dead) tell(fact);
      };
    return {
      start: (request, tell) => {
        if (!mortal.touch()) return NOTHING_RUNS;
        return this.#start(request, toIt(tell), mortal);
      },
      survivors: () => this.#survivors(kind),
      adopt: (survivor, request, tell) => {
        if (!mortal.touch()) return NOTHING_RUNS;
        return this.#adopt(survivor, request, toIt(tell), mortal);
      },
      release: (instance) => {
        if (mortal.touch()) this.held.delete(instance);
      },
      close: () => Promise.resolve(),
    };
  }

  /** Nobody is in charge of them any more. */
  orphan(): void {
    for (const life of this.all()) life.listener = null;
    this.#lines.clear();
    // The next one's runner ends parents that have nothing to watch over.
    for (const instance of this.held) {
      if (this.living(instance).length === 0) this.held.delete(instance);
    }
  }

  prober(mortal: Mortal): Prober {
    return {
      ask: (_probe, { id, instances }, timeoutMs) =>
        new Promise((resolve) => {
          // A prober is asked for a module: any instance that is ready answers.
          const lives = instancesOf({ id, instances }).flatMap((one) => this.living(one));
          const life = lives.find(({ ready }) => ready) ?? lives[0];
          const answer = this.#probed(life, timeoutMs, instances > 1);
          this.clock.after(answer.tookMs, () => {
            if (mortal.dead) return;
            resolve(answer);
            this.promised();
          });
        }),
    };
  }

  logs(mortal: Mortal): LogWatch {
    return {
      waitForLine: (instance, incarnation, _pattern, onMatch) => {
        const life = this.living(instance).find((one) => one.incarnation === incarnation);
        if (life === undefined) return () => {};
        const call = (): void => {
          if (!mortal.dead) onMatch();
        };
        this.#lines.set(life, call);
        if (life.ready) this.clock.after(0, () => this.lineFrom(life));
        return () => void this.#lines.delete(life);
      },
    };
  }

  lineFrom(life: SimulatedLife): void {
    const call = this.#lines.get(life);
    this.#lines.delete(life);
    call?.();
  }

  /** It is over; whoever is in charge is told, else the next one. */
  ended(life: SimulatedLife, fact: Extract<RunnerFact, { kind: "ended" }>): void {
    const left = this.living(life.instance).filter((other) => other !== life);
    if (left.length > 0) this.#living.set(life.instance, left);
    else this.#living.delete(life.instance);
    // Who is told first that a host is dead, it or its workers, is anybody's guess.
    const workersFirst = chance(this.story.seed, HOST, life.incarnation) < 0.5;
    if (life.instance === HOST && workersFirst) this.#endHosted();
    if (!life.tell(fact)) this.#untold.set(life.instance, life);
    if (life.instance === HOST && !workersFirst) this.#endHosted();
  }

  #endHosted(): void {
    for (const life of [...this.all()]) {
      if (life.request.descriptor.runner === "worker") life.end({ hostDied: true });
    }
  }

  forget(life: SimulatedLife): void {
    const left = this.living(life.instance).filter((other) => other !== life);
    if (left.length > 0) this.#living.set(life.instance, left);
    else this.#living.delete(life.instance);
  }

  #start(request: StartRequest, tell: (fact: RunnerFact) => void, mortal: Mortal): RunningModule {
    const { instance } = request;
    const others = this.living(instance);
    this.watch.starting(request, others);
    this.held.add(instance);
    this.#untold.delete(instance);
    const life = new SimulatedLife(this, request, tell);
    this.#living.set(instance, [...others, life]);
    life.come();
    return this.#handle(life, mortal);
  }

  #survivors(kind: RunnerKind): readonly Survivor[] {
    const startedAtWallMs = this.clock.wallMs();
    return [...this.all(), ...this.#untold.values()]
      .filter(({ request }) => request.descriptor.runner === kind)
      .map(({ instance, incarnation, pid }) => ({ instance, incarnation, pid, startedAtWallMs }));
  }

  #adopt(
    { instance, incarnation }: Survivor,
    request: StartRequest,
    tell: (fact: RunnerFact) => void,
    mortal: Mortal,
  ): RunningModule {
    this.held.add(instance);
    const living = this.living(instance).find((one) => one.incarnation === incarnation);
    const life = living ?? this.#untold.get(instance);
    if (life === undefined) throw new Error(`bug: '${instance}' is no survivor`);
    this.#untold.delete(instance);
    this.watch.adopting(life);
    life.adopted(request, tell);
    return this.#handle(life, mortal);
  }

  #handle(life: SimulatedLife, mortal: Mortal): RunningModule {
    return {
      tell: (message: OrchestratorMessage) => mortal.touch() && life.talk.hear(message),
      signal: () => {
        if (!mortal.touch()) return;
        this.watch.stopping(life, "signalled");
        life.stop();
      },
      kill: () => {
        if (!mortal.touch()) return;
        this.watch.stopping(life, "killed");
        life.kill();
      },
      freeze: (frozen) => {
        if (mortal.touch()) life.freeze(frozen);
        return true;
      },
    };
  }

  #probed(life: SimulatedLife | undefined, timeoutMs: number, several: boolean): ProbeAnswer {
    const tookMs = 1;
    // One of several may be asked in another's place: no answer of theirs means much.
    if (life !== undefined && several) return { ok: true, tookMs };
    if (life === undefined || !life.ready) return { ok: false, tookMs, message: "refused" };
    const health = life.talk.sickness();
    if (health === "mute" || health === "late") {
      return { ok: false, tookMs: timeoutMs, message: `no answer within ${timeoutMs} ms` };
    }
    return health === "healthy" || health === "degraded"
      ? { ok: true, tookMs }
      : { ok: false, tookMs, message: "status 500" };
  }
}

const NOTHING_RUNS: RunningModule = {
  tell: () => false,
  signal() {},
  kill() {},
  freeze: () => false,
};
