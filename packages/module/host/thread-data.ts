// thread-data.ts: what a worker thread is given at its birth, and where its program is.
import type { MessagePort } from "node:worker_threads";

export type ThreadData = {
  readonly entry: string;
  /** Files for its lines; `null`: the program's own stdout and stderr. */
  readonly outPath: string | null;
  readonly errPath: string | null;
  /** Its control link; `null`: the socket that its environment names. */
  readonly control: MessagePort | null;
  readonly bus: MessagePort | null;
};
