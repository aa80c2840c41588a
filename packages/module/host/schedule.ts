// schedule.ts: work at intervals, as `ctx.every` promises: never overlapping, paused and throttled with the module.

export type Schedule = {
  every(intervalMs: number, work: () => void | Promise<void>): void;
  hold(held: boolean): void;
  /** 0..1 of the usual frequency; 0 holds. */
  setFactor(factor: number): void;
  /** Nothing runs any more. */
  close(): void;
  readonly jobs: number;
};

type Job = {
  readonly intervalMs: number;
  readonly work: () => void | Promise<void>;
  lastMs: number;
  timer: NodeJS.Timeout | null;
  running: boolean;
};

const TIMER_MAX_MS = 2 ** 31 - 1;

/** `onError`: a throw of the work; the next turn comes all the same. */
export function createSchedule(onError: (error: unknown) => void): Schedule {
  const jobs: Job[] = [];
  let held = false;
  let closed = false;
  let factor = 1;

  const arm = (job: Job): void => {
    if (job.timer !== null) clearTimeout(job.timer);
    job.timer = null;
    if (closed || held || factor <= 0 || job.running) return;
    const dueMs = job.lastMs + job.intervalMs / factor;
    const delayMs = Math.min(TIMER_MAX_MS, Math.max(0, dueMs - performance.now()));
    job.timer = setTimeout(() => void run(job), delayMs);
  };
  const run = async (job: Job): Promise<void> => {
    job.timer = null;
    job.running = true;
    job.lastMs = performance.now();
    try {
      await job.work();
    } catch (error) {
      onError(error);
    }
    job.running = false;
    arm(job);
  };
  return {
    every(intervalMs, work) {
      if (!(intervalMs > 0)) throw new RangeError(`an interval is above 0 ms, not ${intervalMs}`);
      const job = { intervalMs, work, lastMs: performance.now(), timer: null, running: false };
      jobs.push(job);
      arm(job);
    },
    hold(now) {
      held = now;
      jobs.forEach(arm);
    },
    setFactor(next) {
      factor = next;
      jobs.forEach(arm);
    },
    close() {
      closed = true;
      jobs.forEach(arm);
    },
    get jobs() {
      return jobs.length;
    },
  };
}
