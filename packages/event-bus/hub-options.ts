// hub-options.ts: what a hub is told when it starts, and its limits.
import { createHash, timingSafeEqual } from "node:crypto";
import type { FaceOptions } from "./bus-face.ts";
import type { Clock } from "./clock.ts";
import type { HubPermissions } from "./permissions.ts";

export type HubUser = {
  readonly user: string;
  readonly password: string;
  /** Left out or `null`: everything. */
  readonly permissions?: HubPermissions | null;
};

export type HubLimits = {
  readonly maxPayload: number;
  readonly maxControlLine: number;
  /** A connection with more than this waiting for it is cut. */
  readonly maxPendingBytes: number;
  /** From connecting to a good CONNECT. */
  readonly authTimeoutMs: number;
  readonly pingIntervalMs: number;
  /** Unanswered pings after which a silent connection is stale. */
  readonly pingMax: number;
  readonly maxConnections: number;
  /** Per connection. */
  readonly maxSubscriptions: number;
};

export const HUB_LIMITS: HubLimits = {
  maxPayload: 1024 * 1024,
  maxControlLine: 4096,
  maxPendingBytes: 64 * 1024 * 1024,
  authTimeoutMs: 2000,
  pingIntervalMs: 30_000,
  pingMax: 2,
  maxConnections: 1024,
  maxSubscriptions: 10_000,
};

export type HubOptions = {
  /** The hub listens on loopback only. */
  readonly host?: "127.0.0.1" | "::1";
  /** 0: any free port; `null`: no TCP. */
  readonly port: number | null;
  /** Made with mode 0600; `null`: none. */
  readonly socketPath: string | null;
  /** No users and no token: open to everyone who can connect. */
  readonly users: readonly HubUser[];
  /** Accepted instead of user and password; allows everything. */
  readonly token?: string;
  readonly serverName?: string;
  readonly limits?: Partial<HubLimits>;
  /** For `bus`, the direct way into the same routing. */
  readonly bus?: FaceOptions;
  readonly clock?: Clock;
  /** One line per thing that an operator would want to know. */
  readonly log?: (line: string) => void;
};

/** Equal texts, in a time that tells nothing of where they differ. */
export function sameSecret(left: string, right: string): boolean {
  const digest = (text: string): Buffer => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(left), digest(right));
}
