// link.ts: what a bus needs from whatever carries it: the table in this process, or a connection.
import type { Outgoing } from "./frame.ts";
import type { Frame } from "./wire-parser.ts";

/** Where messages of one subscription arrive. */
export type Inlet = {
  readonly pattern: string;
  readonly queue: string | null;
  /** How many more it takes before it ends by itself; `null`: no end. */
  remaining(): number | null;
  receive(frame: Frame): void;
  /** The sender should wait. */
  readonly blocks: boolean;
  readonly isFull: boolean;
  onRelief(resume: () => void): () => void;
};

export type Link = {
  /** From now on its messages arrive; the answer ends that. */
  attach(inlet: Inlet): () => void;
  /** `unheard` is called when it is known that nobody listens. */
  send(message: Outgoing, unheard: (() => void) | null): void;
  flush(timeoutMs: number): Promise<void>;
  /** Sends what waits, then ends. */
  close(): Promise<void>;
  /** False while there is no connection. */
  readonly isUp: boolean;
  readonly reconnects: number;
  /** Lost on the way out, because there was no connection for too long. */
  readonly dropped: number;
};
