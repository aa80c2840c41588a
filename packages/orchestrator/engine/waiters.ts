// waiters.ts: promises that settle when the system's state says so, or when their time is up.
import type { Clock, Timer } from "../ports/clock.ts";

type Waiter = { readonly look: () => void };

export class Waiters {
  readonly #clock: Clock;
  readonly #waiting = new Set<Waiter>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Looks now and after every change; `look` answers undefined while it must wait on. */
  until<T>(look: () => T | undefined, ms: number): Promise<T | "timed-out"> {
    return new Promise((resolve) => {
      let timer: Timer | null = null;
      const settle = (value: T | "timed-out"): void => {
        timer?.cancel();
        this.#waiting.delete(waiter);
        resolve(value);
      };
      const waiter: Waiter = {
        look: () => {
          const seen = look();
          if (seen !== undefined) settle(seen);
        },
      };
      this.#waiting.add(waiter);
      if (Number.isFinite(ms)) timer = this.#clock.after(ms, () => settle("timed-out"));
      waiter.look();
    });
  }

  look(): void {
    for (const waiter of [...this.#waiting]) waiter.look();
  }
}
