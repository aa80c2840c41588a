// simulated-life.ts: one incarnation made of glass: it starts, hangs, lies, crashes and dies as its quirk says.
import {
  failure,
  type HealthStatus,
  type InstanceId,
  type JsonObject,
  type ModuleMessage,
  type OrchestratorMessage,
} from "@skelly-jelly/contract";
import type { RunnerFact, StartRequest } from "../../ports/module-runner.ts";
import type { Fleet } from "./fleet.ts";
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
  readonly #name: string;
  request: StartRequest;
  /** Null while no orchestrator is in charge. */
  listener: ((fact: RunnerFact) => void) | null;
  phase: "coming" | "living" | "ended" = "coming";
  pid: number | null = null;
  ready = false;
  frozen = false;
  paused = false;
  level = "full";
  config: JsonObject;
  configVersion: number;
  /** It has been asked to stop, and it knows. */
  stopping = false;
  killed = false;
  /** The orchestrator has been told of these. */
  readonly told = { spawned: false, ready: false, ended: false };
  /** The orchestrator wants it gone: the first sign of that. */
  doomed = false;
  adoptions = 0;
  /** It has found the orchestrator that is in charge, and was told what it should be. */
  greeted = true;
  #bornMs = 0;
  #messages = 0;
  #stopWhenThawed = false;
  #end: Extract<RunnerFact, { kind: "ended" }> | null = null;

  constructor(fleet: Fleet, request: StartRequest, listener: (fact: RunnerFact) => void) {
    this.#fleet = fleet;
    this.request = request;
    this.listener = listener;
    this.instance = request.instance;
    this.incarnation = request.incarnation;
    this.#name = `${request.instance}/${request.incarnation}`;
    this.#quirk = fleet.quirkOf(request.instance, request.incarnation);
    this.config = request.welcome.config;
    this.configVersion = request.welcome.configVersion;
    this.level = request.welcome.level;
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
    this.#bornMs = clock.nowMs();
    const { startFails, readyAfterMs = 1, endsAfterMs, exit = 1 } = this.#quirk;
    // Nothing waits for its readiness: it must be able to answer at once.
    const isReadyAtOnce = this.request.descriptor.ready === null;
    this.ready = isReadyAtOnce;
    if (this.adoptions === 0) this.tell({ kind: "spawned", pid: this.pid });
    if (startFails !== undefined && !this.#fleet.calm) {
      const retry = startFails === "retry";
      this.say({ type: "start-failed", message: "no such table", retry });
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
    if (ask === "module") this.say({ type: "ready" });
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
    this.greeted = false;
    const end = this.#end;
    if (end !== null) {
      clock.after(0, () => this.tell(end));
      return;
    }
    const here = this.adoptions;
    // It says hello when it finds the new one, and is told all that it should be.
    clock.after(chance(this.#fleet.story.seed, this.#name, here) * 300, () => {
      if (this.phase !== "living" || this.adoptions !== here) return;
      this.greeted = true;
      if (this.#speaks()) this.#receive(request.welcome);
      if (this.ready) this.#sayReady();
    });
  }

  /** A message from the orchestrator; false when there is no channel. */
  hear(message: OrchestratorMessage): boolean {
    if (message.type === "stop") this.#fleet.watch.stopping(this, "asked");
    if (this.phase !== "living" || !this.greeted || !this.#speaks()) return false;
    this.#pass(() => this.#receive(message));
    return true;
  }

  say(message: ModuleMessage): void {
    if (this.phase !== "living" || !this.greeted || !this.#speaks()) return;
    const { listener } = this;
    // What was on its way when it ended still comes: nobody may take it for its successor's.
    this.#pass(() => {
      if (this.listener === listener) this.tell({ kind: "said", message });
    }, true);
  }

  /** Over the channel: it may be late, come twice, or not at all. */
  #pass(arrive: () => void, outlives = false): void {
    const { clock, story, calm } = this.#fleet;
    const { loses = 0, repeats = 0, delaysMs = 0 } = this.#quirk;
    const nth = ++this.#messages;
    const dice = chance(story.seed, this.#name, nth);
    if (!calm && dice < loses) return;
    const delayMs = calm ? 0 : Math.round(delaysMs * dice);
    const come = (): void => {
      if (outlives || this.phase === "living") arrive();
    };
    clock.after(delayMs, come);
    if (calm || dice < 1 - repeats) return;
    clock.after(delayMs * 2 + 1, come);
  }

  #receive(message: OrchestratorMessage): void {
    switch (message.type) {
      case "stop":
        return this.stop();
      case "check-health":
        return this.#answerCheck(message.check);
      case "configure":
        return this.#answerConfig(message);
      case "welcome":
        this.config = message.config;
        this.configVersion = message.configVersion;
        this.level = message.level;
        this.paused = message.paused;
        return;
      case "set-level":
        this.level = message.level;
        return this.say({ type: "level-answer", level: message.level, ok: true });
      case "pause":
      case "resume":
        this.paused = message.type === "pause";
        return this.say({ type: "pause-answer", paused: this.paused });
      case "reset":
        return this.say({ type: "reset-answer", ok: true });
      default:
        return;
    }
  }

  /** What is wrong with it now. */
  sickness(): "mute" | "late" | HealthStatus {
    const { health, healthFromMs = 0 } = this.#quirk;
    const { clock, calm, story } = this.#fleet;
    if (calm || health === undefined || clock.nowMs() - this.#bornMs < healthFromMs) {
      return "healthy";
    }
    if (health !== "flapping") return health;
    return chance(story.seed, this.#name, ++this.#messages) < 0.5 ? "unhealthy" : "healthy";
  }

  #answerCheck(check: number): void {
    const { liveness } = this.request.descriptor;
    const health = this.sickness();
    if (health === "mute") return;
    if (health === "late") {
      const lateMs = (liveness?.timeoutMs ?? 0) + 1;
      this.#fleet.clock.after(lateMs, () => this.#sayHealth(check, "healthy"));
      return;
    }
    this.#sayHealth(check, health);
  }

  #sayHealth(check: number | null, status: HealthStatus): void {
    this.say({ type: "health", check, status, issues: [], numbers: {} });
  }

  sayHealthUnasked(status: HealthStatus): void {
    this.#sayHealth(null, status);
  }

  #answerConfig(message: Extract<OrchestratorMessage, { type: "configure" }>): void {
    const { phase, version, config } = message;
    if (phase === "abort") return;
    const quirk = this.#fleet.calm ? undefined : this.#quirk.config;
    if (quirk === "mute") return;
    const answer = (outcome: "accepted" | "applied" | "refused" | "restart-needed"): void =>
      this.say({ type: "config-answer", version, phase, outcome });
    if (phase === "prepare") return answer(quirk === "refuses" ? "refused" : "accepted");
    if (quirk === "fails-commit") return answer("refused");
    if (quirk === "restart-needed") return answer("restart-needed");
    this.config = config;
    this.configVersion = version;
    answer("applied");
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

  #speaks(): boolean {
    const { kind } = this.request.descriptor.run;
    return kind === "entry" || kind === "definition";
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
