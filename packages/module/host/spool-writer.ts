// spool-writer.ts: appends whole lines to a file, so that what several threads write never mixes in a line.
import { closeSync, openSync } from "node:fs";
import { steadyWriter } from "./steady-writer.ts";

const LINE_MAX_CHARACTERS = 64 * 1024;

export type SpoolWriter = {
  /** Text as it comes; what follows the last newline waits for the rest of its line. */
  write(text: string): void;
  /** Writes what waits. */
  close(): void;
};

/** Writes at once and in place: nothing is lost when the thread dies the moment after. Never throws. */
export function spoolWriter(path: string): SpoolWriter {
  const file = openSync(path, "a", 0o600);
  const append = steadyWriter(file);
  let waiting = "";
  return {
    write(text) {
      waiting += text;
      const end = waiting.lastIndexOf("\n") + 1;
      if (end === 0 && waiting.length <= LINE_MAX_CHARACTERS) return;
      const whole = end === 0 ? `${waiting}\n` : waiting.slice(0, end);
      waiting = end === 0 ? "" : waiting.slice(end);
      append(whole);
    },
    close() {
      append(waiting === "" ? "" : `${waiting}\n`);
      waiting = "";
      closeSync(file);
    },
  };
}
