// sse.ts: one server-sent event stream: who does not read is cut, and silence is filled so that a dead line is noticed.
import type { ServerResponse } from "node:http";

const HEARTBEAT_MS = 15_000;

export type Stream = {
  send(name: string, data: unknown, id?: number): void;
  /** Behind what was sent; then it is over. */
  end(): void;
};

/** Calls `onCut` when the reader was too slow. */
export function openStream(
  response: ServerResponse,
  backlogMaxBytes: number,
  onCut: () => void,
): Stream {
  response.writeHead(200, {
    "content-type": "text/event-stream; charset=utf-8",
    "cache-control": "no-store",
    "x-accel-buffering": "no",
  });
  response.flushHeaders();
  const write = (text: string): void => {
    if (response.writableEnded || response.destroyed) return;
    response.write(text);
    if (response.writableLength <= backlogMaxBytes) return;
    onCut();
    response.destroy();
  };
  write("retry: 1000\n\n");
  const beat = setInterval(() => write(": still here\n\n"), HEARTBEAT_MS);
  response.once("close", () => clearInterval(beat));
  return {
    send(name, data, id) {
      const mark = id === undefined ? "" : `id: ${id}\n`;
      // JSON holds no line end.
      write(`${mark}event: ${name}\ndata: ${JSON.stringify(data)}\n\n`);
    },
    end: () => void response.end(),
  };
}
