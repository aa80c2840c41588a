// chaos-run.ts: one run as all its lanes see it: the ground, the story so far, and the violations.
import type { Ended, Ground } from "./ground.ts";
import { bootSeconds, cgroupsOf } from "./machine.ts";
import type { ChaosSystem } from "./system.ts";

export type Fault = {
  readonly seconds: number;
  readonly kind: string;
  readonly target: string | null;
  /** False: there was nothing that it could have been done to. */
  readonly done: boolean;
};

/** After the others there need be no next life. */
export const ENDS_A_LIFE =
  /^(kill -9 of (its|both)|kill -9$|SIG|exit|uncaught|file handles|deaf|command: restart)/;

export class ChaosRun {
  readonly ground: Ground;
  readonly system: ChaosSystem;
  readonly verbose: boolean;
  readonly faults: Fault[] = [];
  readonly violations: string[] = [];
  /** What was seen that is no violation, but worth a line in the report. */
  readonly notes = new Map<string, number>();
  readonly beganSeconds = bootSeconds();
  /** Of other runs, which may have been killed. */
  readonly cgroupsBefore: ReadonlySet<string>;
  /** Modules that a lane has asked to be down. */
  readonly down = new Set<string>();
  /** Set by whoever wants nothing else to happen meanwhile. */
  private holds = 0;
  private busy = 0;
  ceased = false;
  /** Nobody of ours has killed the orchestrator that should be there. */
  expectDaemon = false;

  constructor(ground: Ground, system: ChaosSystem, verbose: boolean) {
    this.ground = ground;
    this.system = system;
    this.verbose = verbose;
    this.cgroupsBefore = new Set(cgroupsOf(system.config.name));
  }

  fault(kind: string, target: string | null, done: boolean): void {
    this.faults.push({ seconds: bootSeconds(), kind, target, done });
    if (this.verbose)
      this.say(`${kind}${target === null ? "" : ` ${target}`}${done ? "" : " (no)"}`);
  }

  violation(text: string): void {
    this.violations.push(`${this.clock()} ${text}`);
    this.say(`VIOLATION ${text}`);
  }

  note(text: string): void {
    this.notes.set(text, (this.notes.get(text) ?? 0) + 1);
    if (this.verbose) this.say(text);
  }

  say(text: string): void {
    console.log(`${this.clock()} ${text}`);
  }

  /** A command must end, well or not, within its limit. */
  async command(words: readonly string[], limitMs = 60_000): Promise<Ended> {
    const ended = await this.ground.skelly(words, limitMs);
    if (ended.hung) this.violation(`skelly ${words.join(" ")} hung for ${limitMs / 1000} s`);
    return ended;
  }

  /** Work of a lane; waits while another lane wants quiet. */
  async turn(work: () => Promise<void>): Promise<void> {
    while (this.holds > 0 && !this.ceased) await pause(20);
    if (this.ceased) return;
    this.busy += 1;
    try {
      await work();
    } finally {
      this.busy -= 1;
    }
  }

  /** From within a turn: the others finish theirs and wait. */
  async quietly(work: () => Promise<void>): Promise<void> {
    this.holds += 1;
    try {
      while (this.busy > 1) await pause(20);
      await work();
    } finally {
      this.holds -= 1;
    }
  }

  private clock(): string {
    return `${(bootSeconds() - this.beganSeconds).toFixed(1).padStart(6)}s`;
  }
}

const pause = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));
