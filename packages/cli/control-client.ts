// control-client.ts: asks the daemon over its control socket: one JSON object a line, both ways.

import { connect, type Socket } from "node:net";
import type { ClientReply, Json } from "@skelly-jelly/contract";

/** The daemon said no, or could not be asked. `code` is the daemon's, or one of ours below. */
export class ControlError extends Error {
  override readonly name = "ControlError";
  readonly code: string;
  readonly problems: readonly Json[];

  constructor(code: string, message: string, problems: readonly Json[] = []) {
    super(message);
    this.code = code;
    this.problems = problems;
  }
}

/** Our own codes; the daemon's (NO_SUCH_MODULE, START_FAILED …) come as they are. */
export const CLIENT_CODES = {
  /** Nothing listens on the socket. */
  notRunning: "NOT_RUNNING",
  /** Something listens, but no answer came in time. */
  noAnswer: "NO_ANSWER",
  /** The daemon ended, or closed the connection, before it answered. */
  gone: "CONNECTION_CLOSED",
} as const;

/** A longer line is a daemon gone wrong; 1,000 modules' status is about 1 MB. */
const LINE_MAX_BYTES = 64 * 1024 * 1024;

export type AskOptions = {
  /** Limit for the last word. `null`: the daemon keeps its own limit, or the user interrupts. */
  readonly timeoutMs?: number | null;
  readonly onItem?: (item: Json) => void;
  /**
   * Called with the answer as it is read. A promise goes on only after everything that came in the
   * same piece, such as events that are newer than this answer.
   */
  readonly onAnswer?: (value: Json) => void;
};

type Pending = {
  readonly resolve: (value: Json) => void;
  readonly reject: (error: ControlError) => void;
  readonly onItem: (item: Json) => void;
  readonly onAnswer: (value: Json) => void;
  readonly timer: NodeJS.Timeout | null;
  readonly verb: string;
};

export interface ControlClient {
  request(verb: string, args?: Readonly<Record<string, Json>>, options?: AskOptions): Promise<Json>;
  /** Resolves when the connection has closed, whoever closed it. */
  readonly closed: Promise<void>;
  close(): void;
}

const ANSWER_TIMEOUT_MS = 10_000;
const CONNECT_TIMEOUT_MS = 5_000;

/** Rejects with NOT_RUNNING when nothing listens there. */
export async function connectControl(path: string): Promise<ControlClient> {
  const socket = connect(path);
  await new Promise<void>((done, fail) => {
    const timer = setTimeout(() => {
      socket.destroy();
      fail(noAnswer("connect", CONNECT_TIMEOUT_MS));
    }, CONNECT_TIMEOUT_MS);
    socket.once("connect", () => {
      clearTimeout(timer);
      done();
    });
    socket.once("error", (error: NodeJS.ErrnoException) => {
      clearTimeout(timer);
      fail(connectError(error, path));
    });
  });
  return speak(socket);
}

/** True when the other side closed the connection in time. */
export async function closedWithin(client: ControlClient, ms: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((done) => {
    timer = setTimeout(() => done(false), ms);
  });
  try {
    return await Promise.race([client.closed.then(() => true as const), late]);
  } finally {
    clearTimeout(timer);
  }
}

function speak(socket: Socket): ControlClient {
  const pending = new Map<number, Pending>();
  let nextId = 1;
  let closing: ControlError | null = null;
  const endAll = (error: ControlError): void => {
    closing = error;
    for (const [id, request] of pending) {
      pending.delete(id);
      if (request.timer !== null) clearTimeout(request.timer);
      request.reject(error);
    }
  };
  const closed = new Promise<void>((done) => {
    socket.once("close", () => {
      endAll(new ControlError(CLIENT_CODES.gone, "The orchestrator closed the connection."));
      done();
    });
  });
  // "close" always follows an error and ends what waits.
  socket.on("error", (error) => endAll(new ControlError(CLIENT_CODES.gone, error.message)));
  readLines(socket, (line) => take(line, pending), endAll);

  return {
    closed,
    close: () => void socket.destroy(),
    request(
      verb,
      args = {},
      { timeoutMs = ANSWER_TIMEOUT_MS, onItem = () => {}, onAnswer = () => {} } = {},
    ) {
      return new Promise<Json>((resolve, reject) => {
        if (closing !== null) return reject(closing);
        const id = nextId++;
        const giveUp = (limitMs: number) => (): void => {
          pending.delete(id);
          reject(noAnswer(verb, limitMs));
        };
        const timer = timeoutMs === null ? null : setTimeout(giveUp(timeoutMs), timeoutMs);
        pending.set(id, { resolve, reject, onItem, onAnswer, timer, verb });
        socket.write(`${JSON.stringify({ id, verb, args })}\n`);
      });
    },
  };
}

function take(line: string, pending: Map<number, Pending>): void {
  const reply = JSON.parse(line) as ClientReply;
  const request = pending.get(reply.id);
  // An answer that came after its time limit: nobody waits for it any more.
  if (request === undefined) return;
  if ("item" in reply) return request.onItem(reply.item);
  pending.delete(reply.id);
  if (request.timer !== null) clearTimeout(request.timer);
  if (reply.ok) {
    request.onAnswer(reply.value);
    request.resolve(reply.value);
  } else request.reject(new ControlError(reply.code, reply.message, reply.problems ?? []));
}

function readLines(
  socket: Socket,
  onLine: (line: string) => void,
  onError: (error: ControlError) => void,
): void {
  let parts: string[] = [];
  let length = 0;
  socket.setEncoding("utf8");
  socket.on("data", (chunk: string) => {
    let from = 0;
    for (let end = chunk.indexOf("\n"); end >= 0; end = chunk.indexOf("\n", from)) {
      const line = parts.join("") + chunk.slice(from, end);
      parts = [];
      length = 0;
      from = end + 1;
      try {
        if (line !== "") onLine(line);
      } catch (error) {
        onError(new ControlError(CLIENT_CODES.gone, `Unreadable answer: ${String(error)}`));
        socket.destroy();
        return;
      }
    }
    parts.push(chunk.slice(from));
    length += chunk.length - from;
    if (length > LINE_MAX_BYTES) {
      onError(new ControlError(CLIENT_CODES.gone, "The orchestrator's answer is too long."));
      socket.destroy();
    }
  });
}

const noAnswer = (verb: string, afterMs: number): ControlError =>
  new ControlError(
    CLIENT_CODES.noAnswer,
    `The orchestrator did not answer '${verb}' within ${afterMs / 1000} s.`,
  );

/** ECONNRESET: it closed its door in this very moment. */
const NOBODY_THERE: ReadonlySet<string> = new Set([
  "ENOENT",
  "ECONNREFUSED",
  "ECONNRESET",
  "ENOTDIR",
]);

function connectError(error: NodeJS.ErrnoException, path: string): ControlError {
  if (NOBODY_THERE.has(error.code ?? "")) {
    return new ControlError(CLIENT_CODES.notRunning, "Nothing is running.");
  }
  const why = error.code === "EACCES" ? "it belongs to another user" : error.message;
  return new ControlError(CLIENT_CODES.gone, `Cannot open the control socket ${path}: ${why}.`);
}
