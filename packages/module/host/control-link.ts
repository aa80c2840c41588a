// control-link.ts: the line between a module and whoever runs it, whatever carries it.
import type { ModuleMessage, OrchestratorMessage } from "@skelly-jelly/contract";

export type ControlLink = {
  /** Called whenever the link is open (again); soon, if it is open already. */
  onOpen(call: () => void): void;
  onMessage(call: (message: OrchestratorMessage) => void): void;
  /** Called when it is closed for good. */
  onClose(call: () => void): void;
  /** False when it was not sent because the link is not open now. */
  send(message: ModuleMessage): boolean;
  /** Sends what waits, then closes for good. Resolves within a second. */
  close(): Promise<void>;
};

/** The other end of a direct link. */
export type HostEnd = {
  tell(message: OrchestratorMessage): void;
  onMessage(call: (message: ModuleMessage) => void): void;
};

/** A link inside one thread. Messages are copied and come in later turns, as they would from a socket. */
export function directLink(): { readonly link: ControlLink; readonly host: HostEnd } {
  const toModule: ((message: OrchestratorMessage) => void)[] = [];
  const toHost: ((message: ModuleMessage) => void)[] = [];
  const closed: (() => void)[] = [];
  let open = true;
  const deliver = <T>(calls: readonly ((message: T) => void)[], message: T): void => {
    const copy = structuredClone(message);
    queueMicrotask(() => {
      for (const call of calls) call(copy);
    });
  };
  const link: ControlLink = {
    onOpen: (call) => queueMicrotask(() => open && call()),
    onMessage: (call) => void toModule.push(call),
    onClose: (call) => void closed.push(call),
    send(message) {
      if (open) deliver(toHost, message);
      return open;
    },
    async close() {
      if (!open) return;
      open = false;
      for (const call of closed) call();
    },
  };
  return {
    link,
    host: {
      tell: (message) => void (open && deliver(toModule, message)),
      onMessage: (call) => void toHost.push(call),
    },
  };
}

/** What both kinds of MessagePort (and a worker's parentPort) offer. */
export type Port = {
  on(event: "message", call: (message: any) => void): unknown;
  on(event: "close", call: () => void): unknown;
  postMessage(message: unknown): void;
  close(): void;
};

/** A link over a message port, for a worker thread of a program that embeds the library. */
export function portLink(port: Port): ControlLink {
  let open = true;
  port.on("close", () => {
    open = false;
  });
  return {
    onOpen: (call) => queueMicrotask(() => open && call()),
    onMessage: (call) => void port.on("message", call),
    onClose: (call) => void port.on("close", call),
    send(message) {
      if (open) port.postMessage(message);
      return open;
    },
    async close() {
      open = false;
      port.close();
    },
  };
}
