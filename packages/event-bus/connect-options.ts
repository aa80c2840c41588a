// connect-options.ts: where a client finds its hub, and how stubborn it is.
import { BusError } from "./bus-error.ts";
import type { FaceOptions } from "./bus-face.ts";

export type BusStatus =
  | { readonly type: "connected"; readonly peer: string }
  | { readonly type: "disconnected"; readonly reason: string }
  | { readonly type: "reconnecting"; readonly attempt: number; readonly delayMs: number }
  /** The hub is about to stop. */
  | { readonly type: "lame-duck" }
  | { readonly type: "closed" };

export type ReconnectOptions = {
  /** The first wait; each further one is twice as long, up to `maxMs`; the dice take up to half off. */
  readonly baseMs: number;
  readonly maxMs: number;
  /** Failures in a row after which it gives up. */
  readonly attemptsMax: number;
};

export type ConnectOptions = FaceOptions & {
  /** `nats://user:password@host:port`; several are tried in turn. */
  readonly url?: string | readonly string[];
  /** Preferred over `url`; user and password may still stand there. */
  readonly socketPath?: string;
  readonly user?: string;
  readonly password?: string;
  readonly token?: string;
  /** Shown in the hub's log. */
  readonly name?: string;
  /** Do not wait for the hub, and do not fail without it: connect when it is there. */
  readonly lazy?: boolean;
  /** `false`: a lost connection stays lost. */
  readonly reconnect?: Partial<ReconnectOptions> | false;
  readonly connectTimeoutMs?: number;
  /** What is published while away waits here; the oldest is dropped, and counted. */
  readonly awayBytesMax?: number;
  readonly pingIntervalMs?: number;
  readonly pingMax?: number;
  readonly onStatus?: (status: BusStatus) => void;
  /** Between 0 and 1; tests bring their own. */
  readonly random?: () => number;
};

export const RECONNECT: ReconnectOptions = { baseMs: 50, maxMs: 2000, attemptsMax: Infinity };

export const CONNECT_DEFAULTS = {
  connectTimeoutMs: 2000,
  awayBytesMax: 8 * 1024 * 1024,
  pingIntervalMs: 30_000,
  pingMax: 2,
} as const;

export type Credentials = {
  readonly user?: string;
  readonly pass?: string;
  readonly auth_token?: string;
};

export type Target = {
  readonly address: { readonly path: string } | { readonly host: string; readonly port: number };
  readonly credentials: Credentials;
};

export function targetsOf(options: ConnectOptions): readonly Target[] {
  const { url, socketPath, user, password, token } = options;
  const given: Credentials = {
    ...(user !== undefined && { user }),
    ...(password !== undefined && { pass: password }),
    ...(token !== undefined && { auth_token: token }),
  };
  const urls = typeof url === "string" ? url.split(",") : (url ?? []);
  const byTcp = urls.map((text) => targetOf(text.trim(), given));
  if (socketPath === undefined) {
    if (byTcp.length === 0) throw new BusError("UNSUPPORTED", "name a url or a socketPath");
    return byTcp;
  }
  const credentials = { ...byTcp[0]?.credentials, ...given };
  return [{ address: { path: socketPath }, credentials }, ...byTcp];
}

export function reconnectDelayMs(
  attempt: number,
  { baseMs, maxMs }: ReconnectOptions,
  random: () => number,
): number {
  const ceilingMs = Math.min(maxMs, baseMs * 2 ** (attempt - 1));
  return Math.round(ceilingMs * (0.5 + random() / 2));
}

const PORT = 4222;

function targetOf(text: string, given: Credentials): Target {
  const full = text.includes("://") ? text : `nats://${text}`;
  if (!URL.canParse(full)) throw new BusError("UNSUPPORTED", "the bus url is not a url");
  const { protocol, hostname, port, username, password } = new URL(full);
  if (protocol !== "nats:") {
    throw new BusError("UNSUPPORTED", `'${protocol}//' is not served by this client; use nats://`);
  }
  if (hostname === "") throw new BusError("UNSUPPORTED", "the bus url names no host");
  const user = decodeURIComponent(username);
  const pass = decodeURIComponent(password);
  // A single word before the @ is a token; so it is with every NATS client.
  const fromUrl = username === "" ? {} : password === "" ? { auth_token: user } : { user, pass };
  const host = hostname.replace(/^\[(.*)\]$/, "$1");
  return {
    address: { host, port: port === "" ? PORT : Number(port) },
    credentials: { ...fromUrl, ...given },
  };
}
