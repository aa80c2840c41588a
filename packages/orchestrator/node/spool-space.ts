// spool-space.ts: gives the space of copied output back while its module goes on writing.
import { spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";

export type SpoolSpace = {
  /** Gives back what is copied, if it is worth it. Never blocks; one at a time. */
  release(
    path: string,
    releasedBytes: number,
    copiedBytes: number,
    done: (to: number) => void,
  ): void;
  /** `null`, or why the space is held until the incarnation ends. */
  readonly trouble: string | null;
};

const BLOCK_BYTES = 4096;

/** A hole in the file: offsets stay, so that nobody who writes or reads it has to know. */
export function spoolSpace(worthBytes: number, command = "fallocate"): SpoolSpace {
  let busy = false;
  let trouble: string | null = process.platform === "linux" ? null : "only Linux can do it";
  return {
    release(path, releasedBytes, copiedBytes, done) {
      const to = copiedBytes - (copiedBytes % BLOCK_BYTES);
      if (busy || trouble !== null || to - releasedBytes < worthBytes) return;
      let fd: number;
      try {
        fd = openSync(path, "r+");
      } catch (error) {
        trouble = (error as Error).message;
        return;
      }
      busy = true;
      const range = ["--offset", String(releasedBytes), "--length", String(to - releasedBytes)];
      // By handle, not by name: fallocate would make the file anew if it was deleted meanwhile.
      const child = spawn(command, ["--punch-hole", ...range, "/proc/self/fd/3"], {
        stdio: ["ignore", "ignore", "ignore", fd],
      });
      closeSync(fd);
      child.unref();
      child.once("error", (error: NodeJS.ErrnoException) => {
        busy = false;
        trouble = error.code === "ENOENT" ? `there is no ${command} here` : error.message;
      });
      child.once("exit", (code, signal) => {
        busy = false;
        if (code === 0) done(to);
        else trouble = `${command} failed (${signal ?? `code ${code}`}); not every file system can`;
      });
    },
    get trouble() {
      return trouble;
    },
  };
}
