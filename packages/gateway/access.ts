// access.ts: who may do what: tokens and their roles, and that the request was meant for us.
import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { HttpProblem } from "./problem.ts";

/** `read` sees; `control` also changes. */
export type Role = "read" | "control";
export type Tokens = Readonly<Record<Role, string>>;

export const newToken = (): string => randomBytes(24).toString("base64url");

export type Door =
  /** The socket's file is the key: only its owner can open it. */
  { readonly kind: "unix" } | { readonly kind: "tcp"; readonly port: number };

/** A page of another site must not be able to speak to us, whatever name it gives this machine. */
export function assertOurs({ headers }: IncomingMessage, door: Door): void {
  const hosts = hostsOf(door);
  const { host, origin } = headers;
  if (host === undefined || !hosts.includes(host.toLowerCase())) {
    throw new HttpProblem(403, "This Host is not served here.", { code: "FOREIGN_HOST" });
  }
  const foreign =
    (origin !== undefined && !hosts.some((name) => origin.toLowerCase() === `http://${name}`)) ||
    headers["sec-fetch-site"] === "cross-site";
  if (foreign) {
    throw new HttpProblem(403, "Pages of another origin may not ask here.", {
      code: "FOREIGN_ORIGIN",
    });
  }
}

function hostsOf(door: Door): readonly string[] {
  if (door.kind === "unix") return ["localhost", "skelly"];
  return ["127.0.0.1", "localhost", "[::1]"].map((name) => `${name}:${door.port}`);
}

/** `null`: nobody we know. Throws when a token was given and is wrong. */
export function roleOf({ headers }: IncomingMessage, door: Door, tokens: Tokens): Role | null {
  if (door.kind === "unix") return "control";
  const { authorization } = headers;
  if (authorization === undefined) return null;
  const token = /^Bearer ([\w-]{1,200})$/i.exec(authorization)?.[1] ?? "";
  if (same(token, tokens.control)) return "control";
  if (same(token, tokens.read)) return "read";
  throw unauthorized("The token is wrong.");
}

export const unauthorized = (detail: string): HttpProblem =>
  new HttpProblem(401, "A token is needed.", {
    code: "UNAUTHORIZED",
    detail: `${detail} \`skelly dashboard\` prints the address with its token.`,
    headers: { "www-authenticate": 'Bearer realm="skelly"' },
  });

/** Takes as long for a near miss as for a wild guess. */
function same(a: string, b: string): boolean {
  const digest = (text: string): Buffer => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}
