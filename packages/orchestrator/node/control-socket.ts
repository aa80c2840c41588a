// control-socket.ts: the daemon's door. Modules say hello here, clients send requests; one socket, 0600.
import { chmodSync, unlinkSync } from "node:fs";
import { connect, createServer, type Socket } from "node:net";
import {
  type ClientRequest,
  CONTROL_LINE_MAX_BYTES,
  type InstanceId,
  type Json,
  type ModuleMessage,
  type OrchestratorMessage,
} from "@skelly-jelly/contract";
import type { Clock } from "../ports/clock.ts";
import { type ClientCall, type ClientSession, clientSession } from "./client-session.ts";
import { type LinePeer, linePeer, type PeerLimits } from "./line-peer.ts";
import { checkModuleMessage, isObject } from "./module-message.ts";

export type Hello = Extract<ModuleMessage, { type: "hello" }>;

export type Registration = {
  readonly instance: InstanceId;
  readonly incarnation: number;
  readonly token: string;
  /** It has (re)connected: the moment to answer with `welcome`. Left out, `onMessage` is told. */
  onHello?(hello: Hello): void;
  onMessage(message: ModuleMessage): void;
  /** Its connection closed and no new one took its place. */
  onLost(): void;
};

export type Channel = {
  /** False when it is not connected; the message is then not delivered. */
  tell(message: OrchestratorMessage): boolean;
  readonly connected: boolean;
  /** Forgets the token and hangs up; `onLost` does not follow. */
  close(): void;
};

export type ControlSocket = {
  /** Resolves when it listens; rejects when it cannot, with the reason. */
  readonly opened: Promise<void>;
  readonly path: string;
  readonly connections: number;
  register(registration: Registration): Channel;
  close(): Promise<void>;
};

export type ControlSocketOptions = {
  readonly path: string;
  readonly clock: Clock;
  onRequest(request: ClientRequest, client: ClientCall): void;
  /** What peers do wrong, in sentences. */
  log(message: string): void;
  readonly connectionsMax?: number;
  readonly firstLineMs?: number;
  readonly limits?: Partial<PeerLimits>;
};

const DEFAULTS = { connectionsMax: 2048, firstLineMs: 5000 };
const LIMITS: PeerLimits = {
  lineMaxBytes: CONTROL_LINE_MAX_BYTES,
  backlogMaxBytes: 8 * 1024 * 1024,
  linesPerWindow: 100,
  windowMs: 50,
};
const STALE_TEST_MS = 1000;

type Bound = Registration & { peer: LinePeer | null; open: boolean };

export function createControlSocket(options: ControlSocketOptions): ControlSocket {
  const { path, clock, onRequest, log, connectionsMax, firstLineMs } = { ...DEFAULTS, ...options };
  const limits = { ...LIMITS, ...options.limits };
  const byToken = new Map<string, Bound>();
  const peers = new Set<LinePeer>();
  const server = createServer({ allowHalfOpen: true }, (socket) => welcome(socket));
  let closing = false;

  const welcome = (socket: Socket) => {
    let bound: Bound | null = null;
    let session: ClientSession | null = null;
    const firstLine = clock.after(firstLineMs, () => {
      log(`control socket: a peer said nothing for ${firstLineMs} ms and was cut`);
      peer.destroy();
    });

    const first = (said: unknown) => {
      firstLine.cancel();
      if (isObject(said) && said["type"] === "hello") {
        bound = bind(said, peer);
      } else {
        session = clientSession(peer, clock, onRequest);
        session.hear(said);
      }
    };

    const onLine = (line: Buffer) => {
      const said = parse(line);
      if (bound !== null) return moduleSays(bound, said);
      if (session !== null) return session.hear(said);
      return first(said);
    };

    const peer = linePeer(socket, clock, limits, {
      onLine,
      onEnd() {
        if (session === null) peer.end();
        else session.inputEnded();
      },
      onClose(why) {
        firstLine.cancel();
        peers.delete(peer);
        session?.closed();
        const whose = bound === null ? "a client" : `'${bound.instance}'`;
        if (why !== null && !closing) log(`control socket: ${whose} was cut: ${why}`);
        if (bound === null || bound.peer !== peer) return;
        bound.peer = null;
        if (bound.open) bound.onLost();
      },
    });
    if (peers.size >= connectionsMax) {
      log(`control socket: more than ${connectionsMax} connections; one was refused`);
      firstLine.cancel();
      return peer.destroy();
    }
    peers.add(peer);
  };

  const bind = (said: unknown, peer: LinePeer): Bound | null => {
    const hello = checkModuleMessage(said);
    const denied = (message: string) => {
      log(`control socket: a hello was denied: ${message}`);
      peer.send({ type: "denied", message } satisfies OrchestratorMessage);
      peer.end();
      return null;
    };
    if (typeof hello === "string" || hello.type !== "hello") return denied(String(hello));
    const found = byToken.get(hello.token);
    const mark = found === undefined ? "" : `/${found.instance}/${found.incarnation}`;
    if (found === undefined || !hello.incarnation.endsWith(mark)) {
      return denied(`the token is not that of a living incarnation (${hello.incarnation})`);
    }
    const older = found.peer;
    found.peer = peer;
    older?.end();
    greet(found, hello);
    return found;
  };

  const moduleSays = (bound: Bound, said: unknown) => {
    if (!bound.open) return;
    const message = checkModuleMessage(said);
    if (typeof message === "string") {
      log(`control socket: a message of '${bound.instance}' is not understood: ${message}`);
    } else if (message.type === "hello") {
      greet(bound, message);
    } else {
      bound.onMessage(message);
    }
  };

  return {
    opened: listen(server, path, log),
    path,
    get connections() {
      return peers.size;
    },
    register(registration) {
      const bound: Bound = { ...registration, peer: null, open: true };
      byToken.set(registration.token, bound);
      return {
        tell: (message) => bound.peer?.send(message) ?? false,
        get connected() {
          return bound.peer !== null;
        },
        close() {
          bound.open = false;
          if (byToken.get(bound.token) === bound) byToken.delete(bound.token);
          bound.peer?.end();
        },
      };
    },
    async close() {
      closing = true;
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      // What was written goes out; who does not read it is cut a moment later.
      for (const peer of peers) peer.end();
      await closed;
    },
  };
}

function greet(bound: Bound, hello: Hello): void {
  if (bound.onHello === undefined) bound.onMessage(hello);
  else bound.onHello(hello);
}

/** `undefined`: not JSON. */
function parse(line: Buffer): Json | undefined {
  try {
    return JSON.parse(line.toString("utf8")) as Json;
  } catch {
    return undefined;
  }
}

type Server = ReturnType<typeof createServer>;

async function listen(server: Server, path: string, log: (message: string) => void): Promise<void> {
  try {
    await bindTo(server, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE") throw error;
    if (await somebodyAnswers(path)) {
      throw new Error(`another orchestrator answers on ${path}`, { cause: error });
    }
    unlinkSync(path);
    await bindTo(server, path);
  }
  server.on("error", (error) => log(`control socket: ${error.message}`));
  chmodSync(path, 0o600);
}

function bindTo(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.once("listening", () => {
      server.off("error", reject);
      resolve();
    });
    const before = narrowMask();
    try {
      // Binds before it returns: the file is never there with wider rights, not even for a moment.
      server.listen(path);
    } finally {
      if (before !== null) process.umask(before);
    }
  });
}

/** Threads may not change the mask; there the file gets its rights a moment later. */
function narrowMask(): number | null {
  try {
    return process.umask(0o177);
  } catch {
    return null;
  }
}

function somebodyAnswers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    const settle = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    // A full queue or a stopped process: somebody holds it.
    socket.setTimeout(STALE_TEST_MS, () => settle(true));
    socket.once("connect", () => settle(true));
    socket.once("error", ({ code }: NodeJS.ErrnoException) =>
      settle(code !== "ECONNREFUSED" && code !== "ENOENT"),
    );
  });
}
