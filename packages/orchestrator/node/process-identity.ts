// process-identity.ts: who a process is. A pid alone is not enough: the kernel gives it out again.
import { readFileSync } from "node:fs";

/** A pid together with the time it was given out, in clock ticks since boot. */
export type ProcessIdentity = {
  readonly pid: number;
  readonly startTicks: number;
};

export type ProcessStat = ProcessIdentity & {
  readonly state: string;
  readonly parentPid: number;
  readonly group: number;
  readonly session: number;
};

/** Understands a line of /proc/PID/stat; the name in it may hold spaces and brackets. */
export function parseStat(line: string): ProcessStat | null {
  const close = line.lastIndexOf(")");
  const pid = Number.parseInt(line, 10);
  if (close < 0 || !Number.isInteger(pid)) return null;
  const fields = line.slice(close + 2).split(" ");
  const startTicks = Number(fields[19]);
  if (!Number.isFinite(startTicks)) return null;
  return {
    pid,
    startTicks,
    state: fields[0] ?? "?",
    parentPid: Number(fields[1]),
    group: Number(fields[2]),
    session: Number(fields[3]),
  };
}

/** `null` when there is no such process. */
export function readStat(pid: number): ProcessStat | null {
  try {
    return parseStat(readFileSync(`/proc/${pid}/stat`, "latin1"));
  } catch {
    // ENOENT or ESRCH: it is gone, which is the answer.
    return null;
  }
}

/** `null` unless this very process runs; a zombie does not. */
export function readLiving(identity: ProcessIdentity): ProcessStat | null {
  const stat = readStat(identity.pid);
  const isIt = stat !== null && stat.startTicks === identity.startTicks;
  return isIt && !"ZX".includes(stat.state) ? stat : null;
}

export const isAlive = (identity: ProcessIdentity): boolean => readLiving(identity) !== null;

/**
 * Sends a signal to this very process. False when it is no longer there.
 * Between the check and the signal lies a moment; a pid does not come round again so soon.
 */
export function signalProcess(identity: ProcessIdentity, name: string): boolean {
  return isAlive(identity) && sendSignal(identity.pid, name);
}

/** False when there was nothing to send it to, or it is not ours to signal. */
export function sendSignal(pid: number, name: string): boolean {
  try {
    process.kill(pid, name as NodeJS.Signals);
    return true;
  } catch {
    return false;
  }
}

/** Changes with every boot; pids and start times of another boot mean nothing. */
export function bootId(): string {
  return readFileSync("/proc/sys/kernel/random/boot_id", "latin1").trim();
}

/** When a process was started, as epoch milliseconds. The kernel counts in hundredths for /proc. */
export function startedAtWallMs({ startTicks }: ProcessIdentity): number {
  const uptimeSeconds = Number.parseFloat(readFileSync("/proc/uptime", "latin1"));
  return Math.round(Date.now() - uptimeSeconds * 1000 + startTicks * 10);
}
