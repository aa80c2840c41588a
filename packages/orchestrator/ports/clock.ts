// clock.ts: time, as a port. The real one lives in node/, the glass one in testkit/.

export type Timer = { cancel(): void };

export interface Clock {
  /** Monotonic milliseconds; the origin means nothing. */
  nowMs(): number;
  /** Wall clock, epoch milliseconds; may jump. For people and journals only. */
  wallMs(): number;
  /** Calls once after `ms`. Never keeps the process alive by itself unless `keepAlive`. */
  after(ms: number, call: () => void): Timer;
}
