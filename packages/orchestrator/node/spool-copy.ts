// spool-copy.ts: one spool on its way into the log, a portion at a time.
import type { InstanceId } from "@skelly-jelly/contract";
import type { LogFile } from "./log-file.ts";
import type { SpoolMark } from "./log-marks.ts";
import { type Span, type Spool, spoolBytes, stamp, takeSpan, textOf } from "./log-spool.ts";

export type OnLine = (
  instance: InstanceId,
  stream: "out" | "err",
  text: string,
  timeMs: number,
) => void;

export type SpoolCopy = {
  readonly spool: Spool;
  readonly mark: SpoolMark;
  /** Where lines end that were written while no orchestrator looked. */
  awayUntil: number;
  /** Size of the spool when all whole lines of it had been copied. */
  drainedAt: number;
  /** Given back to the file system up to here. */
  releasedBytes: number;
};

export function spoolCopy(spool: Spool, mark: SpoolMark, resumed: boolean): SpoolCopy {
  return {
    spool,
    mark,
    awayUntil: resumed ? spool.bytesAtOpen : 0,
    drainedAt: -1,
    releasedBytes: 0,
  };
}

/** What of it is not in the log yet. */
export const waitingBytes = ({ spool, mark }: SpoolCopy): number =>
  Math.max(0, spoolBytes(spool) - mark.offset);

/**
 * Copies one portion and returns its bytes; 0: all whole lines are copied. `last`: also a line that
 * has no end. Throws what the file system throws; nothing is copied then.
 */
export function copyPortion(
  copy: SpoolCopy,
  log: LogFile,
  instance: InstanceId,
  wallMs: () => number,
  last: boolean,
  onLine: OnLine | undefined,
): number {
  const { spool, mark } = copy;
  const size = spoolBytes(spool);
  if (size < mark.offset) {
    // Someone emptied it; its module goes on writing from the beginning.
    mark.offset = 0;
    mark.continued = false;
    copy.awayUntil = 0;
    copy.drainedAt = -1;
  }
  if (size === copy.drainedAt && !last) return 0;
  const { span, away } = nextSpan(copy, log.roomBytes, last);
  if (span === null) {
    copy.drainedAt = size;
    return 0;
  }
  const timeMs = wallMs();
  const from = mark.offset;
  log.append(
    stamp(span, mark, new Date(timeMs).toISOString(), away),
    mark,
    span.endOffset,
    span.split,
  );
  if (onLine !== undefined) {
    for (const line of textOf(span.text).split("\n")) onLine(instance, mark.stream, line, timeMs);
  }
  return span.endOffset - from;
}

function nextSpan(
  copy: SpoolCopy,
  wantBytes: number,
  last: boolean,
): { span: Span | null; away: boolean } {
  const { spool, mark } = copy;
  if (mark.offset < copy.awayUntil) {
    const span = takeSpan(spool, mark.offset, wantBytes, copy.awayUntil);
    if (span !== null) return { span, away: true };
    // A line that was begun while we were away and is finished now: its time is known.
    copy.awayUntil = 0;
  }
  const span = takeSpan(spool, mark.offset, wantBytes);
  if (span !== null || !last) return { span, away: false };
  return { span: takeSpan(spool, mark.offset, wantBytes, undefined, true), away: false };
}
