// spool-writer.ts: appends whole lines to a file, so that what several threads write never mixes in a line.
import { closeSync, openSync, writeSync } from "node:fs";

const LINE_MAX_CHARACTERS = 64 * 1024;
/** What may wait for a full disk to have room again; then the oldest lines are given up, and counted. */
const WAITING_MAX_BYTES = 1024 * 1024;

export type SpoolWriter = {
  /**
   * Text as it comes; what follows the last newline waits for the rest of its line. What a full disk
   * does not take is tried again with whatever is written next.
   */
  write(text: string): void;
  /** Writes what waits. */
  close(): void;
};

/** Writes at once and in place: nothing is lost when the thread dies the moment after. Never throws. */
export function spoolWriter(path: string): SpoolWriter {
  const file = openSync(path, "a", 0o600);
  let waiting = "";
  let unwritten = Buffer.alloc(0);
  let given = 0;

  const flush = (): void => {
    try {
      while (unwritten.length > 0) unwritten = unwritten.subarray(writeSync(file, unwritten));
    } catch {
      // What a full disk did not take is kept; whoever writes is not to die of it.
    }
  };
  const append = (text: string): void => {
    const said = given > 0 && unwritten.length === 0 ? `(${given} bytes were lost: no room)\n` : "";
    if (said !== "") given = 0;
    unwritten = Buffer.concat([unwritten, Buffer.from(said + text)]);
    if (unwritten.length > WAITING_MAX_BYTES) {
      given += unwritten.length;
      unwritten = Buffer.alloc(0);
    }
    flush();
  };

  return {
    write(text) {
      waiting += text;
      const end = waiting.lastIndexOf("\n") + 1;
      if (end === 0 && waiting.length <= LINE_MAX_CHARACTERS) return flush();
      const whole = end === 0 ? `${waiting}\n` : waiting.slice(0, end);
      waiting = end === 0 ? "" : waiting.slice(end);
      return append(whole);
    },
    close() {
      if (waiting !== "") append(`${waiting}\n`);
      else flush();
      waiting = "";
      closeSync(file);
    },
  };
}
