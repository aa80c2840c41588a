// page-server.ts: the page on loopback HTTP: its files, its event stream, and what the user does, coming back.
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join } from "node:path";

const BODY_MAX_BYTES = 4096;
const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
};
const SAFE_HEADERS = {
  "content-security-policy":
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; " +
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'",
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "permissions-policy": "camera=(), microphone=(), geolocation=()",
} as const;

export type PageHandlers = {
  /** A page wants the stream; false: there is no room. */
  stream(response: ServerResponse, lastEventId: string | undefined): boolean;
  /** What the user did; false: not understood. */
  reaction(body: unknown): boolean;
};
export type PageServer = {
  readonly url: string;
  /** The port that was asked for was taken, so this is another one. */
  readonly moved: boolean;
  close(): Promise<void>;
};

/** Resolves when it listens. A taken port is not a failure: any free one will do, and is named. */
export async function servePage(
  directory: string,
  port: number,
  handlers: PageHandlers,
): Promise<PageServer> {
  const files = readFiles(directory);
  const server = createServer({ requestTimeout: 10_000, headersTimeout: 5000 });
  server.maxConnections = 64;
  const moved = await listen(server, port);
  const { port: actual } = server.address() as AddressInfo;
  const hosts = new Set(["127.0.0.1", "localhost", "[::1]"].map((name) => `${name}:${actual}`));
  server.on("request", (request, response) => {
    for (const [name, value] of Object.entries(SAFE_HEADERS)) response.setHeader(name, value);
    // A page elsewhere that points its name at 127.0.0.1 gets nothing.
    if (!hosts.has(request.headers.host ?? "")) return answer(response, 421, "not this host");
    route(request, response, { files, handlers, hosts });
  });
  return {
    url: `http://127.0.0.1:${actual}/`,
    moved,
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}

type PageFile = { readonly body: Buffer; readonly type: string; readonly tag: string };
type Site = {
  readonly files: ReadonlyMap<string, PageFile>;
  readonly handlers: PageHandlers;
  readonly hosts: ReadonlySet<string>;
};

function route(request: IncomingMessage, response: ServerResponse, site: Site): void {
  const path = (request.url ?? "/").split("?")[0] ?? "/";
  if (path === "/reaction") return takeReaction(request, response, site);
  if (request.method !== "GET" && request.method !== "HEAD") {
    response.setHeader("allow", "GET, HEAD");
    return answer(response, 405, "only GET");
  }
  if (path === "/events") return openStream(request, response, site);
  const file = site.files.get(path === "/" ? "/index.html" : path);
  if (file === undefined) return answer(response, 404, "no such page");
  response.setHeader("etag", file.tag);
  response.setHeader("cache-control", "no-cache");
  if (request.headers["if-none-match"] === file.tag) {
    response.writeHead(304).end();
    return;
  }
  response.writeHead(200, { "content-type": file.type, "content-length": file.body.length });
  response.end(request.method === "HEAD" ? undefined : file.body);
}

function openStream(request: IncomingMessage, response: ServerResponse, site: Site): void {
  if (!sameSite(request, site)) return answer(response, 403, "only from the page itself");
  request.socket.setTimeout(0);
  response.setHeader("content-type", "text/event-stream");
  response.setHeader("cache-control", "no-store");
  if (site.handlers.stream(response, header(request, "last-event-id"))) return;
  response.setHeader("retry-after", "10");
  answer(response, 503, "too many pages are open");
}

function takeReaction(request: IncomingMessage, response: ServerResponse, site: Site): void {
  if (request.method !== "POST") {
    response.setHeader("allow", "POST");
    return answer(response, 405, "only POST");
  }
  if (!sameSite(request, site)) return answer(response, 403, "only from the page itself");
  if (!/^application\/json\b/.test(header(request, "content-type") ?? "")) {
    return answer(response, 415, "send JSON");
  }
  let size = 0;
  const parts: Buffer[] = [];
  request.on("data", (part: Buffer) => {
    size += part.length;
    if (size <= BODY_MAX_BYTES) parts.push(part);
  });
  request.on("end", () => {
    if (size > BODY_MAX_BYTES) return answer(response, 413, `at most ${BODY_MAX_BYTES} bytes`);
    const body = parsed(Buffer.concat(parts).toString("utf8"));
    if (body === undefined || !site.handlers.reaction(body)) {
      return answer(response, 400, "not a reaction");
    }
    response.writeHead(204).end();
  });
}

/** Browsers say where a request comes from; another site's is refused, a tool's (which says nothing) is not. */
function sameSite(request: IncomingMessage, site: Site): boolean {
  const origin = header(request, "origin");
  if (origin !== undefined && !site.hosts.has(origin.replace(/^http:\/\//, ""))) return false;
  const from = header(request, "sec-fetch-site");
  return from === undefined || from === "same-origin" || from === "none";
}

const header = (request: IncomingMessage, name: string): string | undefined => {
  const value = request.headers[name];
  return Array.isArray(value) ? value[0] : value;
};

function answer(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { "content-type": "text/plain; charset=utf-8" });
  response.end(`${text}\n`);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function readFiles(directory: string): ReadonlyMap<string, PageFile> {
  const files = new Map<string, PageFile>();
  for (const name of readdirSync(directory)) {
    const type = TYPES[extname(name)];
    if (type === undefined) continue;
    const body = readFileSync(join(directory, name));
    const tag = `"${createHash("sha256").update(body).digest("base64url").slice(0, 16)}"`;
    files.set(`/${name}`, { body, type, tag });
  }
  return files;
}

async function listen(server: Server, port: number): Promise<boolean> {
  const on = (wanted: number): Promise<void> =>
    new Promise((done, failed) => {
      server.once("error", failed);
      server.listen(wanted, "127.0.0.1", () => {
        server.off("error", failed);
        done();
      });
    });
  try {
    await on(port);
    return false;
  } catch (error) {
    if (!["EADDRINUSE", "EACCES"].includes((error as NodeJS.ErrnoException).code ?? ""))
      throw error;
    await on(0);
    return true;
  }
}
