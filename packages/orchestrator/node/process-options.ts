// process-options.ts: what the composition root gives the process runner.
import type { InstanceId, ModuleMessage, OrchestratorMessage } from "@skelly-jelly/contract";
import type { StartRequest } from "../ports/module-runner.ts";

/** The control socket, as far as a runner needs it. */
export type ControlChannels = {
  register(channel: {
    readonly instance: InstanceId;
    readonly incarnation: number;
    /** A module that says hello must know it. */
    readonly token: string;
    readonly onMessage: (message: ModuleMessage) => void;
    readonly onLost: () => void;
  }): {
    /** False when the module is not connected now. */
    tell(message: OrchestratorMessage): boolean;
    close(): void;
  };
};

/** The log collector, as far as a runner needs it. It removes spools once it has them whole. */
export type OutputSpool = {
  /** Called before `spawned` is told, or when a survivor is adopted. Both files exist. */
  attach(spool: {
    readonly instance: InstanceId;
    readonly incarnation: number;
    readonly outPath: string;
    readonly errPath: string;
    readonly maxSizeBytes: number;
    readonly keep: number;
  }): void;
  /** Nothing more will be written. What it returns is its own affair. */
  detach(instance: InstanceId, incarnation: number): unknown;
};

export type ProcessRunnerOptions = {
  /** The system's name, first part of every mark. */
  readonly system: string;
  /** An own folder for each instance is made here, 0700. Absolute, and the same after a restart. */
  readonly runDirectory: string;
  /**
   * Where output goes, in a folder for each instance. Default: the run directory. With this on disk the
   * run directory may be in memory (it holds FIFOs and a few lines), where files cost nothing to make.
   */
  readonly spoolDirectory?: string;
  /** What every module inherits. Default: none. */
  readonly baseEnv?: Readonly<Record<string, string | undefined>>;
  /** Path of the control socket, for `SKELLY_CONTROL`; `null`: there is none. */
  readonly controlSocket?: string | null;
  /** More environment for one start (bus address, configuration file). Wins over the descriptor's. */
  readonly extraEnv?: (request: StartRequest) => Readonly<Record<string, string>>;
  /** The command line that runs a `defineModule` file. Without it `entry` modules are refused. */
  readonly entryCommand?: (file: string) => readonly string[];
  readonly channels?: ControlChannels;
  readonly spool?: OutputSpool;
  /** False: no cgroup is made even where it could be. Default true. */
  readonly cgroups?: boolean;
  /**
   * False: modules with limits are put into no group that keeps them. Default: as `cgroups`. With
   * neither, limits are watched, and kept by asking, priority and pauses.
   */
  readonly limitGroups?: boolean;
  /**
   * Modules die with this process, also when it is killed. Needs `setpriv`; reaches each module's
   * main process at once, the rest of its processes at the next start. Default false.
   */
  readonly dieWithHost?: boolean;
};
