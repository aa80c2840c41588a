// pacer.ts: holds processes to a share of a core by pauses: they run a little, and stand still until it is paid for.
//
//   running --has spent more than its share--> frozen --debt is paid--> running
//
// The debt is measured, not assumed: late timers and many processes at once change nothing in the long run.
import { readProcStat, TICK_MS } from "./proc-stat.ts";

export type PacedProcesses = {
  /** Its processes, found quickly. */
  find(): readonly number[];
  /** Processor time of all of it by a group's account, in ms; `null` when there is none. */
  cpuMs(): number | null;
  freeze(frozen: boolean): void;
};

/** How long it runs before anyone looks. */
const SLICE_MS = 40;
/** No pause is longer: it is to answer somebody now and then. */
const PAUSE_MAX_MS = 2000;
/** How long it runs after the longest pause, whatever it still owes. */
const BREATH_MS = 10;
/** What it did not use of its share may be used later, up to this long. */
const CREDIT_MS = 200;
/** Debt that could not be paid in this time is forgiven. */
const DEBT_MS = 20_000;

export class Pacer {
  private readonly paced: PacedProcesses;
  /** Of a core, 0..n; `null`: not paced. */
  private share: number | null = null;
  private timer: NodeJS.Timeout | null = null;
  private frozen = false;
  private held = false;
  private debtMs = 0;
  private spentMs = 0;
  private lookedMs = 0;
  private frozenAtMs = 0;

  constructor(paced: PacedProcesses) {
    this.paced = paced;
  }

  get isPacing(): boolean {
    return this.share !== null;
  }

  /** Percent of one core; `null` lets it run. */
  set(cpuPercent: number | null): void {
    if (cpuPercent === null) return this.stop();
    const fresh = this.share === null;
    this.share = cpuPercent / 100;
    if (!fresh) return;
    this.debtMs = 0;
    this.spentMs = this.cpuMs();
    this.lookedMs = performance.now();
    this.again(SLICE_MS);
  }

  /** Somebody else has frozen it (or thawed it): it is no longer ours to freeze (or is again). */
  hold(held: boolean): void {
    this.held = held;
    this.frozen = false;
  }

  private stop(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    this.share = null;
    if (this.frozen && !this.held) this.paced.freeze(false);
    this.frozen = false;
  }

  private look(): void {
    const { share } = this;
    if (share === null) return;
    const now = performance.now();
    const spent = this.cpuMs();
    this.debtMs += Math.max(0, spent - this.spentMs) - (now - this.lookedMs) * share;
    this.debtMs = Math.min(DEBT_MS * share, Math.max(-CREDIT_MS * share, this.debtMs));
    this.spentMs = spent;
    this.lookedMs = now;
    if (this.held) return this.again(SLICE_MS);
    const tooLong = this.frozen && now - this.frozenAtMs >= PAUSE_MAX_MS;
    const frozen = this.debtMs > 0 && !tooLong;
    if (frozen !== this.frozen) {
      this.frozen = frozen;
      this.frozenAtMs = now;
      this.paced.freeze(frozen);
    }
    if (frozen) return this.again(Math.min(PAUSE_MAX_MS, Math.max(1, this.debtMs / share)));
    this.again(tooLong ? BREATH_MS : SLICE_MS);
  }

  private again(ms: number): void {
    this.timer = setTimeout(() => this.look(), ms);
    this.timer.unref();
  }

  private cpuMs(): number {
    const counted = this.paced.cpuMs();
    if (counted !== null) return counted;
    let ticks = 0;
    for (const pid of this.paced.find()) ticks += readProcStat(pid)?.ticks ?? 0;
    return ticks * TICK_MS;
  }
}
