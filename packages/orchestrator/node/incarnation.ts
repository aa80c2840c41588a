// incarnation.ts: one life of a process-module, from the command to start it to its last process gone.
import { readFileSync } from "node:fs";
import { constants } from "node:os";
import {
  type Failure,
  failure,
  type InstanceId,
  type OrchestratorMessage,
  type ResourceLimits,
} from "@skelly-jelly/contract";
import type { RunnerFact, RunningModule } from "../ports/module-runner.ts";
import { Brake, type BrakeHome } from "./brake.ts";
import {
  isAlive,
  type ProcessIdentity,
  readStat,
  sendSignal,
  signalProcess,
} from "./process-identity.ts";
import { sweep } from "./sweep.ts";

/**
 *   asked --pid--> running --exit / parent gone--> leaving --nothing left--> ended
 *     |  `--no--> refused --exit--> leaving
 *     `--cancelled, parent never came--> leaving
 */
type Stage =
  | { readonly kind: "asked" }
  | { readonly kind: "running"; readonly process: ProcessIdentity }
  | { readonly kind: "refused"; readonly failure: Failure }
  | { readonly kind: "leaving" }
  | { readonly kind: "ended" };

type Ending =
  | { readonly kind: "exited"; readonly code: number | null; readonly signal: string | null }
  | { readonly kind: "never-started"; readonly failure: Failure };

/** What an incarnation needs of its instance. */
export type IncarnationHome = BrakeHome & {
  readonly instance: InstanceId;
  readonly incarnation: number;
  /** The first word of a shell line is not the module: its group is signalled. */
  readonly signalsGroup: boolean;
  /** Takes other limits for it; false when no group can keep them. */
  limit(limits: ResourceLimits): boolean;
  /** Times the kernel killed for memory in its groups, up to now. */
  memoryKills(): number;
  /** The parent itself hangs. */
  killParent(): void;
  /** Says to the control channel. */
  tell(message: OrchestratorMessage): boolean;
  /** Nothing of it is left (or `stuck` is), just before the last fact. */
  leave(stuck: readonly number[]): void;
};

/** How long SIGKILL may take before what is left is named. */
const KILL_LIMIT_MS = 8000;
export class Incarnation implements RunningModule {
  private readonly home: IncarnationHome;
  private readonly report: (fact: RunnerFact) => void;
  private readonly memoryKillsBefore: number;
  private readonly brake: Brake;
  private stage: Stage = { kind: "asked" };
  /** Signals that were asked for before there was a process. */
  private early: string[] = [];
  private killTimer: NodeJS.Timeout | null = null;

  constructor(home: IncarnationHome, report: (fact: RunnerFact) => void) {
    this.home = home;
    this.report = report;
    this.memoryKillsBefore = home.memoryKills();
    this.brake = new Brake(home, () => this.main !== null && isAlive(this.main));
  }

  get number(): number {
    return this.home.incarnation;
  }

  get main(): ProcessIdentity | null {
    return this.stage.kind === "running" ? this.stage.process : null;
  }

  get wasAsked(): boolean {
    return this.stage.kind === "asked";
  }

  get hasEnded(): boolean {
    return this.stage.kind === "ended";
  }

  // --- RunningModule

  tell(message: OrchestratorMessage): boolean {
    // Whoever is to stop may run as it likes, or it would never come to it.
    if (message.type === "stop") this.brake.letRun();
    return !this.hasEnded && this.home.tell(message);
  }

  signal(name: string): void {
    this.brake.letRun();
    if (this.stage.kind === "asked") this.early.push(name);
    if (this.stage.kind !== "running") return;
    this.sendTo(this.stage.process, name);
    // One that somebody has stopped would only hear of it once it runs again.
    this.sendTo(this.stage.process, "SIGCONT");
  }

  kill(): void {
    if (this.stage.kind === "ended" || this.stage.kind === "leaving") return;
    this.brake.letRun();
    if (this.stage.kind === "asked") this.early.push("SIGKILL");
    for (const pid of this.home.find()) sendSignal(pid, "SIGKILL");
    if (this.main !== null) signalProcess(this.main, "SIGKILL");
    this.freeze(false);
    this.killTimer ??= setTimeout(() => this.killTookTooLong(), KILL_LIMIT_MS);
  }

  freeze(frozen: boolean): boolean {
    if (this.stage.kind !== "running") return false;
    this.brake.freeze(frozen);
    return true;
  }

  squeeze(on: boolean): boolean {
    return this.stage.kind === "running" && this.brake.squeeze(on);
  }

  pace(cpuPercent: number | null): boolean {
    if (cpuPercent === null) this.brake.letRun();
    else if (this.stage.kind === "running") this.brake.pace(cpuPercent);
    else return false;
    return true;
  }

  limit(limits: ResourceLimits): boolean {
    return !this.hasEnded && this.home.limit(limits);
  }

  // --- what the instance hears

  /** `quiet`: it was adopted, and is not told as news. */
  started(process: ProcessIdentity, quiet = false): void {
    if (this.stage.kind !== "asked") return;
    this.stage = { kind: "running", process };
    if (!quiet) this.report({ kind: "spawned", pid: process.pid });
    for (const name of this.early.splice(0)) this.sendTo(process, name);
  }

  refused(why: Failure): void {
    if (this.stage.kind === "asked") this.stage = { kind: "refused", failure: why };
  }

  /** Its parent saw it end: the shell's code, 128 + n for signal n. */
  exited(shellCode: number): void {
    if (this.stage.kind === "refused") {
      return this.leave({ kind: "never-started", failure: this.stage.failure });
    }
    const signal = shellCode > 128 ? signalName(shellCode - 128) : null;
    this.leave({ kind: "exited", code: signal === null ? shellCode : null, signal });
  }

  /**
   * Its parent is gone: how it will end nobody would learn, so it is ended now. `adopted`: it has
   * lived, though nobody saw its process.
   */
  lostParent(reason: string, adopted = false): void {
    const failed = failure("SPAWN_FAILED", { module: this.home.instance, reason });
    if (this.stage.kind === "refused") return this.exited(0);
    const neverWas = this.stage.kind === "asked" && this.home.find().length === 0;
    if (!adopted && neverWas && this.early.length === 0) {
      return this.leave({ kind: "never-started", failure: failed });
    }
    this.leave({ kind: "exited", code: null, signal: null });
  }

  /** It could not even be asked for. */
  notStarted(why: Failure): void {
    this.leave({ kind: "never-started", failure: why });
  }

  /** The orchestrator lets go; what runs goes on. */
  abandon(): void {
    this.stage = { kind: "ended" };
    this.disarm();
  }

  private leave(ending: Ending): void {
    if (this.stage.kind === "leaving" || this.stage.kind === "ended") return;
    const main = this.main;
    this.stage = { kind: "leaving" };
    this.disarm();
    // In the midst of an exec a process has no environment to be found by; its pid is known.
    const left = (): readonly number[] =>
      main !== null && isAlive(main)
        ? [...new Set([main.pid, ...this.home.find()])]
        : this.home.find();
    sweep(
      left,
      (frozen) => void this.home.freezeGroup(frozen),
      ({ swept, stuck }) => {
        this.end(ending, swept.filter((pid) => pid !== main?.pid).length, stuck);
      },
    );
  }

  private end(ending: Ending, swept: number, stuck: readonly number[]): void {
    if (this.stage.kind === "ended") return;
    this.stage = { kind: "ended" };
    this.home.leave(stuck);
    if (ending.kind === "never-started") {
      return this.report({ kind: "spawn-failed", failure: ending.failure });
    }
    const { code, signal } = ending;
    const outOfMemory = signal === "SIGKILL" && this.home.memoryKills() > this.memoryKillsBefore;
    this.report({ kind: "ended", code, signal, outOfMemory, swept, stuck });
  }

  private sendTo(main: ProcessIdentity, name: string): void {
    signalProcess(main, name);
    if (!this.home.signalsGroup) return;
    // One by one: the parent leads the group, and is not meant.
    const group = readStat(main.pid)?.group;
    for (const pid of this.home.find()) {
      if (pid !== main.pid && readStat(pid)?.group === group) sendSignal(pid, name);
    }
  }

  private killTookTooLong(): void {
    const stuck = this.home.find();
    // Nothing is left and yet no word of it: then it is the parent that hangs.
    if (stuck.length === 0) return this.home.killParent();
    this.disarm();
    this.end({ kind: "exited", code: null, signal: null }, 0, stuck);
  }

  private disarm(): void {
    if (this.killTimer !== null) clearTimeout(this.killTimer);
    this.killTimer = null;
    this.brake.release();
  }
}

const SIGNAL_NAMES = new Map(Object.entries(constants.signals).map(([name, n]) => [n, name]));

const signalName = (number: number): string | null => SIGNAL_NAMES.get(number) ?? null;

/** Exit 126 or 127 with nothing but this in its output: the command never ran. */
export function execFailure(code: number, errPath: string): string | null {
  if (code !== 126 && code !== 127) return null;
  try {
    const text = readFileSync(errPath, "utf8").trimEnd();
    const said = /^(?:skelly-parent: (?:line )?\d+: (?:exec: )?|setpriv: |env: )(.*)$/.exec(text);
    return said?.[1] ?? null;
  } catch {
    return null;
  }
}
