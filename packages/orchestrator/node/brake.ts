// brake.ts: slows one incarnation or holds it still: freezing, lower priority, pauses at a pace.
import { Pacer } from "./pacer.ts";
import { sendSignal } from "./process-identity.ts";
import { renice } from "./renice.ts";
import { ThawGuard } from "./thaw-guard.ts";

/** What a brake needs of the instance. */
export type BrakeHome = {
  /** Its processes, without the parent. */
  find(): readonly number[];
  /** The same, as quickly as can be: a process that tries to get away may be missed for a moment. */
  near(): readonly number[];
  /** False when there is no cgroup to do it. */
  freezeGroup(frozen: boolean): boolean;
  /** What is written to, to freeze its cgroup; `null` when its processes are stopped one by one. */
  freezeFile(): string | null;
  /** Its processor time by a cgroup's account; `null` when there is none. */
  cpuMs(): number | null;
};

/** A frozen parent cannot say that its module was killed from outside; so someone looks. */
const FROZEN_LOOK_MS = 500;

export class Brake {
  private readonly home: BrakeHome;
  private readonly mainIsAlive: () => boolean;
  private readonly pacer: Pacer;
  private frozenTimer: NodeJS.Timeout | null = null;
  /** Only while it is paced. */
  private guard: ThawGuard | null = null;

  constructor(home: BrakeHome, mainIsAlive: () => boolean) {
    this.home = home;
    this.mainIsAlive = mainIsAlive;
    this.pacer = new Pacer({
      find: () => home.near(),
      cpuMs: () => home.cpuMs(),
      freeze: (frozen) => this.pause(frozen),
    });
  }

  freeze(frozen: boolean): void {
    this.pacer.hold(frozen);
    this.setFrozen(frozen);
  }

  squeeze(on: boolean): boolean {
    return renice(this.home.find(), on);
  }

  pace(cpuPercent: number): void {
    this.guard ??= new ThawGuard(this.home.freezeFile());
    this.pacer.set(cpuPercent);
  }

  /** No pace any more; it runs, unless it is frozen for another reason. */
  letRun(): void {
    this.pacer.set(null);
    this.guard?.close();
    this.guard = null;
  }

  /** It is over. */
  release(): void {
    this.letRun();
    this.disarm();
  }

  /** The pacer's: for a moment, and thawed also when we die meanwhile. */
  private pause(frozen: boolean): void {
    if (frozen && this.home.freezeFile() !== null) this.guard?.remember("group");
    this.setFrozen(frozen);
  }

  private setFrozen(frozen: boolean): void {
    this.disarm();
    if (!this.home.freezeGroup(frozen)) this.stopEach(frozen);
    if (frozen) this.frozenTimer = setInterval(() => this.thawIfDead(), FROZEN_LOOK_MS);
  }

  private thawIfDead(): void {
    if (!this.mainIsAlive()) this.freeze(false);
  }

  /** Stops (or continues) every process of it; those forked meanwhile are met by another look. */
  private stopEach(frozen: boolean): void {
    const met = new Set<number>();
    for (let look = 0; look < 10; look += 1) {
      const all = this.pacer.isPacing ? this.home.near() : this.home.find();
      const fresh = all.filter((pid) => !met.has(pid));
      if (fresh.length === 0) return;
      if (frozen) this.guard?.remember(all);
      for (const pid of fresh) {
        met.add(pid);
        sendSignal(pid, frozen ? "SIGSTOP" : "SIGCONT");
      }
    }
  }

  private disarm(): void {
    if (this.frozenTimer !== null) clearInterval(this.frozenTimer);
    this.frozenTimer = null;
  }
}
