// log-spool.ts: reads whole lines from a spool file that grows, and stamps them.
import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import type { SpoolMark } from "./log-marks.ts";

/** Longer lines are split; the rest of one is marked with `+`. */
export const LINE_MAX_BYTES = 64 * 1024;
const READ_MIN_BYTES = 4096;
/** Strings of more than about 128 KiB are large objects, and cost the collector of garbage more. */
export const READ_MAX_BYTES = LINE_MAX_BYTES + READ_MIN_BYTES;
const NEWLINE = 10;

export type Spool = {
  readonly path: string;
  readonly fd: number;
  readonly inode: number;
  /** Size when it was opened: what an earlier daemon did not see being written ends here. */
  readonly bytesAtOpen: number;
};

/** Bytes of a spool that can be copied: whole lines, or a piece of a line that is too long. */
export type Span = {
  /** As latin1, without the last newline. */
  readonly text: string;
  readonly endOffset: number;
  /** The line goes on behind it. */
  readonly split: boolean;
};

/** One buffer for all: nothing is read while a span is still in use. */
let buffer: Buffer | null = null;

/** Made when it is not there: a module that writes nothing may never make it. */
export function openSpool(path: string): Spool {
  const fd = openSync(path, constants.O_RDONLY | constants.O_CREAT, 0o600);
  const { ino, size } = fstatSync(fd);
  return { path, fd, inode: ino, bytesAtOpen: size };
}

export const closeSpool = ({ fd }: Spool): void => closeSync(fd);

export const spoolBytes = ({ fd }: Spool): number => fstatSync(fd).size;

/**
 * The next lines from `offset`, about `wantBytes` of them; `null` when there is no whole line yet.
 * `limit`: nothing from there on is read. `last`: a line without an end is taken as it is.
 */
export function takeSpan(
  { fd }: Spool,
  offset: number,
  wantBytes: number,
  limit = Number.POSITIVE_INFINITY,
  last = false,
): Span | null {
  buffer ??= Buffer.allocUnsafeSlow(READ_MAX_BYTES);
  let want = Math.max(READ_MIN_BYTES, Math.min(wantBytes, READ_MAX_BYTES));
  for (;;) {
    const most = Math.min(want, limit - offset);
    const length = most <= 0 ? 0 : readSync(fd, buffer, 0, most, offset);
    if (length === 0) return null;
    const end = endOfLines(buffer, length);
    if (end > 0) return spanOf(buffer, offset, end, false);
    if (length > LINE_MAX_BYTES) return spanOf(buffer, offset, LINE_MAX_BYTES, true);
    if (length < want) return last ? spanOf(buffer, offset, length, false) : null;
    // A line longer than what was asked for.
    want = READ_MAX_BYTES;
  }
}

/** Where the whole lines at the beginning end, as far as none is too long; 0 when there is none. */
function endOfLines(bytes: Buffer, length: number): number {
  let end = 0;
  while (end < length) {
    const window = Math.min(end + LINE_MAX_BYTES, length - 1);
    const newline = bytes.lastIndexOf(NEWLINE, window);
    if (newline < end) return end;
    end = newline + 1;
  }
  return end;
}

function spanOf(bytes: Buffer, offset: number, end: number, split: boolean): Span {
  const terminated = bytes[end - 1] === NEWLINE;
  return {
    text: bytes.toString("latin1", 0, terminated ? end - 1 : end),
    endOffset: offset + end,
    split,
  };
}

/** Every line gets its time and its stream: `2026-11-22T12:00:00.000Z out text`. */
export function stamp(span: Span, mark: SpoolMark, time: string, away: boolean): string {
  const label = `${mark.stream}${away ? "~" : ""}`;
  const first = `${time} ${label}${mark.continued ? "+" : ""} `;
  // A global pattern of one character: the engine does it in one pass, without a string per line.
  return `${first}${span.text.replace(/\n/g, `\n${time} ${label} `)}\n`;
}

/** Latin1 keeps every byte; whoever reads text wants it as UTF-8. */
export const textOf = (latin1: string): string => Buffer.from(latin1, "latin1").toString("utf8");
