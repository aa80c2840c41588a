// log-collection.ts: what the log collector promises, and what it needs.
import type { InstanceId } from "@skelly-jelly/contract";
import type { Clock } from "../ports/clock.ts";
import type { OnLine } from "./spool-copy.ts";

export type LogCollectorOptions = {
  readonly directory: string;
  readonly clock: Clock;
  /** Each line as it is copied; lines cost nothing when it is left out. */
  readonly onLine?: OnLine;
  readonly coalesceMs?: number;
  /** Copied bytes of a spool that are worth giving back. */
  readonly releaseBytes?: number;
  /** First wait after a log could not be written; doubles up to half a minute. */
  readonly retryMs?: number;
};

export type Attachment = {
  readonly instance: InstanceId;
  readonly incarnation: number;
  readonly outPath: string;
  readonly errPath: string;
  readonly maxSizeBytes: number;
  readonly keep: number;
};

export type LogReport = {
  readonly instance: InstanceId;
  readonly incarnation: number;
  readonly path: string;
  /** `copying`, or why nothing is copied now. */
  readonly state: string;
  readonly waitingBytes: number;
  /** What is not as good as it could be, in words. */
  readonly notes: readonly string[];
};

export type LogCollector = {
  /** Also for an incarnation of an earlier orchestrator: goes on where that one had come to. */
  attach(attachment: Attachment): void;
  /**
   * After its end: copies the rest, then deletes the spools. False when that could not be done in
   * time; the spools are then left, and attaching them again goes on with them.
   */
  detach(instance: InstanceId, incarnation: number): Promise<boolean>;
  /** Calls once, for the first line of the incarnation that matches, also one that is copied already. */
  waitForLine(
    instance: InstanceId,
    incarnation: number,
    pattern: RegExp,
    onMatch: () => void,
  ): () => void;
  describe(): readonly LogReport[];
  /** Where the log of an instance is; rotated ones have `.1`, `.2` … behind it. */
  pathOf(instance: InstanceId): string;
  /** Copies what is there (within limits) and lets go. What is left is left to the next one. */
  close(): void;
};
