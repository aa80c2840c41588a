// steady-writer.ts: writes to a file that may have no room: at once when it can, later what it could not.
import { fstatSync, writeSync } from "node:fs";

/** What may wait for a full disk to have room again; beyond it all that waits is given up, and counted. */
const WAITING_MAX_BYTES = 1024 * 1024;

/**
 * Never throws: whoever writes is not to die of a full disk. What the file does not take is tried again
 * with whatever is written next.
 */
export function steadyWriter(fd: number): (text: string | Uint8Array) => void {
  let unwritten = Buffer.alloc(0);
  let lostBytes = 0;
  return (text) => {
    const said = lostBytes > 0 ? `\n(${lostBytes} bytes were lost: no room)\n` : "";
    unwritten = Buffer.concat([unwritten, Buffer.from(said), Buffer.from(text as string)]);
    lostBytes = 0;
    try {
      while (unwritten.length > 0) unwritten = unwritten.subarray(writeSync(fd, unwritten));
    } catch {
      if (unwritten.length <= WAITING_MAX_BYTES) return;
      lostBytes = unwritten.length;
      unwritten = Buffer.alloc(0);
    }
  };
}

/** This process's stdout and stderr, where they are files. Node.js would end the process at the first error. */
export function steadyOutput(): void {
  for (const [fd, stream] of [
    [1, process.stdout],
    [2, process.stderr],
  ] as const) {
    if (!isFile(fd)) continue;
    const write = steadyWriter(fd);
    divert(stream, write);
    process.on("exit", () => write(""));
  }
}

/** What is written to the stream goes elsewhere. */
export function divert(
  stream: NodeJS.WriteStream,
  write: (text: string | Uint8Array) => void,
): void {
  stream.write = ((chunk: string | Uint8Array, ...rest: readonly unknown[]): boolean => {
    write(chunk);
    const done = rest.find((each) => typeof each === "function");
    if (done !== undefined) queueMicrotask(() => done(null));
    return true;
  }) as typeof stream.write;
}

function isFile(fd: number): boolean {
  try {
    return fstatSync(fd).isFile();
  } catch {
    // Closed: nothing that is written there can be kept.
    return false;
  }
}
