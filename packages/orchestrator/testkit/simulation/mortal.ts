// mortal.ts: one orchestrator's hold on the world. When it dies, nothing it does has any effect any more.
import type { Clock, Timer } from "../../ports/clock.ts";
import type { SimClock } from "../sim-clock.ts";

const NO_TIMER: Timer = { cancel() {} };

export class Mortal {
  readonly #clock: SimClock;
  readonly #onDeath: () => void;
  #touchesLeft = Number.POSITIVE_INFINITY;
  #armed = 0;
  dead = false;

  constructor(clock: SimClock, onDeath: () => void) {
    this.#clock = clock;
    this.#onDeath = onDeath;
  }

  /** Every touch of the world passes here; false when the dead hand reaches for it. */
  touch(): boolean {
    if (this.dead) return false;
    if (this.#touchesLeft <= 0) this.die();
    else this.#touchesLeft -= 1;
    return !this.dead;
  }

  /** Lives on for so many touches: so it dies between any two things that it does. */
  doom(touches: number): void {
    this.#touchesLeft = touches;
    if (touches <= 0) this.die();
  }

  die(): void {
    if (this.dead) return;
    this.dead = true;
    this.#onDeath();
  }

  /** Its timers that wait. */
  get armed(): number {
    return this.#armed;
  }

  readonly clock: Clock = {
    nowMs: () => this.#clock.nowMs(),
    wallMs: () => this.#clock.wallMs(),
    after: (ms, call) => {
      if (this.dead) return NO_TIMER;
      this.#armed += 1;
      let waits = true;
      const over = (): boolean => {
        const was = waits;
        waits = false;
        if (was) this.#armed -= 1;
        return was;
      };
      const timer = this.#clock.after(ms, () => {
        if (over() && !this.dead) call();
      });
      return {
        cancel: () => {
          if (over()) timer.cancel();
        },
      };
    },
  };
}
