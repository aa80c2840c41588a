// listen.ts: opens the hub's doors: loopback TCP, and a Unix socket that only its owner may use.
import { chmodSync, unlinkSync } from "node:fs";
import { connect, createServer, type Server, type Socket } from "node:net";
import { isMainThread } from "node:worker_threads";
import { BusError } from "./bus-error.ts";

export function listenTcp(
  host: string,
  port: number,
  onSocket: (socket: Socket) => void,
): Promise<Server> {
  const server = createServer({ noDelay: true }, onSocket);
  return listening(server, () => server.listen({ host, port }));
}

/** Takes over the path of a hub that died; refuses one where somebody still answers. */
export async function listenUnix(
  path: string,
  onSocket: (socket: Socket) => void,
): Promise<Server> {
  try {
    return await bindUnix(path, onSocket);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE") throw error;
  }
  if (await answers(path)) {
    throw new BusError("UNSUPPORTED", `another hub listens on ${path}; stop it first`);
  }
  unlinkSync(path);
  return bindUnix(path, onSocket);
}

export function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
  });
}

async function bindUnix(path: string, onSocket: (socket: Socket) => void): Promise<Server> {
  const server = createServer(onSocket);
  const opened = listening(server, () => {
    // The socket is made within this call: with this mask nobody else can open it, not even briefly.
    const mask = isMainThread ? process.umask(0o177) : null;
    server.listen(path);
    if (mask !== null) process.umask(mask);
  });
  await opened;
  chmodSync(path, 0o600);
  return server;
}

function listening(server: Server, start: () => void): Promise<Server> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.once("listening", () => {
      server.removeListener("error", reject);
      resolve(server);
    });
    start();
  });
}

function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect(path);
    const end = (alive: boolean): void => {
      probe.destroy();
      resolve(alive);
    };
    probe.setTimeout(1000, () => end(true));
    probe.once("connect", () => end(true));
    probe.once("error", () => end(false));
  });
}
