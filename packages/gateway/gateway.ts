// gateway.ts: the gateway put together: a mirror of the orchestrator, and two doors to it.
import { chmodSync, rmSync } from "node:fs";
import type { Server } from "node:http";
import type { Door, Tokens } from "./access.ts";
import { readGatewayFile, writeGatewayFile } from "./gateway-file.ts";
import { createMetrics } from "./metrics.ts";
import { createMirror } from "./mirror.ts";
import { openApi } from "./openapi.ts";
import { readPageFiles } from "./page-files.ts";
import { GATEWAY_LIMITS, type GatewayOptions } from "./ports.ts";
import { json, type Route } from "./route.ts";
import { ACT_ROUTES } from "./routes/act.ts";
import { LOOK_ROUTES } from "./routes/look.ts";
import { PROBE_ROUTES } from "./routes/probes.ts";
import { STREAM_ROUTES } from "./routes/streams.ts";
import { WHY_ROUTES } from "./routes/why.ts";
import { createHttpServer } from "./server.ts";

export type RunningGateway = {
  readonly url: string;
  readonly port: number;
  readonly tokens: Tokens;
  readonly connected: boolean;
  close(): Promise<void>;
};

const FIRST_WORD_MS = 5_000;
const API_VERSION = "1.0.0";

/** Resolves when both doors are open. */
export async function startGateway(options: GatewayOptions): Promise<RunningGateway> {
  const { file, socketPath, log } = options;
  const limits = { ...GATEWAY_LIMITS, ...options.limits };
  const known = readGatewayFile(file);
  const metrics = createMetrics();
  const mirror = createMirror(options);
  mirror.listen({ onEvent: (event) => metrics.take(event) });
  const page = options.page === null ? null : readPageFiles(options.page);
  const serving = {
    routes: API_ROUTES,
    use: { mirror, logs: options.logs, explain: options.explain ?? null, metrics, limits, log },
    tokens: known.tokens,
    page,
  };

  let port = 0;
  const unix = createHttpServer(serving, () => ({ kind: "unix" }));
  const tcp = createHttpServer(serving, (): Door => ({ kind: "tcp", port }));
  try {
    rmSync(socketPath, { force: true });
    await listen(unix, { path: socketPath });
    chmodSync(socketPath, 0o600);
    port = await listenOn(tcp, options.port, known.port);
  } catch (error) {
    mirror.close();
    unix.close();
    throw error;
  }
  // Ready is who has something to show; without an orchestrator it goes on and says so.
  await mirror.heard(FIRST_WORD_MS);
  const url = `http://127.0.0.1:${port}/`;
  writeGatewayFile(file, { pid: process.pid, port, url, socketPath, tokens: known.tokens });
  return {
    url,
    port,
    tokens: known.tokens,
    get connected() {
      return mirror.connected;
    },
    async close() {
      mirror.close();
      const servers = [unix, tcp];
      const ended = servers.map(
        (server) => new Promise<void>((done) => server.close(() => done())),
      );
      for (const server of servers) server.closeAllConnections();
      await Promise.all(ended);
      rmSync(socketPath, { force: true });
    },
  };
}

const DOCUMENT_ROUTE: Route = {
  method: "GET",
  path: "/openapi.json",
  id: "getOpenApi",
  says: "This document.",
  tag: "probes",
  role: null,
  answers: { type: "application/json", schema: { type: "object" }, says: "OpenAPI 3.1." },
  handle: () => json(DOCUMENT),
};

export const API_ROUTES: readonly Route[] = [
  ...LOOK_ROUTES,
  ...WHY_ROUTES,
  ...ACT_ROUTES,
  ...STREAM_ROUTES,
  ...PROBE_ROUTES,
  DOCUMENT_ROUTE,
];

const DOCUMENT = openApi(API_ROUTES, API_VERSION);

/** A port that was asked for must be had; last time's is only preferred, so that open pages find it again. */
async function listenOn(
  server: Server,
  asked: number | null,
  last: number | null,
): Promise<number> {
  const host = "127.0.0.1";
  try {
    await listen(server, { port: asked ?? last ?? 0, host });
  } catch (error) {
    if (asked !== null || (error as NodeJS.ErrnoException).code !== "EADDRINUSE") throw error;
    await listen(server, { port: 0, host });
  }
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("bug: not a TCP server");
  return address.port;
}

function listen(server: Server, where: { path: string } | { port: number; host: string }) {
  return new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(where, () => {
      server.off("error", reject);
      resolve();
    });
  });
}
