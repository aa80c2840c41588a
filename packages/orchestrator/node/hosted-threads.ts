// hosted-threads.ts: the file that tells the next orchestrator which threads its worker host holds.
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import type { InstanceId } from "@skelly-jelly/contract";

export type HostedThread = {
  readonly instance: InstanceId;
  readonly incarnation: number;
  /** With which it says hello; the reason why the file is only the owner's to read. */
  readonly token: string;
  readonly startedAtWallMs: number;
};

export type HostedThreads = {
  /** Empty when nothing was kept, or nothing readable. */
  load(): readonly HostedThread[];
  /** Never throws. */
  save(threads: readonly HostedThread[]): void;
};

/**
 * `hostSurvived`: whether the host that holds them still lives; without it they do not either.
 * `onError`: the file could not be written; supervision goes on, adoption will not know of them.
 */
export function hostedThreadsFile(
  path: string,
  hostSurvived: () => boolean,
  onError: (error: unknown) => void,
): HostedThreads {
  return {
    load: () => (hostSurvived() ? read(path) : []),
    save(threads) {
      // Beside and then in its place: whoever reads it never finds half of it.
      try {
        writeFileSync(`${path}.tmp`, JSON.stringify(threads), { mode: 0o600 });
        renameSync(`${path}.tmp`, path);
      } catch (error) {
        onError(error);
      }
    },
  };
}

function read(path: string): readonly HostedThread[] {
  try {
    const value: unknown = JSON.parse(readFileSync(path, "utf8"));
    return Array.isArray(value) ? value.filter(isThread) : [];
  } catch {
    // No file: no threads. A broken one: their host ends those that nobody knows.
    return [];
  }
}

function isThread(value: unknown): value is HostedThread {
  if (typeof value !== "object" || value === null) return false;
  const { instance, incarnation, token, startedAtWallMs } = value as Record<string, unknown>;
  return (
    typeof instance === "string" &&
    typeof incarnation === "number" &&
    typeof token === "string" &&
    typeof startedAtWallMs === "number"
  );
}
