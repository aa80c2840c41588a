// fifo.ts: both ends of a FIFO for an event loop that must never wait.
// No file stream is ever put on one: it would hold a thread of the pool until the other end speaks.
import { closeSync, constants, openSync, writeSync } from "node:fs";
import { Socket } from "node:net";

/** How long a full FIFO is tried again before its reader is given up. */
const RETRY_MS = 2;
const RETRIES_MAX = 2500;
/** Lines of the other side are short; more than this without a newline is not ours. */
const LINE_MAX_BYTES = 16 * 1024;

/** Holds it open for reading too, so that a command may be written before the reader has come. */
export class FifoWriter {
  private readonly fd: number;
  private readonly stuck: () => void;
  private waiting: Buffer[] = [];
  private retries = 0;
  private timer: NodeJS.Timeout | null = null;
  private open = true;

  constructor(path: string, stuck: () => void) {
    this.fd = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
    this.stuck = stuck;
  }

  /** Writes as much as fits now; the rest follows by itself. */
  write(text: string): void {
    if (!this.open) return;
    this.waiting.push(Buffer.from(text, "utf8"));
    if (this.timer === null) this.flush();
  }

  close(): void {
    if (!this.open) return;
    this.open = false;
    if (this.timer !== null) clearTimeout(this.timer);
    closeSync(this.fd);
  }

  private flush(): void {
    this.timer = null;
    while (this.waiting.length > 0) {
      const chunk = this.waiting[0] as Buffer;
      const written = this.tryWrite(chunk);
      if (written === chunk.length) this.waiting.shift();
      else if (written > 0) this.waiting[0] = chunk.subarray(written);
      else return this.retryLater();
      this.retries = 0;
    }
  }

  private retryLater(): void {
    this.retries += 1;
    if (this.retries > RETRIES_MAX) return this.stuck();
    this.timer = setTimeout(() => this.flush(), RETRY_MS);
  }

  private tryWrite(chunk: Buffer): number {
    try {
      return writeSync(this.fd, chunk);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "EAGAIN") return 0;
      throw error;
    }
  }
}

/**
 * Reads lines. `ended` comes once, when the last writer is gone; not before the first has come.
 * Gotcha: when the writer was already gone at the time of opening, `ended` never comes.
 */
export function readFifoLines(
  path: string,
  line: (text: string) => void,
  ended: () => void,
): { close(): void } {
  const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const socket = new Socket({ fd, readable: true, writable: false });
  let open = true;
  let rest = "";
  socket.setEncoding("latin1");
  socket.on("data", (text: string) => {
    const lines = (rest + text).split("\n");
    rest = (lines.pop() ?? "").slice(-LINE_MAX_BYTES);
    for (const each of lines) if (open) line(each);
  });
  socket.on("close", () => {
    if (open) ended();
    open = false;
  });
  // An error closes it; 'close' follows and says all there is to say.
  socket.on("error", () => socket.destroy());
  return {
    close() {
      open = false;
      socket.destroy();
    },
  };
}
