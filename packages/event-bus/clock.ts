// clock.ts: the time that hub and client take their waits from; tests bring their own.

export type Clock = {
  nowMs(): number;
  /** Runs once after `ms`; the answer cancels it. An `idle` wait does not keep the process alive. */
  after(ms: number, run: () => void, idle?: boolean): () => void;
};

export const systemClock: Clock = {
  nowMs: () => performance.now(),
  after(ms, run, idle = false) {
    const timer = setTimeout(run, ms);
    if (idle) timer.unref();
    return () => clearTimeout(timer);
  },
};

/** Gives up with `onLimit`'s error when `work` takes longer. */
export async function within<T>(
  clock: Clock,
  ms: number,
  work: Promise<T>,
  onLimit: () => Error,
): Promise<T> {
  let cancel = (): void => undefined;
  const limit = new Promise<never>((_, reject) => {
    cancel = clock.after(ms, () => reject(onLimit()));
  });
  try {
    return await Promise.race([work, limit]);
  } finally {
    cancel();
  }
}
