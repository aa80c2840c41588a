// transport.ts: a two-way stream of bytes, whatever carries it; and the one over a socket.
import type { Socket } from "node:net";

export type TransportEvents = {
  data(chunk: Buffer): void;
  /** What was written has gone, or a good part of it. */
  drain(): void;
  /** Nothing comes or goes any more. Called once. */
  closed(error: Error | null): void;
};

export type Transport = {
  listen(events: TransportEvents): void;
  write(bytes: Buffer): void;
  /** Written, and not yet taken by the other end or the system. */
  readonly bufferedBytes: number;
  pause(): void;
  resume(): void;
  /** Closes when everything written has gone. */
  end(): void;
  /** Closes now. */
  destroy(): void;
  /** For people: where the other end is. */
  readonly peer: string;
};

export function socketTransport(socket: Socket): Transport {
  socket.setNoDelay(true);
  const peer =
    socket.remoteAddress === undefined
      ? "unix socket"
      : `${socket.remoteAddress}:${socket.remotePort}`;
  return {
    peer,
    listen(events) {
      let failure: Error | null = null;
      socket.on("data", (chunk: Buffer) => events.data(chunk));
      socket.on("drain", () => events.drain());
      socket.on("error", (error) => {
        failure = error;
      });
      socket.once("close", () => events.closed(failure));
    },
    write(bytes) {
      if (!socket.destroyed && !socket.writableEnded) socket.write(bytes);
    },
    get bufferedBytes() {
      return socket.writableLength;
    },
    pause: () => socket.pause(),
    resume: () => socket.resume(),
    end: () => socket.end(),
    destroy: () => socket.destroy(),
  };
}
