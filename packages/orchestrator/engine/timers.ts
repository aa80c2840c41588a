// timers.ts: named timers, one of each name per instance; arming one again replaces it.
import type { Clock, Timer } from "../ports/clock.ts";

export class Timers {
  readonly #clock: Clock;
  readonly #armed = new Map<string, Timer>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  arm(key: string, ms: number, call: () => void): void {
    this.disarm(key);
    const timer = this.#clock.after(ms, () => {
      this.#armed.delete(key);
      call();
    });
    this.#armed.set(key, timer);
  }

  disarm(key: string): void {
    this.#armed.get(key)?.cancel();
    this.#armed.delete(key);
  }

  disarmAll(): void {
    for (const timer of this.#armed.values()) timer.cancel();
    this.#armed.clear();
  }

  get size(): number {
    return this.#armed.size;
  }
}
