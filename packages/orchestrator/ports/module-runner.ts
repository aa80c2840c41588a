// module-runner.ts: start, stop and signal one incarnation, wherever it runs.
import type {
  Failure,
  InstanceId,
  ModuleDescriptor,
  ModuleMessage,
  OrchestratorMessage,
  ResourceLimits,
} from "@skelly-jelly/contract";

/** What happens to one incarnation, told by its runner. Every fact names the incarnation. */
export type RunnerFact =
  /** The process (thread, function) exists. `pid` is the module's own, not its parent's. */
  | { readonly kind: "spawned"; readonly pid: number | null }
  /** It could not be started; nothing of it is left. */
  | { readonly kind: "spawn-failed"; readonly failure: Failure }
  /**
   * It ended and nothing of it is left, grandchildren included. Comes once, last.
   * `swept`: processes it had left behind and that were killed. `stuck`: those that could not be.
   */
  | {
      readonly kind: "ended";
      readonly code: number | null;
      readonly signal: string | null;
      /** True when the kernel killed it for memory. */
      readonly outOfMemory: boolean;
      readonly swept: number;
      readonly stuck: readonly number[];
      /** Its worker host died: a failure of the host, not of the module. */
      readonly hostDied?: boolean;
    }
  /** Its startup probe that only the runner can see: a matching log line, a newline on its notify fd. */
  | { readonly kind: "notified" }
  /** It said something on its control channel. */
  | { readonly kind: "said"; readonly message: ModuleMessage }
  /** Its control channel closed although it lives. */
  | { readonly kind: "channel-lost" };

export type StartRequest = {
  readonly instance: InstanceId;
  readonly incarnation: number;
  readonly descriptor: ModuleDescriptor;
  /** What a module that says hello is told. */
  readonly welcome: Extract<OrchestratorMessage, { type: "welcome" }>;
};

/** One incarnation. All calls are safe after it has ended: they do nothing. */
export interface RunningModule {
  /** False when it has no control channel (now); the message is then not delivered. */
  tell(message: OrchestratorMessage): boolean;
  /** Sends the stop signal to the main process (to the whole group for shell commands). */
  signal(name: string): void;
  /** SIGKILL to everything of it. */
  kill(): void;
  /** Freezes or thaws everything of it; false when this runner cannot. */
  freeze(frozen: boolean): boolean;
  /** Lower priority, or the usual one again; false (or not there) when this runner cannot. */
  squeeze?(on: boolean): boolean;
  /** Holds it to so much of a core by pauses, until it is `null`; false when this runner cannot. */
  pace?(cpuPercent: number | null): boolean;
  /** Other limits than it was started with; false when nothing can keep them. */
  limit?(limits: ResourceLimits): boolean;
}

export type Survivor = {
  readonly instance: InstanceId;
  readonly incarnation: number;
  readonly pid: number | null;
  readonly startedAtWallMs: number;
};

export interface ModuleRunner {
  /** Returns at once; what follows comes as facts, never before this returns. */
  start(request: StartRequest, tell: (fact: RunnerFact) => void): RunningModule;
  /** What an earlier orchestrator left running. Called once, before the first start. */
  survivors(): readonly Survivor[];
  /** Takes charge of a survivor. Facts follow as for `start` (no `spawned`). */
  adopt(survivor: Survivor, request: StartRequest, tell: (fact: RunnerFact) => void): RunningModule;
  /** Ends what it keeps for a module that will not start again (its parent process, its cgroup). */
  release(instance: InstanceId): void;
  /** Lets go of everything. With `leaveRunning` the modules live on. */
  close(options: { readonly leaveRunning: boolean }): Promise<void>;
}
