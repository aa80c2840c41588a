// simulated-life.ts: one incarnation made of glass: it starts, hangs, lies, crashes and dies as its quirk says.
import { failure, type InstanceId } from "@skelly-jelly/contract";
import type { RunnerFact, StartRequest } from "../../ports/module-runner.ts";
import type { Fleet } from "./fleet.ts";
import { ModuleTalk } from "./module-talk.ts";
import { chance, HOST, type Quirk } from "./story.ts";

/** How long a task that nothing is wrong with works. */
const TASK_TAKES_MS = 200;

const TASK_SLOW_MS = 40_000;

type End = Partial<Omit<Extract<RunnerFact, { kind: "ended" }>, "kind">>;

export class SimulatedLife {
  readonly instance: InstanceId;
  readonly incarnation: number;
  readonly #fleet: Fleet;
  readonly #quirk: Quirk;
  request: StartRequest;
  /** Null while no orchestrator is in charge. */
  listener: ((fact: RunnerFact) => void) | null;
  phase: "coming" | "living" | "ended" = "coming";
  pid: number | null = null;
  ready = false;
  frozen = false;
  /** It has been asked to stop, and it knows. */
  stopping = false;
  killed = false;
  /** The orchestrator has been told of these. */
  readonly told = { spawned: false, ready: false, ended: false };
  /** The orchestrator wants it gone: the first sign of that. */
  doomed = false;
  adoptions = 0;
  readonly talk: ModuleTalk;
  bornMs = 0;
  #stopWhenThawed = false;
  #end: Extract<RunnerFact, { kind: "ended" }> | null = null;

  constructor(fleet: Fleet, request: StartRequest, listener: (fact: RunnerFact) => void) {
    this.#fleet = fleet;
    this.request = request;
    this.listener = listener;
    this.instance = request.instance;
    this.incarnation = request.incarnation;
    this.#quirk = fleet.quirkOf(request.instance, request.incarnation);
    this.talk = new ModuleTalk(this, fleet, this.#quirk);
  }

  /** From the runner's call to the first instruction. */
  come(): void {
    const { spawnTakesMs = 0, spawnFails } = this.#quirk;
    const begin = (): void => {
      if (this.phase !== "coming") return;
      if (this.#waitsForHost()) return void this.#fleet.clock.after(100, begin);
      if (spawnFails !== undefined && !this.#fleet.calm) return this.#notBorn(spawnFails);
      this.#born();
    };
    this.#fleet.clock.after(spawnTakesMs, begin);
  }

  #waitsForHost(): boolean {
    if (this.request.descriptor.runner !== "worker") return false;
    return !this.#fleet.living(HOST).some(({ phase, ready }) => phase === "living" && ready);
  }

  #notBorn(how: "retry" | "not-found"): void {
    const module = this.instance;
    this.phase = "ended";
    this.#fleet.forget(this);
    this.tell({
      kind: "spawn-failed",
      failure:
        how === "retry"
          ? failure("SPAWN_FAILED", { module, reason: "EAGAIN" })
          : failure("COMMAND_NOT_FOUND", { module, command: `/app/${module}` }),
    });
  }

  #born(): void {
    const { clock } = this.#fleet;
    this.phase = "living";
    this.pid = this.#fleet.nextPid();
    this.bornMs = clock.nowMs();
    const { startFails, readyAfterMs = 1, endsAfterMs, exit = 1 } = this.#quirk;
    // Nothing waits for its readiness: it must be able to answer at once.
    const isReadyAtOnce = this.request.descriptor.ready === null;
    this.ready = isReadyAtOnce;
    if (this.adoptions === 0) this.tell({ kind: "spawned", pid: this.pid });
    if (startFails !== undefined && !this.#fleet.calm) {
      const retry = startFails === "retry";
      this.talk.say({ type: "start-failed", message: "no such table", retry });
      clock.after(1, () => this.end({ code: 1 }));
      return;
    }
    if (this.request.descriptor.task) {
      // A task has no time limit: one that would hang for ever only takes long.
      const takesMs = readyAfterMs === "never" ? TASK_SLOW_MS : TASK_TAKES_MS;
      return this.#finishLater(endsAfterMs ?? takesMs, exit);
    }
    if (!isReadyAtOnce && readyAfterMs !== "never") {
      clock.after(readyAfterMs, () => this.#arrive());
    }
    if (endsAfterMs !== undefined) {
      clock.after(endsAfterMs, () => {
        if (!this.#fleet.calm) this.end(endOf(exit));
      });
    }
  }

  #finishLater(afterMs: number, exit: NonNullable<Quirk["exit"]>): void {
    const odd = this.#quirk.endsAfterMs !== undefined;
    this.#fleet.clock.after(afterMs, () =>
      this.end(odd && !this.#fleet.calm ? endOf(exit) : { code: 0 }),
    );
  }

  #arrive(): void {
    if (this.phase !== "living" || this.stopping) return;
    this.ready = true;
    this.#sayReady();
  }

  /** Level-triggered: whoever comes to be in charge hears it again. */
  #sayReady(): void {
    const ask = this.request.descriptor.ready?.ask.kind;
    if (ask === "module") this.talk.say({ type: "ready" });
    if (ask === "notify-fd") this.tell({ kind: "notified" });
    if (ask === "log") this.#fleet.lineFrom(this);
  }

  adopted(request: StartRequest, listener: (fact: RunnerFact) => void): void {
    const { clock } = this.#fleet;
    this.request = request;
    this.listener = listener;
    this.adoptions += 1;
    this.doomed = false;
    this.told.ready = false;
    this.talk.greeted = false;
    const end = this.#end;
    if (end !== null) {
      clock.after(0, () => this.tell(end));
      return;
    }
    const here = this.adoptions;
    // It says hello when it finds the new one, and is told all that it should be.
    clock.after(chance(this.#fleet.story.seed, this.instance, here) * 300, () => {
      if (this.phase !== "living" || this.adoptions !== here) return;
      this.talk.greet(request.welcome);
      if (this.ready) this.#sayReady();
    });
  }

  stop(): void {
    if (this.phase === "coming")
      return void this.#fleet.clock.after(1, () => this.end({ code: 0 }));
    if (this.frozen) {
      this.#stopWhenThawed = true;
      return;
    }
    if (this.stopping) return;
    this.stopping = true;
    const { stopTakesMs = 1 } = this.#quirk;
    if (stopTakesMs === "never" && !this.#fleet.calm) return;
    const takesMs = stopTakesMs === "never" ? 1 : stopTakesMs;
    this.#fleet.clock.after(takesMs, () => this.end({ code: 0 }));
  }

  kill(): void {
    if (this.killed) return;
    this.killed = true;
    const takesMs = this.#fleet.calm ? 0 : (this.#quirk.killTakesMs ?? 0);
    this.#fleet.clock.after(takesMs, () => this.end({ signal: "SIGKILL" }));
  }

  freeze(frozen: boolean): void {
    this.frozen = frozen;
    if (frozen || !this.#stopWhenThawed) return;
    this.#stopWhenThawed = false;
    this.stop();
  }

  end(how: End): void {
    if (this.phase === "ended") return;
    this.phase = "ended";
    const stuck = this.#quirk.leavesStuck && !this.#fleet.calm ? [this.pid ?? 1] : [];
    const nothing = { code: null, signal: null, outOfMemory: false, swept: 0, stuck };
    this.#end = { kind: "ended", ...nothing, ...how };
    this.#fleet.ended(this, this.#end);
  }

  /** False when nobody is in charge of it. */
  tell(fact: RunnerFact): boolean {
    const { listener } = this;
    if (listener === null) return false;
    this.#fleet.watch.telling(this, fact);
    if (fact.kind === "spawned") this.told.spawned = true;
    if (fact.kind === "ended" || fact.kind === "spawn-failed") this.told.ended = true;
    listener(fact);
    return true;
  }
}

function endOf(exit: NonNullable<Quirk["exit"]>): End {
  if (typeof exit === "number") return { code: exit };
  if (exit === "out-of-memory") return { signal: "SIGKILL", outOfMemory: true };
  return { signal: exit };
}
