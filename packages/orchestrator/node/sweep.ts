// sweep.ts: kills what is left until nothing is, with a limit.
import { sendSignal } from "./process-identity.ts";

export type SweepResult = {
  /** What was there and is not any more. */
  readonly swept: readonly number[];
  readonly stuck: readonly number[];
};

/** Waits between looks; the sum (about five seconds) is how long SIGKILL is given to work. */
const WAITS_MS = [1, 1, 2, 5, 10, 20, 50, 100, 200, 400, 800, 1600, 1600];
/** From this look on they are frozen first: whatever is still there forks faster than we kill. */
const FREEZE_FROM_LOOK = 3;

/**
 * Calls `done` at once when `find` finds nothing, later when there was something to kill.
 * A process that forks while it is killed is found by the next look.
 */
export function sweep(
  find: () => readonly number[],
  freeze: (frozen: boolean) => void,
  done: (result: SweepResult) => void,
): void {
  const killed = new Set<number>();
  const look = (turn: number): void => {
    const left = find();
    if (left.length === 0) return done({ swept: [...killed], stuck: [] });
    const wait = WAITS_MS[turn];
    if (wait === undefined) {
      const stuck = left.filter((pid) => sendSignal(pid, "SIGKILL"));
      return done({ swept: [...killed].filter((pid) => !left.includes(pid)), stuck });
    }
    if (turn >= FREEZE_FROM_LOOK) freeze(true);
    for (const pid of turn >= FREEZE_FROM_LOOK ? find() : left) {
      sendSignal(pid, "SIGKILL");
      killed.add(pid);
    }
    if (turn >= FREEZE_FROM_LOOK) freeze(false);
    setTimeout(look, wait, turn + 1);
  };
  look(0);
}
