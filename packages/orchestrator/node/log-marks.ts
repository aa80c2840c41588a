// log-marks.ts: how far each spool has been copied, and how long the log then was. One small write.
import { closeSync, constants, openSync, readSync, writeSync } from "node:fs";

/** How far one spool has been copied. */
export type SpoolMark = {
  readonly incarnation: number;
  readonly stream: "out" | "err";
  /** Which file it was: a new one at the same path begins anew. */
  readonly inode: number;
  offset: number;
  /** What comes next goes on with a line whose beginning is in the log. */
  continued: boolean;
};

export type LogMarks = {
  readonly logInode: number;
  readonly logBytes: number;
  readonly marks: readonly SpoolMark[];
};

export type MarksFile = {
  read(): LogMarks | null;
  /** Throws when it cannot be written. */
  write(marks: LogMarks): void;
  close(): void;
};

const MAGIC = 0x534b4c31;
const HEAD = 4;
const EACH = 5;
export const MARKS_MAX = 16;

/**
 * Numbers only, always of the same length and written at once: a daemon that is killed leaves either
 * the record before or the record after.
 */
export function openMarks(path: string): MarksFile {
  const fd = openSync(path, openFlags, 0o600);
  const numbers = new Float64Array(HEAD + EACH * MARKS_MAX);
  const bytes = new Uint8Array(numbers.buffer);
  return {
    read() {
      numbers.fill(0);
      const length = readSync(fd, bytes, 0, bytes.length, 0);
      return length === bytes.length && numbers[0] === MAGIC ? fromNumbers(numbers) : null;
    },
    write(record) {
      intoNumbers(record, numbers);
      const written = writeSync(fd, bytes, 0, bytes.length, 0);
      if (written !== bytes.length)
        throw new Error(`only ${written} bytes of ${path} were written`);
    },
    close: () => closeSync(fd),
  };
}

// Made when it is not there, never emptied.
const openFlags = constants.O_RDWR | constants.O_CREAT;

function intoNumbers({ logInode, logBytes, marks }: LogMarks, numbers: Float64Array): void {
  // The oldest make room; only spools that could not be emptied for long are as old as that.
  const kept = marks.slice(-MARKS_MAX);
  numbers.fill(0);
  numbers.set([MAGIC, logInode, logBytes, kept.length]);
  kept.forEach(({ incarnation, stream, inode, offset, continued }, i) => {
    const at = HEAD + i * EACH;
    numbers.set([incarnation, stream === "out" ? 0 : 1, inode, offset, continued ? 1 : 0], at);
  });
}

function fromNumbers(numbers: Float64Array): LogMarks | null {
  const [, logInode = 0, logBytes = 0, count = 0] = numbers;
  if (!numbers.every(Number.isSafeInteger) || count > MARKS_MAX || count < 0) return null;
  const marks: SpoolMark[] = [];
  for (let i = 0; i < count; i++) {
    const at = HEAD + i * EACH;
    const [incarnation = 0, stream, inode = 0, offset = 0, continued] = numbers.subarray(at);
    marks.push({
      incarnation,
      stream: stream === 0 ? "out" : "err",
      inode,
      offset,
      continued: continued === 1,
    });
  }
  return { logInode, logBytes, marks };
}
