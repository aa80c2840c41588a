// log-entry.ts: one incarnation's output on its way, and the log it goes to.
import type { InstanceId } from "@skelly-jelly/contract";
import type { Timer } from "../ports/clock.ts";
import type { Attachment, LogReport } from "./log-collection.ts";
import type { LogFile } from "./log-file.ts";
import type { LogWaiter } from "./log-waiter.ts";
import { type SpoolCopy, waitingBytes } from "./spool-copy.ts";
import type { SpoolWatch } from "./spool-watch.ts";

export type Log = {
  readonly path: string;
  file: LogFile | null;
  failure: string | null;
  retry: Timer | null;
  retryMs: number;
};

export type Stream = { copy: SpoolCopy; watch: SpoolWatch; entry: Entry };

/** Who waits for a line, and what is called for it. */
export type Waiters = Map<LogWaiter, () => void>;

export type Entry = {
  readonly attachment: Attachment;
  readonly log: Log;
  streams: readonly Stream[];
  readonly waiters: Waiters;
  /** It has ended: the rest is copied, and then this is called. */
  ending: ((done: boolean) => void) | null;
};

export const keyOf = (instance: InstanceId, incarnation: number): string =>
  `${instance}/${incarnation}`;

/** A module may have both streams in one file. */
export function spoolsOf(outPath: string, errPath: string): [string, "out" | "err"][] {
  return outPath === errPath
    ? [[outPath, "out"]]
    : [
        [outPath, "out"],
        [errPath, "err"],
      ];
}

export function reportOf(
  { attachment, log, streams }: Entry,
  spaceTrouble: string | null,
): LogReport {
  const notes = new Set(streams.flatMap(({ watch }) => watch.trouble ?? []));
  if (spaceTrouble !== null) notes.add(`spools keep their space until the end: ${spaceTrouble}`);
  return {
    instance: attachment.instance,
    incarnation: attachment.incarnation,
    path: log.path,
    state: log.failure === null ? "copying" : `cannot be written: ${log.failure}`,
    waitingBytes: streams.reduce((sum, { copy }) => sum + waitingBytes(copy), 0),
    notes: [...notes],
  };
}
