// backoff.ts: how long to wait before trying again. Pure; the caller brings the dice.

export type BackoffLimits = { readonly backoffMs: number; readonly backoffMaxMs: number };

/**
 * Delay before attempt `attempt` (1-based): none before the first, then full jitter over
 * min(cap, base x 2^(attempt-2)), as in "Exponential Backoff And Jitter" (AWS, 2015).
 * `dice` is in [0, 1).
 */
export function backoffDelayMs(attempt: number, limits: BackoffLimits, dice: number): number {
  return attempt <= 1 ? 0 : Math.round(ceilingMs(attempt, limits) * dice);
}

export function ceilingMs(attempt: number, { backoffMs, backoffMaxMs }: BackoffLimits): number {
  return attempt <= 1 ? 0 : Math.min(backoffMaxMs, backoffMs * 2 ** Math.min(attempt - 2, 40));
}
