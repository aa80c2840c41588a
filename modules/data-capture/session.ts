// session.ts: one stretch of being there. It outlives restarts and ends after half an hour without
// activity.

export const SESSION_TIMEOUT_MS = 30 * 60_000;

export type Session = { readonly sessionId: string; readonly lastActivityMs: number };

/** The session after something was done at `nowMs`. */
export function sessionAt(before: Session | null, nowMs: number, newId: () => string): Session {
  const goesOn = before !== null && nowMs - before.lastActivityMs <= SESSION_TIMEOUT_MS;
  return { sessionId: goesOn ? before.sessionId : newId(), lastActivityMs: nowMs };
}

/** What the file of an earlier life says; `null` when it is not a session. */
export function parseSession(text: string): Session | null {
  try {
    const { sessionId, lastActivityMs } = JSON.parse(text) as Partial<Session>;
    return typeof sessionId === "string" && sessionId !== "" && Number.isFinite(lastActivityMs)
      ? { sessionId, lastActivityMs: Number(lastActivityMs) }
      : null;
  } catch {
    return null;
  }
}
