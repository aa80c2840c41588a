// server.ts: HTTP with a limit on everything: one request in, checked against its route, one answer out.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { assertOurs, type Door, roleOf, type Tokens, unauthorized } from "./access.ts";
import { readBody } from "./body.ts";
import type { PageFiles } from "./page-files.ts";
import { asProblem, HttpProblem } from "./problem.ts";
import { readQuery } from "./query.ts";
import { match, type Reply, type Route, type Use } from "./route.ts";
import { violations } from "./schema.ts";
import { openStream } from "./sse.ts";

export type Serving = {
  readonly routes: readonly Route[];
  readonly use: Use;
  readonly tokens: Tokens;
  readonly page: PageFiles | null;
};

const COMMON_HEADERS = {
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cross-origin-resource-policy": "same-origin",
} as const;

/** `door` is asked at each request: a port is known only once it listens. */
export function createHttpServer(serving: Serving, door: () => Door): Server {
  const { limits, log, metrics } = serving.use;
  let streams = 0;
  const server = createServer(
    {
      maxHeaderSize: limits.headerMaxBytes,
      headersTimeout: limits.headersMs,
      requestTimeout: limits.requestMs,
      keepAliveTimeout: limits.idleMs,
      connectionsCheckingInterval: Math.min(1_000, limits.headersMs),
      // Our own check says more than the parser's bare 400.
      requireHostHeader: false,
    },
    (request, response) => {
      response.on("error", () => response.destroy());
      void answer(request, response);
    },
  );
  server.maxConnections = limits.connectionsMax;
  server.maxRequestsPerSocket = 1_000;
  server.on("clientError", (error: NodeJS.ErrnoException, socket) => {
    if (error.code === "ECONNRESET" || !socket.writable) return socket.destroy();
    const status = CLIENT_ERRORS[error.code ?? ""] ?? "400 Bad Request";
    socket.end(`HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`);
  });
  server.on("upgrade", (_request, socket) => socket.destroy());
  server.on("checkExpectation", (_request, response: ServerResponse) => {
    response.writeHead(417, { connection: "close" }).end();
  });

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    try {
      const reply = await replyTo(request, serving, door());
      if (reply.kind !== "stream") return send(request, response, reply);
      if (streams >= limits.streamsMax) {
        throw new HttpProblem(503, "Too many streams are open.", {
          headers: { "retry-after": "5" },
        });
      }
      if (request.method === "HEAD") return void response.writeHead(200, COMMON_HEADERS).end();
      streams += 1;
      const stream = openStream(response, limits.streamBacklogBytes, () => metrics.streamCut());
      const stop = reply.start(stream);
      response.once("close", () => {
        streams -= 1;
        stop();
      });
    } catch (error) {
      const refused = asProblem(error);
      if (refused.problem.status === 500) log(`a request failed: ${(error as Error).stack}`);
      const { problem, headers } = refused;
      const type = "application/problem+json";
      send(request, response, {
        kind: "json",
        value: problem,
        status: problem.status,
        type,
        headers,
      });
    }
  };

  return server;
}

const CLIENT_ERRORS: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: "431 Request Header Fields Too Large",
  ERR_HTTP_REQUEST_TIMEOUT: "408 Request Timeout",
};

async function replyTo(request: IncomingMessage, serving: Serving, door: Door): Promise<Reply> {
  assertOurs(request, door);
  const { method = "GET", headers } = request;
  const role = roleOf(request, door, serving.tokens);
  const [path = "/", query = ""] = splitUrl(request.url ?? "/");
  const found = match(serving.routes, method, path);
  if (found.kind === "none") {
    const file = method === "GET" || method === "HEAD" ? serving.page?.get(path) : undefined;
    if (file !== undefined) return file;
    throw new HttpProblem(404, "There is nothing here.", { detail: "See /openapi.json." });
  }
  if (found.kind === "method") {
    throw new HttpProblem(405, `${method} is not for this.`, {
      headers: { allow: found.allow.join(", ") },
    });
  }
  const { route, params } = found;
  if (route.role !== null && role === null) throw unauthorized("None was given.");
  if (route.role === "control" && role !== "control") {
    throw new HttpProblem(403, "This token may only look.", { code: "READ_ONLY" });
  }
  assertValid(params, { properties: route.params ?? {} }, "The path is not valid.");
  const asked = readQuery(query, route.query ?? {});
  const body = await readBody(request, route, serving.use.limits.bodyMaxBytes);
  if (route.body !== undefined) assertValid(body, route.body, "The body is not valid.", 422);
  serving.use.metrics.request();
  return await route.handle({ params, query: asked, body, headers, role }, serving.use);
}

function assertValid(
  value: unknown,
  schema: Parameters<typeof violations>[1],
  title: string,
  status = 400,
): void {
  const problems = violations(value, schema).slice(0, 20);
  if (problems.length > 0) throw new HttpProblem(status, title, { code: "INVALID", problems });
}

/** Absolute forms (`GET http://host/path`) name a host of their own: not served. */
function splitUrl(url: string): readonly [string, string] {
  if (!url.startsWith("/")) throw new HttpProblem(400, "The address must begin with a slash.");
  const mark = url.indexOf("?");
  return mark < 0 ? [url, ""] : [url.slice(0, mark), url.slice(mark + 1)];
}

function send(
  request: IncomingMessage,
  response: ServerResponse,
  reply: Exclude<Reply, { kind: "stream" }>,
): void {
  if (response.headersSent || response.destroyed) return void response.destroy();
  const text = reply.kind === "json" ? `${JSON.stringify(reply.value)}\n` : reply.text;
  const bytes = Buffer.from(text);
  // What was not read of the body is not waited for.
  const close = request.complete ? {} : { connection: "close" };
  response.writeHead(reply.status ?? 200, {
    ...COMMON_HEADERS,
    "content-type": reply.type ?? (reply.kind === "json" ? "application/json" : "text/plain"),
    "content-length": bytes.length,
    "cache-control": "no-store",
    ...close,
    ...reply.headers,
  });
  response.end(request.method === "HEAD" ? undefined : bytes);
}
