// line-peer.ts: one connection that speaks JSON by the line, with a limit on everything it may do.
import type { Socket } from "node:net";
import type { Clock, Timer } from "../ports/clock.ts";

export type PeerLimits = {
  readonly lineMaxBytes: number;
  /** What may wait for a peer that does not read; beyond it the peer is cut. */
  readonly backlogMaxBytes: number;
  /** Lines heard in one window; the rest waits for the next. A flood never takes all our time. */
  readonly linesPerWindow: number;
  readonly windowMs: number;
};

export type LinePeer = {
  /** False when it is gone, or was cut because it does not read. */
  send(value: object): boolean;
  /** Bytes that wait for it to read. */
  readonly backlogBytes: number;
  /** Calls once when what waited has been read. */
  onDrain(call: () => void): void;
  /** Sends what waits, then hangs up. */
  end(): void;
  destroy(): void;
};

export type PeerEvents = {
  onLine(line: Buffer): void;
  /** It will say nothing more, but may still listen. */
  onEnd(): void;
  /** Comes once, last. `why`: what it did wrong, `null` when nothing. */
  onClose(why: string | null): void;
};

const NEWLINE = 10;
const LAST_WORDS_MS = 250;

export function linePeer(
  socket: Socket,
  clock: Clock,
  limits: PeerLimits,
  events: PeerEvents,
): LinePeer {
  let pieces: Buffer[] = [];
  let piecesBytes = 0;
  let linesHeard = 0;
  let windowEndsMs = 0;
  let rest: Timer | null = null;
  let hangUp: Timer | null = null;
  let inputEnded = false;
  let ending = false;
  let corked = false;
  let why: string | null = null;

  const cut = (reason: string) => {
    why ??= reason;
    socket.destroy();
  };

  const hear = (bytes: Buffer) => {
    let from = 0;
    while (from < bytes.length && !socket.destroyed && !ending) {
      if (!mayHear()) return holdBack(bytes.subarray(from));
      const end = bytes.indexOf(NEWLINE, from);
      const piece = bytes.subarray(from, end === -1 ? bytes.length : end);
      piecesBytes += piece.length;
      if (piecesBytes > limits.lineMaxBytes) {
        return cut(`a line is longer than ${limits.lineMaxBytes} bytes`);
      }
      if (end === -1) {
        pieces.push(piece);
        return;
      }
      const line = pieces.length === 0 ? piece : Buffer.concat([...pieces, piece]);
      pieces = [];
      piecesBytes = 0;
      from = end + 1;
      linesHeard++;
      if (line.length > 0) events.onLine(line);
    }
  };

  const mayHear = (): boolean => {
    if (linesHeard < limits.linesPerWindow) {
      if (linesHeard === 0) windowEndsMs = clock.nowMs() + limits.windowMs;
      return true;
    }
    if (clock.nowMs() < windowEndsMs) return false;
    linesHeard = 0;
    return mayHear();
  };

  const holdBack = (bytes: Buffer) => {
    socket.pause();
    rest = clock.after(Math.max(1, windowEndsMs - clock.nowMs()), () => {
      rest = null;
      linesHeard = 0;
      hear(bytes);
      if (rest !== null || socket.destroyed) return;
      if (inputEnded) events.onEnd();
      else socket.resume();
    });
  };

  socket.on("data", hear);
  socket.on("end", () => {
    inputEnded = true;
    if (rest === null) events.onEnd();
  });
  socket.on("error", (error) => {
    why ??= error.message;
  });
  socket.once("close", () => {
    rest?.cancel();
    hangUp?.cancel();
    events.onClose(why);
  });

  return {
    send(value) {
      if (ending || !socket.writable) return false;
      if (!corked) {
        // One write a tick, however many messages.
        corked = true;
        socket.cork();
        process.nextTick(() => {
          corked = false;
          socket.uncork();
        });
      }
      socket.write(`${JSON.stringify(value)}\n`);
      if (socket.writableLength <= limits.backlogMaxBytes) return true;
      cut(`it does not read: ${socket.writableLength} bytes wait for it`);
      return false;
    },
    get backlogBytes() {
      return socket.writableLength;
    },
    onDrain(call) {
      if (!socket.writableNeedDrain) process.nextTick(call);
      else socket.once("drain", call);
    },
    end() {
      if (ending) return;
      ending = true;
      socket.end();
      // It has said its last line and need not be heard; who does not read it is not waited for.
      socket.resume();
      hangUp = clock.after(LAST_WORDS_MS, () => socket.destroy());
    },
    destroy: () => void socket.destroy(),
  };
}
