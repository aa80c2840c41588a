// fake-runner.ts: modules that start, hang, crash, lie and leave things behind on cue.
import type {
  InstanceId,
  ModuleMessage,
  OrchestratorMessage,
  ResourceLimits,
} from "@skelly-jelly/contract";
import type {
  ModuleRunner,
  RunnerFact,
  RunningModule,
  StartRequest,
  Survivor,
} from "../ports/module-runner.ts";
import type { SimClock } from "./sim-clock.ts";

/** How a module behaves, life by life. Every field has a calm default. */
export type Behaviour = {
  /** From spawn to its `ready`; `never` for one that hangs. Only for modules that say so themselves. */
  readonly readyAfterMs?: number | "never";
  /** Ends by itself after so long. */
  readonly exitsAfterMs?: number;
  readonly exitCode?: number;
  readonly exitSignal?: string;
  /** Ignores a polite request to stop; only a kill ends it. */
  readonly ignoresStop?: boolean;
  readonly stopTakesMs?: number;
  /** `mute`: never answers. Otherwise what it answers. */
  readonly health?: "mute" | Omit<Extract<ModuleMessage, { type: "health" }>, "type" | "check">;
  readonly healthDelayMs?: number;
  /** What it answers to a proposed configuration. */
  readonly refusesConfig?: string;
  readonly failsCommit?: string;
  readonly needsRestartForConfig?: boolean;
  readonly spawnFails?: Extract<RunnerFact, { kind: "spawn-failed" }>["failure"];
  readonly startFails?: { readonly message: string; readonly retry: boolean };
  /** Says that it does not heed being asked to do less. */
  readonly deafToThrottle?: boolean;
  /** Can be neither squeezed nor paused, like a thread. */
  readonly unstoppable?: boolean;
  /** Has no control channel, like a program that knows nothing of us. */
  readonly silent?: boolean;
};

export type FakeLife = {
  readonly instance: InstanceId;
  readonly incarnation: number;
  readonly request: StartRequest;
  readonly startedMs: number;
  endedMs: number | null;
  readonly told: OrchestratorMessage[];
  readonly signals: string[];
  frozen: boolean;
  squeezed: boolean;
  /** Percent of a core that it is held to by pauses. */
  pace: number | null;
  /** Those it was given while it ran. */
  limits: ResourceLimits | null;
  say(message: ModuleMessage): void;
  end(code: number | null, signal?: string | null): void;
};

const WELL = { status: "healthy", issues: [], numbers: {} } as const;

export class FakeRunner implements ModuleRunner {
  readonly lives: FakeLife[] = [];
  readonly released: InstanceId[] = [];
  /** Invariant 1, kept by the runner itself: instances that ever had two living incarnations. */
  readonly doubles: InstanceId[] = [];
  readonly #clock: SimClock;
  readonly #behaviours = new Map<InstanceId, (incarnation: number) => Behaviour>();
  readonly #survivors: Survivor[] = [];
  #pids = 1000;

  constructor(clock: SimClock) {
    this.#clock = clock;
  }

  behave(instance: InstanceId, behaviour: Behaviour | ((incarnation: number) => Behaviour)): void {
    this.#behaviours.set(instance, typeof behaviour === "function" ? behaviour : () => behaviour);
  }

  /** The living incarnation, if there is one. */
  alive(instance: InstanceId): FakeLife | undefined {
    return this.lives.findLast((life) => life.instance === instance && life.endedMs === null);
  }

  living(): readonly InstanceId[] {
    return this.lives.filter(({ endedMs }) => endedMs === null).map(({ instance }) => instance);
  }

  start(request: StartRequest, tell: (fact: RunnerFact) => void): RunningModule {
    const { instance, incarnation } = request;
    if (this.alive(instance) !== undefined) this.doubles.push(instance);
    const behaviour = this.#behaviours.get(instance)?.(incarnation) ?? {};
    const life = this.#life(request, tell);
    this.#soon(0, () => this.#begin(life, behaviour, tell));
    return this.#handle(life, behaviour);
  }

  survivors(): readonly Survivor[] {
    return this.#survivors;
  }

  survive(survivor: Survivor): void {
    this.#survivors.push(survivor);
  }

  adopt(
    _survivor: Survivor,
    request: StartRequest,
    tell: (fact: RunnerFact) => void,
  ): RunningModule {
    const behaviour = this.#behaviours.get(request.instance)?.(request.incarnation) ?? {};
    return this.#handle(this.#life(request, tell), behaviour);
  }

  release(instance: InstanceId): void {
    this.released.push(instance);
  }

  async close(): Promise<void> {}

  #life(request: StartRequest, tell: (fact: RunnerFact) => void): FakeLife {
    const { instance, incarnation } = request;
    const life: FakeLife = {
      instance,
      incarnation,
      request,
      startedMs: this.#clock.nowMs(),
      endedMs: null,
      told: [],
      signals: [],
      frozen: false,
      squeezed: false,
      pace: null,
      limits: null,
      say: (message) => {
        if (life.endedMs === null) tell({ kind: "said", message });
      },
      end: (code, signal = null) => {
        if (life.endedMs !== null) return;
        life.endedMs = this.#clock.nowMs();
        tell({ kind: "ended", code, signal, outOfMemory: false, swept: 0, stuck: [] });
      },
    };
    this.lives.push(life);
    return life;
  }

  #begin(life: FakeLife, behaviour: Behaviour, tell: (fact: RunnerFact) => void): void {
    if (life.endedMs !== null) return;
    if (behaviour.spawnFails !== undefined) {
      life.endedMs = this.#clock.nowMs();
      return tell({ kind: "spawn-failed", failure: behaviour.spawnFails });
    }
    tell({ kind: "spawned", pid: ++this.#pids });
    if (behaviour.startFails !== undefined) {
      life.say({ type: "start-failed", ...behaviour.startFails });
      return life.end(1);
    }
    const { readyAfterMs = 0, exitsAfterMs, exitCode = 1, exitSignal } = behaviour;
    if (!behaviour.silent && readyAfterMs !== "never") {
      this.#soon(readyAfterMs, () => life.say({ type: "ready" }));
    }
    if (exitsAfterMs !== undefined) {
      this.#soon(exitsAfterMs, () =>
        exitSignal === undefined ? life.end(exitCode) : life.end(null, exitSignal),
      );
    }
  }

  #handle(life: FakeLife, behaviour: Behaviour): RunningModule {
    const stop = (): void => {
      if (!behaviour.ignoresStop) this.#soon(behaviour.stopTakesMs ?? 0, () => life.end(0));
    };
    return {
      tell: (message) => {
        if (life.endedMs !== null || behaviour.silent) return false;
        life.told.push(message);
        if (message.type === "stop") stop();
        else this.#answer(life, behaviour, message);
        return true;
      },
      signal: (name) => {
        life.signals.push(name);
        stop();
      },
      kill: () => this.#soon(0, () => life.end(null, "SIGKILL")),
      freeze: (frozen) => {
        life.frozen = frozen;
        return true;
      },
      squeeze: (on) => {
        if (!behaviour.unstoppable) life.squeezed = on;
        return !behaviour.unstoppable;
      },
      pace: (cpuPercent) => {
        if (!behaviour.unstoppable) life.pace = cpuPercent;
        return !behaviour.unstoppable;
      },
      limit: (limits) => {
        life.limits = limits;
        return true;
      },
    };
  }

  #answer(life: FakeLife, behaviour: Behaviour, message: OrchestratorMessage): void {
    if (message.type === "check-health") {
      const { health = WELL, healthDelayMs = 0 } = behaviour;
      if (health === "mute") return;
      const { check } = message;
      this.#soon(healthDelayMs, () => life.say({ type: "health", check, ...health }));
    }
    if (message.type === "configure" && message.phase !== "abort") {
      const { phase, version } = message;
      const refusal = phase === "prepare" ? behaviour.refusesConfig : behaviour.failsCommit;
      const good = phase === "prepare" ? "accepted" : "applied";
      const outcome =
        refusal !== undefined
          ? "refused"
          : phase === "commit" && behaviour.needsRestartForConfig
            ? "restart-needed"
            : good;
      const said = refusal === undefined ? {} : { message: refusal };
      this.#soon(0, () => life.say({ type: "config-answer", version, phase, outcome, ...said }));
    }
    if (message.type === "throttle") {
      const applied = behaviour.deafToThrottle !== true;
      this.#soon(0, () => life.say({ type: "throttle-answer", applied }));
    }
    if (message.type === "pause" || message.type === "resume") {
      life.frozen = message.type === "pause";
    }
  }

  #soon(ms: number, call: () => void): void {
    this.#clock.after(ms, call);
  }
}
