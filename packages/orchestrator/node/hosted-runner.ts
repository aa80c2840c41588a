// hosted-runner.ts: modules in a worker host: threads of another process, itself a module of ours.
// What the modules say comes by the control socket; what their host says of them comes from the host.
import { randomBytes } from "node:crypto";
import { closeSync, openSync } from "node:fs";
import {
  CONTROL_ENV,
  type InstanceId,
  incarnationMark,
  type ModuleMessage,
  type ThreadName,
  type ThreadReport,
  type Usage,
} from "@skelly-jelly/contract";
import type { RunnerFact, RunningModule, StartRequest, Survivor } from "../ports/module-runner.ts";
import type { HostedRunner, HostedRunnerOptions } from "./hosted-options.ts";
import type { HostedThread } from "./hosted-threads.ts";
import type { ControlChannels } from "./process-options.ts";
import { refuseStart } from "./refused-start.ts";
import { ShouldBe } from "./should-be.ts";

/** `waiting`: its host is not there yet. `asked`: told to start. `living`: its host has said so. */
type Phase = "waiting" | "asked" | "living" | "ended";

type Life = {
  readonly thread: HostedThread;
  readonly request: StartRequest;
  readonly tell: (fact: RunnerFact) => void;
  readonly channel: ReturnType<ControlChannels["register"]>;
  readonly shouldBe: ShouldBe;
  phase: Phase;
  killed: boolean;
};

export type { HostedRunner, HostedRunnerOptions, WorkerHostLine } from "./hosted-options.ts";

export function createHostedRunner(options: HostedRunnerOptions): HostedRunner {
  return new Runner(options);
}

class Runner implements HostedRunner {
  readonly #use: HostedRunnerOptions;
  readonly #lives = new Map<InstanceId, Life>();
  #usage: ReadonlyMap<InstanceId, Usage> = new Map();
  /** What an earlier orchestrator kept; the file is written anew with the first that is adopted. */
  #found: readonly HostedThread[] = [];
  #hostIsUp = false;
  #onEmpty: (() => void) | null = null;

  constructor(options: HostedRunnerOptions) {
    this.#use = options;
    options.host.onMessage((message) => this.#heardHost(message));
    options.host.onDown(() => this.#hostDown());
  }

  start(request: StartRequest, tell: (fact: RunnerFact) => void): RunningModule {
    const { instance, incarnation, descriptor } = request;
    if (descriptor.run.kind !== "entry") {
      return refuseStart(descriptor.id, "a worker host runs entry files, nothing else", tell);
    }
    const token = randomBytes(16).toString("hex");
    const thread = { instance, incarnation, token, startedAtWallMs: Date.now() };
    try {
      const life = this.#begin(thread, request, tell, "waiting");
      if (this.#hostIsUp) queueMicrotask(() => this.#ask(life));
      return this.#handle(life);
    } catch (error) {
      return refuseStart(
        descriptor.id,
        error instanceof Error ? error.message : String(error),
        tell,
      );
    }
  }

  survivors(): readonly Survivor[] {
    this.#found = this.#use.threads?.load() ?? [];
    return this.#found.map(({ instance, incarnation, startedAtWallMs }) => ({
      instance,
      incarnation,
      pid: null,
      startedAtWallMs,
    }));
  }

  adopt(
    survivor: Survivor,
    request: StartRequest,
    tell: (fact: RunnerFact) => void,
  ): RunningModule {
    const thread = this.#found.find((each) => isSame(each, survivor));
    if (thread === undefined) throw new Error(`bug: '${survivor.instance}' is no survivor`);
    return this.#handle(this.#begin(thread, request, tell, "living"));
  }

  release(): void {}

  async close({ leaveRunning }: { readonly leaveRunning: boolean }): Promise<void> {
    const all = [...this.#lives.values()];
    if (leaveRunning) {
      for (const life of all) life.channel.close();
      return;
    }
    for (const life of all) this.#kill(life);
    // Whoever is left then goes with the host, which is ended after this.
    const late = setTimeout(() => this.#onEmpty?.(), CLOSE_MS);
    await new Promise<void>((resolve) => {
      this.#onEmpty = resolve;
      if (this.#lives.size === 0) resolve();
    });
    clearTimeout(late);
  }

  askUsage(): void {
    this.#use.host.tell({ type: "thread-usage-ask" });
  }

  usage(): ReadonlyMap<InstanceId, Usage> {
    return this.#usage;
  }

  #begin(
    thread: HostedThread,
    request: StartRequest,
    tell: (fact: RunnerFact) => void,
    phase: Phase,
  ): Life {
    const paths = this.#use.spoolPaths(thread.instance, thread.incarnation);
    for (const path of [paths.outPath, paths.errPath]) closeSync(openSync(path, "a", 0o600));
    const shouldBe = new ShouldBe(request);
    const channel = this.#use.channels.register({
      instance: thread.instance,
      incarnation: thread.incarnation,
      token: thread.token,
      onMessage: (message) => {
        // It may be quicker to speak than its host is to tell of it.
        this.#spawned(life);
        shouldBe.heard(message);
        if (message.type === "hello") channel.tell(shouldBe.welcome);
        tell({ kind: "said", message });
      },
      onLost: () => {
        if (life.phase !== "ended") tell({ kind: "channel-lost" });
      },
    });
    const life: Life = { thread, request, tell, channel, shouldBe, phase, killed: false };
    this.#lives.set(thread.instance, life);
    const { instance, incarnation } = thread;
    this.#use.spool?.attach({ instance, incarnation, ...paths, ...request.descriptor.logs });
    this.#keep();
    return life;
  }

  #handle(life: Life): RunningModule {
    return {
      tell: (message) => {
        if (life.phase === "ended") return false;
        life.shouldBe.told(message);
        return life.channel.tell(message);
      },
      // A thread has no signals; being asked to stop is what they mean.
      signal: (name) => {
        if (life.phase === "ended") return;
        life.channel.tell({ type: "stop", timeoutMs: SIGNAL_STOP_MS, reason: name });
      },
      kill: () => this.#kill(life),
      freeze: () => false,
    };
  }

  #ask(life: Life): void {
    const { instance, incarnation, token } = life.thread;
    const { descriptor } = life.request;
    if (life.phase === "ended" || descriptor.run.kind !== "entry") return;
    const asked = this.#use.host.tell({
      type: "thread-start",
      instance,
      incarnation,
      mode: this.#use.mode,
      entry: descriptor.run.file,
      env: {
        ...descriptor.env,
        ...this.#use.extraEnv?.(life.request),
        [CONTROL_ENV.socket]: this.#use.controlSocket,
        [CONTROL_ENV.token]: token,
        [CONTROL_ENV.incarnation]: incarnationMark(this.#use.system, instance, incarnation),
      },
      memoryBytes: descriptor.limits.memoryBytes ?? null,
      ...this.#use.spoolPaths(instance, incarnation),
    });
    if (asked) life.phase = "asked";
  }

  #kill(life: Life): void {
    if (life.phase === "ended") return;
    life.killed = true;
    const { instance, incarnation } = life.thread;
    // Without its host, nothing was begun; a host that is only out of touch is told when it is back.
    if (life.phase === "waiting") queueMicrotask(() => this.#end(life, {}));
    else this.#use.host.tell({ type: "thread-terminate", instance, incarnation });
  }

  #heardHost(message: ModuleMessage): void {
    if (!isReport(message)) return;
    if (message.type === "thread-list") return this.#hostUp(message.threads);
    if (message.type === "thread-usage") {
      this.#usage = new Map(
        message.threads.map(({ instance, cpuPercent }) => [
          instance,
          { cpuPercent, memoryBytes: null, fileHandles: null, threads: null },
        ]),
      );
      return;
    }
    const life = this.#lives.get(message.instance);
    if (life === undefined || !isSame(life.thread, message)) return;
    if (message.type === "thread-ended") {
      const { code, outOfMemory } = message;
      // Its own last words come by another line and may wait there in this very turn.
      setImmediate(() => this.#end(life, { code, outOfMemory }));
      return;
    }
    this.#spawned(life);
  }

  #spawned(life: Life): void {
    if (life.phase === "living" || life.phase === "ended") return;
    life.phase = "living";
    life.tell({ kind: "spawned", pid: null });
  }

  /** The host says hello, for the first time or again: what it lists is what lives. */
  #hostUp(listed: readonly ThreadName[]): void {
    this.#hostIsUp = true;
    for (const name of listed) {
      const life = this.#lives.get(name.instance);
      if (life !== undefined && isSame(life.thread, name) && !life.killed) continue;
      const { instance, incarnation } = name;
      this.#use.host.tell({ type: "thread-terminate", instance, incarnation });
    }
    for (const life of [...this.#lives.values()]) {
      if (listed.some((name) => isSame(name, life.thread))) continue;
      if (life.killed || life.phase === "living") this.#end(life, {});
      else this.#ask(life);
    }
  }

  #hostDown(): void {
    this.#hostIsUp = false;
    for (const life of [...this.#lives.values()]) {
      if (life.phase !== "waiting") this.#end(life, { hostDied: !life.killed });
    }
  }

  #end(
    life: Life,
    how: {
      readonly code?: number | null;
      readonly outOfMemory?: boolean;
      readonly hostDied?: boolean;
    },
  ): void {
    if (life.phase === "ended") return;
    life.phase = "ended";
    const { instance, incarnation } = life.thread;
    if (this.#lives.get(instance) === life) this.#lives.delete(instance);
    life.channel.close();
    this.#use.spool?.detach(instance, incarnation);
    this.#keep();
    life.tell({
      kind: "ended",
      code: life.killed ? null : (how.code ?? null),
      signal: life.killed ? "SIGKILL" : null,
      outOfMemory: how.outOfMemory ?? false,
      swept: 0,
      stuck: [],
      ...(how.hostDied === true && { hostDied: true }),
    });
    if (this.#lives.size === 0) this.#onEmpty?.();
  }

  #keep(): void {
    this.#use.threads?.save([...this.#lives.values()].map(({ thread }) => thread));
  }
}

const SIGNAL_STOP_MS = 30_000;
const CLOSE_MS = 2000;

const isSame = (one: ThreadName, other: ThreadName): boolean =>
  one.instance === other.instance && one.incarnation === other.incarnation;

const isReport = (message: ModuleMessage): message is ThreadReport =>
  message.type.startsWith("thread-");
