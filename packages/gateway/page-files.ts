// page-files.ts: the dashboard's few files, read once; what is not among them does not exist.
import { readdirSync, readFileSync } from "node:fs";
import { extname, join } from "node:path";
import type { Reply } from "./route.ts";

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
};

/** Nothing but our own files runs there, nothing frames it, and it speaks to nobody else. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
].join("; ");

export type PageFiles = { get(path: string): Reply | undefined };

/** `null` when the folder holds no page. */
export function readPageFiles(folder: string): PageFiles | null {
  const files = new Map<string, Reply>();
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
  for (const name of names) {
    const type = TYPES[extname(name)];
    if (type === undefined) continue;
    files.set(`/${name}`, asReply(readFileSync(join(folder, name), "utf8"), type));
  }
  const index = files.get("/index.html");
  if (index === undefined) return null;
  files.set("/", index);
  return files;
}

const asReply = (text: string, type: string): Reply => ({
  kind: "text",
  text,
  type,
  headers: {
    "content-security-policy": POLICY,
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    // Always the page that belongs to this gateway; it is small and near.
    "cache-control": "no-cache",
  },
});
