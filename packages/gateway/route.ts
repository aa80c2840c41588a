// route.ts: one line of the API: its path, what it takes, what it answers.
// The table of them is also the OpenAPI document.
import type { IncomingMessage } from "node:http";
import type { Json } from "@skelly-jelly/contract";
import type { Role } from "./access.ts";
import type { Metrics } from "./metrics.ts";
import type { Mirror } from "./mirror.ts";
import type { Explain, GatewayLimits, LogPort } from "./ports.ts";
import type { Schema } from "./schema.ts";
import type { Stream } from "./sse.ts";

export type Reply =
  | {
      readonly kind: "json";
      readonly value: unknown;
      readonly status?: number;
      readonly type?: string;
      readonly headers?: Readonly<Record<string, string>>;
    }
  | {
      readonly kind: "text";
      readonly text: string;
      readonly status?: number;
      readonly type?: string;
      readonly headers?: Readonly<Record<string, string>>;
    }
  /** An event stream that goes on until one side ends it. */
  | { readonly kind: "stream"; readonly start: (stream: Stream) => () => void };

export const json = (value: unknown): Reply => ({ kind: "json", value });

/** What every route may use. */
export type Use = {
  readonly mirror: Mirror;
  readonly logs: LogPort;
  readonly explain: Explain | null;
  readonly metrics: Metrics;
  readonly limits: GatewayLimits;
  readonly log: (message: string) => void;
};

export type Asked = {
  readonly params: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string | number | boolean>>;
  readonly body: Json;
  readonly headers: IncomingMessage["headers"];
  readonly role: Role | null;
};

export type Route = {
  readonly method: "GET" | "POST" | "PATCH";
  /** `/v1/modules/{id}` */
  readonly path: string;
  readonly id: string;
  readonly says: string;
  readonly tag: string;
  /** `null`: also without a token. */
  readonly role: Role | null;
  /** Each is `{id}` unless said otherwise. */
  readonly params?: Readonly<Record<string, Schema>>;
  readonly query?: Readonly<Record<string, Schema>>;
  readonly body?: Schema;
  readonly bodyTypes?: readonly string[];
  readonly answers: {
    readonly type: string;
    readonly schema?: Schema;
    readonly says: string;
    /** Besides 200 and the usual problems. */
    readonly others?: Readonly<Record<string, string>>;
  };
  readonly handle: (asked: Asked, use: Use) => Reply | Promise<Reply>;
};

export const MODULE_ID_PARAM: Schema = {
  type: "string",
  description: "A module's id; `api#2` is the second of several instances.",
  pattern: "^(skelly:)?[a-z0-9][a-z0-9._-]{0,63}(#[0-9]{1,4})?$",
  maxLength: 80,
};

export type Match =
  | { readonly kind: "route"; readonly route: Route; readonly params: Record<string, string> }
  | { readonly kind: "method"; readonly allow: readonly string[] }
  | { readonly kind: "none" };

/** `parts` are still as they came, so that an encoded slash stays inside its part. */
export function match(routes: readonly Route[], method: string, path: string): Match {
  const parts = path.split("/");
  const allow = new Set<string>();
  for (const route of routes) {
    const params = matchPath(route.path.split("/"), parts);
    if (params === null) continue;
    if (route.method === (method === "HEAD" ? "GET" : method)) {
      return { kind: "route", route, params };
    }
    allow.add(route.method);
    if (route.method === "GET") allow.add("HEAD");
  }
  return allow.size > 0 ? { kind: "method", allow: [...allow].sort() } : { kind: "none" };
}

function matchPath(
  pattern: readonly string[],
  parts: readonly string[],
): Record<string, string> | null {
  if (pattern.length !== parts.length) return null;
  const params: Record<string, string> = {};
  for (const [index, want] of pattern.entries()) {
    const got = parts[index] ?? "";
    const name = /^\{(\w+)\}$/.exec(want)?.[1];
    if (name === undefined) {
      if (want !== got) return null;
      continue;
    }
    try {
      params[name] = decodeURIComponent(got);
    } catch {
      // Not UTF-8: kept as it came, and refused by its schema.
      params[name] = got;
    }
  }
  return params;
}
