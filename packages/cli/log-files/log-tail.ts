// log-tail.ts: the last lines of a file, read from its end: a long log costs no more.
import { closeSync, fstatSync, openSync, readSync, statSync } from "node:fs";
import { type LogFile, rotatedParts } from "./log-folder.ts";
import { type LogLine, parseLogLine } from "./log-line.ts";

const BLOCK_BYTES = 64 * 1024;
const NEWLINE = 10;
/** How often a log that is rotated meanwhile is read anew. */
const READS_MAX = 5;

export type Tail = {
  readonly lines: readonly string[];
  /** Just behind the last whole line: where following goes on. */
  readonly end: number;
  /** The file they were read from; a rotation gives the name to another. */
  readonly inode: number;
};

/** At most `count` whole lines. A line still being written is left for later. */
export function tailOf(path: string, count: number): Tail {
  const file = openIfThere(path);
  if (file === null) return { lines: [], end: 0, inode: 0 };
  try {
    const { size, ino } = fstatSync(file);
    const end = lastLineEnd(file, size);
    if (count === 0 || end === 0) return { lines: [], end, inode: ino };
    const blocks: Buffer[] = [];
    let start = end;
    let found = 0;
    // One more line end than lines: the one before the first.
    while (start > 0 && found <= count) {
      const length = Math.min(BLOCK_BYTES, start);
      const block = readAt(file, start - length, length);
      start -= length;
      for (const byte of block) if (byte === NEWLINE) found++;
      blocks.unshift(block);
    }
    const lines = Buffer.concat(blocks).toString("utf8").split("\n").slice(0, -1);
    return { lines: lines.slice(-count), end, inode: ino };
  } finally {
    closeSync(file);
  }
}

/** The last `count` lines of an instance, back into its rotated parts. */
export function tailOfInstance(file: LogFile, count: number): { lines: LogLine[]; tail: Tail } {
  let read = readParts(file, count);
  // Rotated while it was read: some parts may have been met twice, or missed.
  for (let times = 1; times < READS_MAX && inodeOf(file.path) !== read.tail.inode; times++) {
    read = readParts(file, count);
  }
  return read;
}

function readParts(file: LogFile, count: number): { lines: LogLine[]; tail: Tail } {
  const tail = tailOf(file.path, count);
  let raw = [...tail.lines];
  for (const part of rotatedParts(file)) {
    if (raw.length >= count) break;
    raw = [...tailOf(part, count - raw.length).lines, ...raw];
  }
  const lines = raw.map((line) => parseLogLine(file.shown, line)).filter((line) => line !== null);
  return { lines, tail };
}

/** `null` in the moment in which a rotation has moved it away. */
function openIfThere(path: string): number | null {
  try {
    return openSync(path, "r");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
}

const inodeOf = (path: string): number => statSync(path, { throwIfNoEntry: false })?.ino ?? 0;

function lastLineEnd(file: number, size: number): number {
  for (let end = size; end > 0; ) {
    const length = Math.min(BLOCK_BYTES, end);
    const at = readAt(file, end - length, length).lastIndexOf(NEWLINE);
    if (at >= 0) return end - length + at + 1;
    end -= length;
  }
  return 0;
}

function readAt(file: number, position: number, length: number): Buffer {
  const block = Buffer.alloc(length);
  const got = readSync(file, block, 0, length, position);
  return block.subarray(0, got);
}
