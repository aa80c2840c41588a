// limit-files.ts: how each limit is written into a group of either version, and what the kernel counts there.
import { readOrEmpty, writeTo } from "./cgroup-places.ts";

/** Limits that a group can keep. File handles are a matter of rlimits. */
export const KEPT = ["cpuPercent", "memoryBytes", "threads"] as const;
export type Kept = (typeof KEPT)[number];

export const CONTROLLER_OF = { cpuPercent: "cpu", memoryBytes: "memory", threads: "pids" } as const;

export type GroupVersion = 1 | 2;

const PERIOD_US = 100_000;
/** The kernel takes no quota below a millisecond. */
const QUOTA_MIN_US = 1000;
/** The module's own parent process is inside too. */
const PARENTS = 1;
/**
 * From here on the v2 kernel slows whoever allocates, so that the ladder is heard of before the end.
 * Close to the limit: the slowing grows with the distance, and a runaway still ends.
 */
const HIGH_SHARE = 0.98;

/** Writes one limit (or its absence) into a folder; false when the kernel did not take it. */
export function writeLimit(
  version: GroupVersion,
  folder: string,
  what: Kept,
  limit: number | undefined,
): boolean {
  return WRITERS[what][version](folder, limit);
}

type Writer = (folder: string, limit: number | undefined) => boolean;

const WRITERS: Record<Kept, Record<GroupVersion, Writer>> = {
  cpuPercent: {
    1: (folder, limit) => {
      if (limit === undefined) return writeTo(`${folder}/cpu.cfs_quota_us`, "-1");
      writeTo(`${folder}/cpu.cfs_period_us`, String(PERIOD_US));
      return writeTo(`${folder}/cpu.cfs_quota_us`, String(quotaUs(limit)));
    },
    2: (folder, limit) =>
      writeTo(`${folder}/cpu.max`, `${limit === undefined ? "max" : quotaUs(limit)} ${PERIOD_US}`),
  },
  memoryBytes: {
    1: (folder, limit) => {
      const value = limit === undefined ? "-1" : String(limit);
      const own = `${folder}/memory.limit_in_bytes`;
      const first = writeTo(own, value);
      // With swap, where it is counted, may never be below it: the order depends on the direction.
      writeTo(`${folder}/memory.memsw.limit_in_bytes`, value);
      return first || writeTo(own, value);
    },
    2: (folder, limit) => {
      const high = limit === undefined ? "max" : String(Math.floor(limit * HIGH_SHARE));
      writeTo(`${folder}/memory.high`, high);
      // What does not fit must not go on growing in swap.
      writeTo(`${folder}/memory.swap.max`, limit === undefined ? "max" : "0");
      return writeTo(`${folder}/memory.max`, limit === undefined ? "max" : String(limit));
    },
  },
  threads: {
    1: (folder, limit) => writeTo(`${folder}/pids.max`, tasks(limit)),
    2: (folder, limit) => writeTo(`${folder}/pids.max`, tasks(limit)),
  },
};

const quotaUs = (percent: number): number =>
  Math.max(QUOTA_MIN_US, Math.round((percent / 100) * PERIOD_US));

const tasks = (limit: number | undefined): string =>
  limit === undefined ? "max" : String(limit + PARENTS);

/** How often and how long the kernel held a group back at its CPU quota. */
export type Throttling = {
  readonly periods: number;
  readonly throttledPeriods: number;
  readonly throttledMs: number;
};

/** `null` when the folder counts none. */
export function readThrottling(folder: string): Throttling | null {
  const text = readOrEmpty(`${folder}/cpu.stat`);
  const value = (name: string): number | null => {
    const found = new RegExp(`^${name} (\\d+)$`, "m").exec(text)?.[1];
    return found === undefined ? null : Number(found);
  };
  const [periods, throttledPeriods] = [value("nr_periods"), value("nr_throttled")];
  const micros = value("throttled_usec");
  const nanos = value("throttled_time");
  const throttledMs = micros === null ? (nanos ?? 0) / 1e6 : micros / 1000;
  return periods === null || throttledPeriods === null
    ? null
    : { periods, throttledPeriods, throttledMs };
}
