// log-waiter.ts: watches a module's spools for a line that matches, from the first line on.
import { READ_MAX_BYTES, type Spool, takeSpan, textOf } from "./log-spool.ts";

export type LogWaiter = {
  /**
   * Reads one portion of a spool: `matched`, `more` to read, or `nothing` new.
   * `from`: where to begin; what was before has been given back to the file system.
   */
  look(spool: Spool, from: number, last: boolean): "matched" | "more" | "nothing";
};

/**
 * Reads for itself, so that it finds what was copied before it came, and goes on when the log
 * cannot be written.
 */
export function logWaiter(pattern: RegExp): LogWaiter {
  // With `g` or `y` a RegExp remembers where it stopped, in another line.
  const matcher = new RegExp(pattern.source, pattern.flags.replace(/[gy]/g, ""));
  const offsets = new Map<Spool, number>();
  return {
    look(spool, from, last) {
      const offset = offsets.get(spool) ?? from;
      const span = takeSpan(spool, offset, READ_MAX_BYTES, undefined, last);
      if (span === null) return "nothing";
      offsets.set(spool, span.endOffset);
      for (const line of textOf(span.text).split("\n")) {
        if (matcher.test(line.endsWith("\r") ? line.slice(0, -1) : line)) return "matched";
      }
      return "more";
    },
  };
}
