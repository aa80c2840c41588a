// spool-watch.ts: wakes when a spool grows, without being woken for every line of a busy one.
import { type FSWatcher, watch } from "node:fs";
import type { Clock, Timer } from "../ports/clock.ts";

export type SpoolWatch = {
  /** Sees to it that `onChange` is called at the next change. Call before looking at the file. */
  arm(): void;
  close(): void;
  /** `null`, or why it looks at intervals instead of being told. */
  readonly trouble: string | null;
};

const EVENTS_BEFORE_DEAF = 4;
/** Where no more watches are to be had, a look now and then has to do. */
const LOOK_EVERY_MS = 500;

/**
 * A module that writes a line at a time would wake us for each of them: after a few changes in a row
 * the watch is closed, and whoever is reading goes on at intervals and arms it when all is read.
 */
export function watchSpool(path: string, clock: Clock, onChange: () => void): SpoolWatch {
  let watcher: FSWatcher | null = null;
  let look: Timer | null = null;
  let trouble: string | null = null;
  let events = 0;

  const deafen = () => {
    watcher?.close();
    watcher = null;
  };

  const changed = () => {
    events++;
    if (events > EVENTS_BEFORE_DEAF) deafen();
    onChange();
  };

  const lookLater = (error: Error) => {
    deafen();
    trouble = `looks every ${LOOK_EVERY_MS} ms: ${error.message}`;
    look ??= clock.after(LOOK_EVERY_MS, () => {
      look = null;
      onChange();
    });
  };

  return {
    arm() {
      events = 0;
      if (watcher !== null) return;
      try {
        watcher = watch(path, { persistent: false }, changed);
        watcher.on("error", lookLater);
        trouble = null;
      } catch (error) {
        lookLater(error as Error);
      }
    },
    close() {
      deafen();
      look?.cancel();
      look = null;
    },
    get trouble() {
      return trouble;
    },
  };
}
