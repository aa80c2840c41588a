// proc-parse.ts: reads what the kernel tells in /proc. Pure: text in, numbers out, `null` where it
// tells nothing.

export type CpuTimes = { readonly totalTicks: number; readonly idleTicks: number };

/** The first line of /proc/stat. */
export function parseCpu(stat: string): CpuTimes | null {
  const line = /^cpu\s+(.+)$/m.exec(stat)?.[1];
  if (line === undefined) return null;
  // The ninth and tenth (guests) are already counted among the first two.
  const ticks = line.trim().split(/\s+/).slice(0, 8).map(Number);
  const totalTicks = ticks.reduce((sum, tick) => sum + tick, 0);
  return totalTicks > 0 ? { totalTicks, idleTicks: (ticks[3] ?? 0) + (ticks[4] ?? 0) } : null;
}

/**
 * Share of all cores that was used between two readings; `null` when no time passed or one is
 * unknown.
 */
export function cpuRatio(before: CpuTimes | null, after: CpuTimes | null): number | null {
  if (before === null || after === null) return null;
  const total = after.totalTicks - before.totalTicks;
  if (total <= 0) return null;
  return clampRatio(1 - (after.idleTicks - before.idleTicks) / total);
}

export const clampRatio = (value: number): number => Math.min(1, Math.max(0, value));

/** Used share of memory, from /proc/meminfo. */
export function parseMemoryRatio(meminfo: string): number | null {
  const total = Number(/^MemTotal:\s+(\d+)/m.exec(meminfo)?.[1]);
  const available = Number(/^MemAvailable:\s+(\d+)/m.exec(meminfo)?.[1]);
  return total > 0 && Number.isFinite(available) ? clampRatio(1 - available / total) : null;
}

export function parseLoadAverage(loadavg: string): number | null {
  const value = Number.parseFloat(loadavg);
  return Number.isFinite(value) && value >= 0 ? value : null;
}

/** Whole disks; their partitions would be counted twice. */
const DISK = /^(?:[shv]d[a-z]+|xvd[a-z]+|nvme\d+n\d+|mmcblk\d+)$/;
const SECTOR_BYTES = 512;

/** Bytes read and written since boot, from /proc/diskstats. */
export function parseDiskBytes(diskstats: string): number | null {
  let bytes: number | null = null;
  for (const line of diskstats.split("\n")) {
    const fields = line.trim().split(/\s+/);
    if (!DISK.test(fields[2] ?? "")) continue;
    bytes = (bytes ?? 0) + (Number(fields[5]) + Number(fields[9])) * SECTOR_BYTES;
  }
  return bytes;
}

/** Bytes received and sent since boot, from /proc/net/dev, without the loopback. */
export function parseNetworkBytes(dev: string): number | null {
  let bytes: number | null = null;
  for (const line of dev.split("\n")) {
    const match = /^\s*([^:\s]+):\s*(.+)$/.exec(line);
    if (match === null || match[1] === "lo") continue;
    const fields = (match[2] ?? "").trim().split(/\s+/).map(Number);
    bytes = (bytes ?? 0) + (fields[0] ?? 0) + (fields[8] ?? 0);
  }
  return bytes;
}

/** Bytes per second between two readings; `null` when one is unknown or the counter began anew. */
export function rate(before: number | null, after: number | null, tookMs: number): number | null {
  if (before === null || after === null || tookMs <= 0 || after < before) return null;
  return ((after - before) * 1000) / tookMs;
}

export type ProcessTimes = {
  /** Pid and start time: the same pid may be another process later. */
  readonly key: string;
  /** Kernel's short name; used for its category and then forgotten. */
  readonly name: string;
  readonly ticks: number;
};

/** One /proc/<pid>/stat. The name is in brackets and may hold brackets itself. */
export function parseProcess(stat: string): ProcessTimes | null {
  const open = stat.indexOf("(");
  const close = stat.lastIndexOf(")");
  if (open < 0 || close < open) return null;
  const fields = stat.slice(close + 2).split(" ");
  return {
    key: `${stat.slice(0, open).trim()}@${fields[19] ?? ""}`,
    name: stat.slice(open + 1, close),
    ticks: Number(fields[11] ?? 0) + Number(fields[12] ?? 0),
  };
}
