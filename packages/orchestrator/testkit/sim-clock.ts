// sim-clock.ts: time that moves when told. Timers fire in order of their due time, then of their arming.
import type { Clock, Timer } from "../ports/clock.ts";

type Armed = { readonly dueMs: number; readonly nth: number; call: (() => void) | null };

export class SimClock implements Clock {
  #nowMs = 0;
  #wallOffsetMs: number;
  #nth = 0;
  #sleepers = 0;
  /** A binary heap, the next one first. Cancelled ones stay until they come up. */
  readonly #heap: Armed[] = [];

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
    this.#push(armed);
    this.#sleepers += 1;
    return {
      cancel: () => {
        if (armed.call === null) return;
        armed.call = null;
        this.#sleepers -= 1;
      },
    };
  }

  /** How many timers wait. */
  get sleepers(): number {
    return this.#sleepers;
  }

  /** The wall clock jumps; monotonic time does not. */
  jumpWall(ms: number): void {
    this.#wallOffsetMs += ms;
  }

  /** Moves time on by `ms`, letting what is due happen in order, promises included. */
  async advance(ms: number): Promise<void> {
    const untilMs = this.#nowMs + ms;
    await settle();
    while (this.step(untilMs)) await settle();
    this.#nowMs = untilMs;
  }

  /** Fires the next timer at once; false when there is none before `untilMs`. Synchronous. */
  step(untilMs = Number.POSITIVE_INFINITY): boolean {
    for (let next = this.#heap[0]; next !== undefined; next = this.#heap[0]) {
      if (next.call !== null && next.dueMs > untilMs) return false;
      this.#pop();
      const { call } = next;
      if (call === null) continue;
      next.call = null;
      this.#sleepers -= 1;
      this.#nowMs = Math.max(this.#nowMs, next.dueMs);
      call();
      return true;
    }
    return false;
  }

  #push(armed: Armed): void {
    const heap = this.#heap;
    let at = heap.push(armed) - 1;
    while (at > 0) {
      const up = (at - 1) >> 1;
      const above = heap[up];
      if (above === undefined || isBefore(above, armed)) break;
      heap[at] = above;
      at = up;
    }
    heap[at] = armed;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let at = 0;
    for (;;) {
      let down = at * 2 + 1;
      let below = heap[down];
      if (below === undefined) break;
      const right = heap[down + 1];
      if (right !== undefined && isBefore(right, below)) {
        down += 1;
        below = right;
      }
      if (isBefore(last, below)) break;
      heap[at] = below;
      at = down;
    }
    heap[at] = last;
  }
}

const isBefore = (a: Armed, b: Armed): boolean =>
  a.dueMs < b.dueMs || (a.dueMs === b.dueMs && a.nth < b.nth);

/** Lets promises that are settled run their continuations. */
export async function settle(turns = 100): Promise<void> {
  for (let turn = 0; turn < turns; turn++) await Promise.resolve();
}
