// budget.ts: how much of a day's allowance is left, and whether a failing server deserves a rest. Pure.
import type { Endpoint } from "./ai-config.ts";

export type Spent = { readonly day: string; readonly requests: number; readonly tokens: number };
export type Trouble = { readonly failuresInRow: number; readonly lastFailureMs: number };

export const NOTHING_SPENT: Spent = { day: "", requests: 0, tokens: 0 };
export const NO_TROUBLE: Trouble = { failuresInRow: 0, lastFailureMs: 0 };
const FAILURES_MAX = 3;
const REST_MS = 60_000;

/** `null`: go ahead. */
export function refusalOf(
  endpoint: Endpoint,
  spent: Spent,
  trouble: Trouble,
  nowMs: number,
): string | null {
  const today = spent.day === dayOf(nowMs) ? spent : NOTHING_SPENT;
  if (today.requests >= endpoint.requestsPerDayMax) {
    return `today's ${endpoint.requestsPerDayMax} requests are spent`;
  }
  if (today.tokens >= endpoint.tokensPerDayMax) {
    return `today's ${endpoint.tokensPerDayMax} tokens are spent`;
  }
  const rests = trouble.failuresInRow >= FAILURES_MAX && nowMs - trouble.lastFailureMs < REST_MS;
  return rests ? `it failed ${trouble.failuresInRow} times in a row and rests for a minute` : null;
}

export function spend(spent: Spent, tokens: number, nowMs: number): Spent {
  const day = dayOf(nowMs);
  const today = spent.day === day ? spent : { day, requests: 0, tokens: 0 };
  return { day, requests: today.requests + 1, tokens: today.tokens + tokens };
}

const dayOf = (timeMs: number): string => new Date(timeMs).toISOString().slice(0, 10);
