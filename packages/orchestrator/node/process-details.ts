// process-details.ts: what costs more to read of processes and is wanted less often: own memory, disk traffic.
import type { Usage } from "@skelly-jelly/contract";
import { readOrEmpty } from "./cgroup-places.ts";

type Sums = {
  readonly privateBytes: number | null;
  readonly readBytes: number | null;
  readonly writtenBytes: number | null;
};

type Details = Pick<
  Usage,
  "privateBytes" | "diskReadBytesPerSecond" | "diskWrittenBytesPerSecond" | "networkBytesPerSecond"
>;

const EVERY_MS = 5000;

/** Of one module. Read again no more often than every five seconds. */
export class ProcessDetails {
  private readonly pageSize: number;
  private sums: Sums | null = null;
  private atMs = 0;
  private known: Details = {};

  constructor(pageSize: number) {
    this.pageSize = pageSize;
  }

  read(pids: readonly number[], atMs: number): Details {
    const before = this.sums;
    const spanMs = atMs - this.atMs;
    if (before !== null && spanMs < EVERY_MS) return this.known;
    const now = readSums(pids, this.pageSize);
    this.sums = now;
    this.atMs = atMs;
    this.known = {
      privateBytes: now.privateBytes,
      diskReadBytesPerSecond: rate(before?.readBytes, now.readBytes, spanMs),
      diskWrittenBytesPerSecond: rate(before?.writtenBytes, now.writtenBytes, spanMs),
      networkBytesPerSecond: null,
    };
    return this.known;
  }
}

/** A part that cannot be read of one of them is unknown of all. */
function readSums(pids: readonly number[], pageSize: number): Sums {
  let own: number | null = 0;
  let read: number | null = 0;
  let written: number | null = 0;
  for (const pid of pids) {
    // size resident shared ...: what is resident and no file's is its own.
    const statm = readOrEmpty(`/proc/${pid}/statm`);
    if (statm === "") continue;
    const [, resident = "", shared = ""] = statm.split(" ");
    own = plus(own, (Number(resident) - Number(shared)) * pageSize);
    // Another user's process does not show its traffic.
    const io = readOrEmpty(`/proc/${pid}/io`);
    read = plus(read, field(io, "read_bytes"));
    written = plus(written, field(io, "write_bytes"));
  }
  return { privateBytes: own, readBytes: read, writtenBytes: written };
}

const plus = (sum: number | null, more: number | null): number | null =>
  sum === null || more === null ? null : sum + more;

function field(text: string, name: string): number | null {
  const value = new RegExp(`^${name}: (\\d+)$`, "m").exec(text)?.[1];
  return value === undefined ? null : Number(value);
}

/** Bytes per second between two readings; `null` while there is no span. */
function rate(before: number | null | undefined, now: number | null, spanMs: number) {
  if (before === null || before === undefined || now === null || spanMs <= 0) return null;
  // A process that ended takes its part of the sum with it.
  return Math.round((Math.max(0, now - before) * 1000) / spanMs);
}
