// within.ts: every wait has a limit, and a name for when time runs out.
import type { Clock } from "../ports/clock.ts";

export function within<T>(clock: Clock, ms: number, wait: Promise<T>): Promise<T | "timed-out"> {
  return new Promise((resolve, reject) => {
    const timer = clock.after(ms, () => resolve("timed-out"));
    wait.then(
      (value) => {
        timer.cancel();
        resolve(value);
      },
      (error: unknown) => {
        timer.cancel();
        reject(error);
      },
    );
  });
}
