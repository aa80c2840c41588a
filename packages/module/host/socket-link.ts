// socket-link.ts: a control link over the orchestrator's Unix socket, one JSON object a line.
// It reconnects for ever: the orchestrator may die and come back while the module works on.
import { connect, type Socket } from "node:net";
import { CONTROL_LINE_MAX_BYTES, type OrchestratorMessage } from "@skelly-jelly/contract";
import type { ModuleLog } from "../define-module.ts";
import type { ControlLink } from "./control-link.ts";
import { cutLines } from "./lines.ts";
import { messageOf } from "./module-log.ts";

const RETRY_MIN_MS = 50;
const RETRY_MAX_MS = 2000;
const CLOSE_MS = 500;
/** What may wait for an orchestrator that does not read. */
const WAITING_MAX_BYTES = 8 * CONTROL_LINE_MAX_BYTES;

export function socketLink(path: string, log: ModuleLog): ControlLink {
  const opened: (() => void)[] = [];
  const heard: ((message: OrchestratorMessage) => void)[] = [];
  const closed: (() => void)[] = [];
  let socket: Socket | null = null;
  let isOpen = false;
  let done = false;
  let failures = 0;
  let retry: NodeJS.Timeout | null = null;

  const hear = (line: string): void => {
    const message = parse(line);
    if (message === null) {
      log.warn("the orchestrator sent a line that is no message");
      return;
    }
    failures = 0;
    if (message.type === "denied") done = true;
    for (const call of heard) call(message);
  };
  const open = (): void => {
    retry = null;
    const current = connect(path);
    socket = current;
    const lines = cutLines(CONTROL_LINE_MAX_BYTES, hear, () => {
      log.warn("the orchestrator sent a line that is too long; reconnecting");
      current.destroy();
    });
    current.on("connect", () => {
      isOpen = true;
      for (const call of opened) call();
    });
    current.on("data", (chunk) => lines.push(chunk));
    current.on("error", (error) => {
      // Once is worth a line; the attempts that follow are not.
      failures += 1;
      if (failures === 1) log.debug("no orchestrator; trying again", { reason: messageOf(error) });
    });
    current.on("close", () => {
      isOpen = false;
      if (done) for (const call of closed.splice(0)) call();
      else retry = setTimeout(open, retryMs(failures));
    });
  };
  open();

  return {
    onOpen(call) {
      opened.push(call);
      if (isOpen) queueMicrotask(() => isOpen && call());
    },
    onMessage: (call) => void heard.push(call),
    onClose: (call) => void closed.push(call),
    send(message) {
      if (!isOpen || socket === null || socket.writableLength > WAITING_MAX_BYTES) return false;
      socket.write(`${JSON.stringify(message)}\n`);
      return true;
    },
    async close() {
      done = true;
      if (retry !== null) clearTimeout(retry);
      if (socket === null || socket.destroyed) return;
      await endSocket(socket, isOpen);
    },
  };
}

/** Doubles from 50 ms to 2 s, with half of it left to chance so that modules do not come in step. */
export function retryMs(failures: number, chance: number = Math.random()): number {
  const ceiling = Math.min(RETRY_MAX_MS, RETRY_MIN_MS * 2 ** Math.min(failures, 10));
  return Math.round(ceiling * (0.5 + chance / 2));
}

function parse(line: string): OrchestratorMessage | null {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value !== "object" || value === null || !("type" in value)) return null;
    return value as OrchestratorMessage;
  } catch {
    return null;
  }
}

/** Sends what waits, then closes; destroys it when that takes too long. */
function endSocket(socket: Socket, isOpen: boolean): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => socket.destroy(), CLOSE_MS);
    socket.once("close", () => {
      clearTimeout(timer);
      resolve();
    });
    if (isOpen) socket.end(() => socket.destroy());
    else socket.destroy();
  });
}
