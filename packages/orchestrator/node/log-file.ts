// log-file.ts: the log of one instance: whole lines, rotated by size, exactly once over kill -9.
import {
  closeSync,
  constants,
  fstatSync,
  ftruncateSync,
  openSync,
  renameSync,
  statSync,
  truncateSync,
  unlinkSync,
  writeSync,
} from "node:fs";
import { type LogMarks, type MarksFile, openMarks, type SpoolMark } from "./log-marks.ts";

export type LogFileOptions = {
  readonly path: string;
  readonly maxSizeBytes: number;
  /** How many rotated files are kept besides the current one. */
  readonly keep: number;
};

export type LogFile = {
  readonly path: string;
  /** Room before the next rotation, at least 0. */
  readonly roomBytes: number;
  configure(options: Pick<LogFileOptions, "maxSizeBytes" | "keep">): void;
  /** The mark of a spool, from an earlier daemon or a new one. Not written until `commit`. */
  markOf(
    incarnation: number,
    stream: "out" | "err",
    inode: number,
  ): { mark: SpoolMark; resumed: boolean };
  /** Forgets the marks of an incarnation whose spools are gone. */
  forget(incarnation: number): void;
  commit(): void;
  /**
   * Appends lines (bytes as latin1) that end at `offset` of the spool. When it throws, log and mark
   * are as before.
   */
  append(lines: string, mark: SpoolMark, offset: number, continued: boolean): void;
  close(): void;
};

const APPEND = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT;

/** Throws what the file system throws; undoes what was not committed by an earlier daemon. */
export function openLogFile(options: LogFileOptions): LogFile {
  const { path } = options;
  let { maxSizeBytes, keep } = options;
  const file = openMarks(`${path.replace(/\.log$/, "")}.offsets`);
  let marks: SpoolMark[] = [];
  let fd: number;
  let inode = 0;
  let bytes = 0;
  let torn = false;

  const open = () => {
    fd = openSync(path, APPEND, 0o600);
    const found = fstatSync(fd);
    inode = found.ino;
    bytes = found.size;
  };

  const commit = () => file.write({ logInode: inode, logBytes: bytes, marks });

  /** Opens what is at the path now. When that fails, the file that was open stays open. */
  const reopen = () => {
    const before = fd;
    open();
    closeSync(before);
    commit();
  };

  /** Someone may have moved, deleted or emptied it. */
  const follow = () => {
    const found = statSync(path, { throwIfNoEntry: false });
    if (found?.ino !== inode) reopen();
    // What an append that failed has left: a part of its lines, perhaps.
    else if (torn) ftruncateSync(fd, bytes);
    else bytes = found.size;
    torn = false;
  };

  const rotate = () => {
    for (let i = keep - 1; i >= 1; i--) renameIfThere(`${path}.${i}`, `${path}.${i + 1}`);
    if (keep > 0) renameSync(path, `${path}.1`);
    else unlinkSync(path);
    reopen();
  };

  try {
    marks = [...recover(path, file)];
    open();
  } catch (error) {
    file.close();
    throw error;
  }

  return {
    path,
    get roomBytes() {
      return Math.max(0, maxSizeBytes - bytes);
    },
    configure(changed) {
      ({ maxSizeBytes, keep } = changed);
    },
    markOf(incarnation, stream, spoolInode) {
      const known = marks.find(
        (mark) =>
          mark.incarnation === incarnation && mark.stream === stream && mark.inode === spoolInode,
      );
      if (known !== undefined) return { mark: known, resumed: true };
      marks = marks.filter((mark) => mark.incarnation !== incarnation || mark.stream !== stream);
      const mark = { incarnation, stream, inode: spoolInode, offset: 0, continued: false };
      marks.push(mark);
      return { mark, resumed: false };
    },
    forget(incarnation) {
      marks = marks.filter((mark) => mark.incarnation !== incarnation);
    },
    commit,
    append(lines, mark, offset, continued) {
      follow();
      if (bytes >= maxSizeBytes && bytes > 0) rotate();
      const before = { bytes, offset: mark.offset, continued: mark.continued };
      torn = true;
      try {
        bytes += writeAll(fd, lines);
        mark.offset = offset;
        mark.continued = continued;
        commit();
        torn = false;
      } catch (error) {
        ({ bytes } = before);
        mark.offset = before.offset;
        mark.continued = before.continued;
        throw error;
      }
    },
    close() {
      closeSync(fd);
      file.close();
    },
  };
}

/** Cuts off what was appended but not committed; returns how far the spools were copied. */
function recover(path: string, file: MarksFile): readonly SpoolMark[] {
  const record = file.read();
  if (record === null) return [];
  const current = statSync(path, { throwIfNoEntry: false });
  if (current?.ino === record.logInode) {
    cutTo(path, current.size, record);
  } else {
    const rotated = statSync(`${path}.1`, { throwIfNoEntry: false });
    if (rotated?.ino === record.logInode) {
      // Killed between rotation and commit: nothing in the new file is committed.
      cutTo(`${path}.1`, rotated.size, record);
      if (current !== undefined) truncateSync(path, 0);
    }
    // Otherwise someone has put another file there: it is added to, and nothing is cut.
  }
  return record.marks;
}

function cutTo(path: string, sizeNow: number, { logBytes }: LogMarks): void {
  if (sizeNow > logBytes) truncateSync(path, logBytes);
}

function renameIfThere(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
}

/** A full disk takes a part, and refuses the rest. */
function writeAll(fd: number, lines: string): number {
  let written = 0;
  while (written < lines.length) {
    const rest = written === 0 ? lines : lines.slice(written);
    written += writeSync(fd, rest, null, "latin1");
  }
  return written;
}
