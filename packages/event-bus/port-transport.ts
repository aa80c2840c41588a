// port-transport.ts: a stream of bytes over a message port, for worker threads.
//
// A port has no back-pressure of its own: the receiver acknowledges each chunk when it has been
// handled, and what is not acknowledged counts as buffered.
import { Buffer } from "node:buffer";
import type { Transport, TransportEvents } from "./transport.ts";

/** A MessagePort, or a Worker or parentPort that carries nothing else. */
export type MessagePortLike = {
  postMessage(message: unknown, transfer?: readonly any[]): void;
  on(event: "message", listener: (message: any) => void): unknown;
  on(event: "close", listener: () => void): unknown;
  close?(): void;
};

/** What travels: bytes, a count of bytes handled, or `null` for the end. */
type PortMessage = Uint8Array | number | null;

export function portTransport(port: MessagePortLike): Transport {
  let events: TransportEvents | null = null;
  let bufferedBytes = 0;
  let paused = false;
  let open = true;
  let ending = false;
  const held: Buffer[] = [];

  const take = (chunk: Buffer): void => {
    events?.data(chunk);
    if (open) port.postMessage(chunk.length);
  };
  const close = (tell: boolean): void => {
    if (!open) return;
    open = false;
    held.length = 0;
    if (tell) port.postMessage(null);
    port.close?.();
    // Not within the caller's own call: a socket tells of its end later, too.
    queueMicrotask(() => events?.closed(null));
  };
  const acknowledged = (bytes: number): void => {
    bufferedBytes -= bytes;
    if (ending && bufferedBytes <= 0) close(true);
    else events?.drain();
  };

  return {
    peer: "message port",
    listen(to) {
      events = to;
      port.on("message", (message: PortMessage) => {
        if (!open) return;
        if (message === null) close(false);
        else if (typeof message === "number") acknowledged(message);
        else if (message instanceof Uint8Array) {
          const chunk = Buffer.from(message.buffer, message.byteOffset, message.byteLength);
          if (paused) held.push(chunk);
          else take(chunk);
        }
      });
      port.on("close", () => close(false));
    },
    write(bytes) {
      if (!open || ending) return;
      // A copy of its own: posting a view would send the whole buffer behind it.
      const copy = new Uint8Array(bytes);
      bufferedBytes += copy.byteLength;
      port.postMessage(copy, [copy.buffer]);
    },
    get bufferedBytes() {
      return bufferedBytes;
    },
    pause() {
      paused = true;
    },
    resume() {
      paused = false;
      while (!paused && open) {
        const chunk = held.shift();
        if (chunk === undefined) break;
        take(chunk);
      }
    },
    end() {
      ending = true;
      if (bufferedBytes <= 0) close(true);
    },
    destroy: () => close(true),
  };
}
