// system-clock.ts: real time, behind the clock port.
import type { Clock, Timer } from "../ports/clock.ts";

/** setTimeout fires at once beyond this; longer waits are made of several. */
const LONGEST_MS = 2 ** 31 - 1;

/**
 * Timers do not keep the process alive by themselves, unless `keepAlive`: a daemon lives by its
 * control socket, and a program that embeds us decides for itself when it ends.
 */
export function createSystemClock({ keepAlive = false } = {}): Clock {
  return {
    nowMs: () => performance.now(),
    wallMs: () => Date.now(),
    after: (ms, call) => after(ms, call, keepAlive),
  };
}

function after(ms: number, call: () => void, keepAlive: boolean): Timer {
  let handle: NodeJS.Timeout;
  const arm = (leftMs: number) => {
    const stepMs = Math.min(leftMs, LONGEST_MS);
    handle = setTimeout(() => (leftMs > stepMs ? arm(leftMs - stepMs) : call()), stepMs);
    if (!keepAlive) handle.unref();
  };
  arm(Math.max(0, ms));
  return { cancel: () => clearTimeout(handle) };
}
