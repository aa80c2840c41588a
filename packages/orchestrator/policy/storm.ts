// storm.ts: when too much fails at once, recovery waits: what fails together has mostly one cause.

/** Failures in this time are one event. */
export const STORM_WINDOW_MS = 5000;
/** How long recovery waits after the last of them. */
export const STORM_PAUSE_MS = 2000;
/** In a small system a few failures are no storm. */
const STORM_LEAST = 5;

/** How long recovery still waits; 0 when there is no storm. `failuresMs`: when lives failed, oldest first. */
export function stormLeftMs(failuresMs: readonly number[], modules: number, nowMs: number): number {
  const last = failuresMs.at(-1);
  if (last === undefined || nowMs - last >= STORM_PAUSE_MS) return 0;
  const many = Math.max(STORM_LEAST, Math.ceil(modules / 2));
  const first = failuresMs.at(-many);
  if (first === undefined || last - first > STORM_WINDOW_MS) return 0;
  return last + STORM_PAUSE_MS - nowMs;
}
