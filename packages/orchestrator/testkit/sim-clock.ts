// sim-clock.ts: time that moves when told. Timers fire in order of their due time, then of their arming.
import type { Clock, Timer } from "../ports/clock.ts";

type Armed = { readonly dueMs: number; readonly nth: number; readonly call: () => void };

export class SimClock implements Clock {
  #nowMs = 0;
  #wallOffsetMs: number;
  #nth = 0;
  readonly #armed = new Set<Armed>();

  constructor(wallMs = Date.UTC(2026, 0, 1)) {
    this.#wallOffsetMs = wallMs;
  }

  nowMs(): number {
    return this.#nowMs;
  }

  wallMs(): number {
    return this.#wallOffsetMs + this.#nowMs;
  }

  after(ms: number, call: () => void): Timer {
    const armed: Armed = { dueMs: this.#nowMs + Math.max(0, ms), nth: this.#nth++, call };
    this.#armed.add(armed);
    return { cancel: () => void this.#armed.delete(armed) };
  }

  /** How many timers wait. */
  get sleepers(): number {
    return this.#armed.size;
  }

  /** The wall clock jumps; monotonic time does not. */
  jumpWall(ms: number): void {
    this.#wallOffsetMs += ms;
  }

  /** Moves time on by `ms`, letting what is due happen in order, promises included. */
  async advance(ms: number): Promise<void> {
    const untilMs = this.#nowMs + ms;
    await settle();
    for (let next = this.#next(untilMs); next !== null; next = this.#next(untilMs)) {
      this.#fire(next);
      await settle();
    }
    this.#nowMs = untilMs;
  }

  /** Fires the next timer at once; false when there is none before `untilMs`. Synchronous. */
  step(untilMs = Number.POSITIVE_INFINITY): boolean {
    const next = this.#next(untilMs);
    if (next === null) return false;
    this.#fire(next);
    return true;
  }

  #fire(armed: Armed): void {
    this.#armed.delete(armed);
    this.#nowMs = Math.max(this.#nowMs, armed.dueMs);
    armed.call();
  }

  #next(untilMs: number): Armed | null {
    let best: Armed | null = null;
    for (const armed of this.#armed) {
      if (armed.dueMs > untilMs) continue;
      if (best === null || armed.dueMs < best.dueMs) best = armed;
      else if (armed.dueMs === best.dueMs && armed.nth < best.nth) best = armed;
    }
    return best;
  }
}

/** Lets promises that are settled run their continuations. */
export async function settle(turns = 100): Promise<void> {
  for (let turn = 0; turn < turns; turn++) await Promise.resolve();
}
