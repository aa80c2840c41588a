// proc-stat.ts: reads /proc/PID/stat from bytes, without making strings. Linux only.
import { closeSync, openSync, readdirSync, readFileSync, readSync } from "node:fs";

/** Ticks of /proc are hundredths of a second on every Linux, whatever the kernel's own are. */
export const TICK_MS = 10;

export type ProcStat = {
  /** One letter: R, S, D, Z (zombie), X (dead) … */
  state: string;
  parentPid: number;
  /** User and system time of itself and of the children it has waited for. */
  ticks: number;
  threads: number;
  startTicks: number;
  residentPages: number;
};

const SPACE = 32;
const CLOSING = 41;
const ZERO = 48;
const NINE = 57;

// Numbers of the fields behind the closing parenthesis, counted as proc(5) does.
const STATE = 3;
const PARENT = 4;
const USER_TICKS = 14;
const WAITED_SYSTEM_TICKS = 17;
const THREADS = 20;
const START = 22;
const RESIDENT = 24;

/** Fills `stat` from the bytes; false when they are not what the kernel writes. */
export function parseProcStat(bytes: Uint8Array, length: number, stat: ProcStat): boolean {
  // A command may contain spaces and parentheses; the last one ends it.
  let at = length - 1;
  while (at >= 0 && bytes[at] !== CLOSING) at--;
  if (at < 0 || at + 2 >= length) return false;
  at += 2;
  stat.state = String.fromCharCode(bytes[at]!);
  stat.ticks = 0;
  at += 2;
  for (let field = STATE + 1; field <= RESIDENT; field++) {
    let value = 0;
    for (; at < length && bytes[at] !== SPACE; at++) {
      const byte = bytes[at]!;
      if (byte >= ZERO && byte <= NINE) value = value * 10 + byte - ZERO;
    }
    at++;
    if (field === PARENT) stat.parentPid = value;
    else if (field >= USER_TICKS && field <= WAITED_SYSTEM_TICKS) stat.ticks += value;
    else if (field === THREADS) stat.threads = value;
    else if (field === START) stat.startTicks = value;
    else if (field === RESIDENT) stat.residentPages = value;
  }
  return at <= length + 1;
}

export const emptyProcStat = (): ProcStat => ({
  state: "?",
  parentPid: 0,
  ticks: 0,
  threads: 0,
  startTicks: 0,
  residentPages: 0,
});

const buffer = new Uint8Array(1024);

/** One reading, opened and closed; `null` when there is no such process. */
export function readProcStat(pid: number): ProcStat | null {
  let fd: number;
  try {
    fd = openSync(`/proc/${pid}/stat`, "r");
  } catch {
    return null;
  }
  try {
    const stat = emptyProcStat();
    return parseProcStat(buffer, readSync(fd, buffer, 0, buffer.length, 0), stat) ? stat : null;
  } catch {
    // ESRCH: it ended between the two calls.
    return null;
  } finally {
    closeSync(fd);
  }
}

/** Parent of every process: for kernels that do not list a process's children. */
export function parentsOfAll(): Map<number, number> {
  const parents = new Map<number, number>();
  for (const name of readdirSync("/proc")) {
    const pid = Number(name);
    if (!Number.isInteger(pid)) continue;
    const stat = readProcStat(pid);
    if (stat !== null) parents.set(pid, stat.parentPid);
  }
  return parents;
}

const AT_PAGESZ = 6;

/** Bytes of a page: 4096 nearly everywhere, more on some arm64 kernels. */
export function pageBytes(): number {
  try {
    const vector = readFileSync("/proc/self/auxv");
    for (let at = 0; at + 16 <= vector.length; at += 16) {
      if (Number(vector.readBigUInt64LE(at)) === AT_PAGESZ) {
        return Number(vector.readBigUInt64LE(at + 8));
      }
    }
  } catch {
    // Not readable in some sandboxes; the usual size is the best that is known.
  }
  return 4096;
}
