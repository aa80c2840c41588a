// log-watch.ts: waiting for a line in a module's output.
import type { InstanceId } from "@skelly-jelly/contract";

export interface LogWatch {
  /** Calls once, also for a line that was written before. Returns the way to stop waiting. */
  waitForLine(
    instance: InstanceId,
    incarnation: number,
    pattern: RegExp,
    onMatch: () => void,
  ): () => void;
}
