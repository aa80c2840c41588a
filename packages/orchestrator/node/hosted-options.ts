// hosted-options.ts: what the composition root gives the runner of hosted modules, and what it gets.
import type { InstanceId, ModuleMessage, OrchestratorMessage, Usage } from "@skelly-jelly/contract";
import type { ModuleRunner, StartRequest } from "../ports/module-runner.ts";
import type { HostedThreads } from "./hosted-threads.ts";
import type { ControlChannels, OutputSpool } from "./process-options.ts";

/** The line to the worker host. The host is supervised elsewhere. */
export type WorkerHostLine = {
  /** False when the host is not connected now. */
  tell(message: OrchestratorMessage): boolean;
  onMessage(call: (message: ModuleMessage) => void): void;
  /** The host's process has ended, and all its threads with it. */
  onDown(call: () => void): void;
};

export type HostedRunnerOptions = {
  readonly system: string;
  readonly mode: "worker" | "main-thread";
  readonly host: WorkerHostLine;
  readonly channels: ControlChannels;
  /** Path of the control socket, for the threads. */
  readonly controlSocket: string;
  /** Where a thread's lines go until they are collected. */
  readonly spoolPaths: (
    instance: InstanceId,
    incarnation: number,
  ) => { readonly outPath: string; readonly errPath: string };
  readonly spool?: OutputSpool;
  /** More environment for one start. Wins over the descriptor's. */
  readonly extraEnv?: (request: StartRequest) => Readonly<Record<string, string>>;
  /** What outlives the orchestrator, so that the next one can adopt. `null`: nothing does. */
  readonly threads: HostedThreads | null;
};

export type HostedRunner = ModuleRunner & {
  /** Asks the host for readings; they show in `usage` when they have come. */
  askUsage(): void;
  /** The last readings. A thread's own memory and file handles cannot be known. */
  usage(): ReadonlyMap<InstanceId, Usage>;
};
