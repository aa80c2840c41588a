// net-prober.ts: probes by HTTP, TCP and exec, over plain sockets: no HTTP library in the daemon.
import { connect, type Socket } from "node:net";
import type { ModuleDescriptor } from "@skelly-jelly/contract";
import type { Clock } from "../ports/clock.ts";
import type { ProbeAnswer, Prober } from "../ports/prober.ts";
import { askExec, type ExecSurroundings } from "./exec-probe.ts";
import type { Finding, Question } from "./probe-question.ts";

export type NetProberOptions = {
  readonly clock: Clock;
  /** What an exec probe runs in; default: the module's cwd and env over our own. */
  readonly surroundings?: (descriptor: ModuleDescriptor) => ExecSurroundings;
};

const HEAD_MAX_BYTES = 64 * 1024;
/** How much of an answer's rest is read, so that the server is not cut off in its sentence. */
const REST_MAX_BYTES = 256 * 1024;
const REST_MAX_MS = 1000;

export function createNetProber({ clock, surroundings = inherited }: NetProberOptions): Prober {
  return {
    ask(probe, descriptor, timeoutMs) {
      switch (probe.kind) {
        case "tcp":
          return within(clock, timeoutMs, placeOf(probe.host, probe.port), (settle) =>
            askTcp(probe.host, probe.port, settle),
          );
        case "http":
          return within(clock, timeoutMs, probe.url, (settle) =>
            askHttp(clock, probe.url, probe.status, settle),
          );
        case "exec":
          return within(clock, timeoutMs, `\`${probe.argv.join(" ")}\``, (settle) =>
            askExec(clock, probe.argv, surroundings(descriptor), settle),
          );
      }
    },
  };
}

const inherited = (descriptor: ModuleDescriptor): ExecSurroundings => ({
  cwd: descriptor.cwd,
  env: { ...process.env, ...descriptor.env },
});

function within(
  clock: Clock,
  timeoutMs: number,
  whom: string,
  question: Question,
): Promise<ProbeAnswer> {
  const startMs = clock.nowMs();
  return new Promise((resolve) => {
    let letGo: (() => void) | null = null;
    let settled = false;
    const settle = (finding: Finding) => {
      if (settled) return;
      settled = true;
      timer.cancel();
      const tookMs = clock.nowMs() - startMs;
      letGo?.();
      resolve(finding === null ? { ok: true, tookMs } : { ok: false, tookMs, message: finding });
    };
    const timer = clock.after(timeoutMs, () =>
      settle(`no answer from ${whom} within ${timeoutMs} ms`),
    );
    try {
      letGo = question(settle);
    } catch (error) {
      settle(`${whom} cannot be asked: ${(error as Error).message}`);
    }
    if (settled) letGo?.();
  });
}

function askTcp(host: string, port: number, settle: (finding: Finding) => void): () => void {
  const socket = connect({ host, port });
  socket.once("connect", () => settle(null));
  socket.on("error", (error) => settle(trouble(error, placeOf(host, port))));
  return () => void socket.destroy();
}

function askHttp(
  clock: Clock,
  address: string,
  [lowest, highest]: readonly [number, number],
  settle: (finding: Finding) => void,
): () => void {
  const url = new URL(address);
  const secure = url.protocol === "https:";
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const port = url.port === "" ? (secure ? 443 : 80) : Number(url.port);
  const socket = open(host, port, secure);
  let head = "";
  let restBytes = 0;
  let answered = false;

  socket.once(secure ? "secureConnect" : "connect", () => socket.write(request(url)));
  socket.on("data", (bytes: Buffer) => {
    if (answered) {
      restBytes += bytes.length;
      if (restBytes > REST_MAX_BYTES) socket.destroy();
      return;
    }
    head += bytes.toString("latin1");
    const status = statusIn(head);
    if (status === null && head.length <= HEAD_MAX_BYTES && mayBecomeHttp(head)) return;
    answered = true;
    if (status === null) settle(`${address} did not answer in HTTP`);
    else if (status >= lowest && status <= highest) settle(null);
    else settle(`HTTP ${status} from ${address} (expected ${rangeText(lowest, highest)})`);
  });
  socket.on("error", (error) => settle(trouble(error, `${placeOf(host, port)} (${address})`)));
  socket.on("close", () => settle(`${address} closed the connection without an answer`));
  return () => {
    if (!answered) return void socket.destroy();
    // It may still be sending the page; hear it out for a while, then hang up.
    const timer = clock.after(REST_MAX_MS, () => socket.destroy());
    socket.once("close", () => timer.cancel());
    socket.unref();
  };
}

function open(host: string, port: number, secure: boolean): Socket {
  if (!secure) return connect({ host, port });
  // Loaded only here: it costs 8 MB, and few systems probe over TLS.
  const tls = process.getBuiltinModule("node:tls");
  // Whether the module answers is asked, not who it is; its certificate is often its own.
  const named = /^[\d.]+$|:/.test(host) ? {} : { servername: host };
  return tls.connect({ host, port, rejectUnauthorized: false, ...named });
}

function request(url: URL): string {
  const user = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
  const lines = [
    `GET ${url.pathname}${url.search} HTTP/1.1`,
    `Host: ${url.host}`,
    "User-Agent: skelly",
    "Accept: */*",
    "Connection: close",
  ];
  if (user !== ":") lines.push(`Authorization: Basic ${Buffer.from(user).toString("base64")}`);
  return `${lines.join("\r\n")}\r\n\r\n`;
}

/** The final status; informational ones (1xx) that go before it are passed over. */
function statusIn(head: string): number | null {
  let from = 0;
  for (;;) {
    const match = /^HTTP\/1\.[01] (\d{3})[ \r\n]/.exec(head.slice(from, from + 32));
    if (match === null) return null;
    const status = Number(match[1]);
    if (status >= 200) return status;
    const end = head.indexOf("\r\n\r\n", from);
    if (end === -1) return null;
    from = end + 4;
  }
}

const mayBecomeHttp = (head: string): boolean =>
  head.startsWith("HTTP/1.") || "HTTP/1.".startsWith(head);

const rangeText = (lowest: number, highest: number): string =>
  lowest === highest ? `${lowest}` : `${lowest}-${highest}`;

const placeOf = (host: string, port: number): string =>
  host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;

const IN_WORDS: Readonly<Record<string, string>> = {
  ECONNREFUSED: "connection refused at",
  ECONNRESET: "connection reset by",
  EHOSTUNREACH: "no route to",
  ENETUNREACH: "no network to",
  ENOTFOUND: "no such host:",
  EAI_AGAIN: "the name cannot be resolved now:",
  ETIMEDOUT: "connection timed out at",
  EPIPE: "connection closed by",
};

function trouble(error: NodeJS.ErrnoException & { errors?: Error[] }, place: string): string {
  // A name with several addresses fails with several errors; the first has the reason.
  const first = (error.errors?.[0] ?? error) as NodeJS.ErrnoException;
  const words = IN_WORDS[first.code ?? ""];
  return words === undefined ? `${first.message} at ${place}` : `${words} ${place}`;
}
