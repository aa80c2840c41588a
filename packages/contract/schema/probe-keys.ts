// probe-keys.ts: the keys of `ready` and `liveness`.
import type { Key } from "./shape.ts";
import * as is from "./shape.ts";

const PORT = is.whole(1, 65_535, "a port");

const isHttpUrl = (value: string): boolean => {
  if (!URL.canParse(value)) return false;
  const { protocol } = new URL(value);
  return protocol === "http:" || protocol === "https:";
};
const HTTP_URL = is.text({
  says: 'a URL such as "http://127.0.0.1:8080/health"',
  accepts: isHttpUrl,
  pattern: "^https?://",
});

const isAddress = (value: string): boolean => {
  const port = Number(/^(?:[^\s:]+|\[[^\s\]]+\]):(\d{1,5})$/.exec(value)?.[1]);
  return port >= 1 && port <= 65_535;
};

const isPattern = (value: string): boolean => {
  try {
    return new RegExp(value, "u") instanceof RegExp;
  } catch {
    return false;
  }
};

export const HTTP_KEYS = {
  url: {
    shape: HTTP_URL,
    description: "What is asked.",
    example: "http://127.0.0.1:8080/health",
    needed: true,
  },
  status: {
    shape: is.either(is.whole(100, 599, "a status"), is.list(is.whole(100, 599, "a status"), 2)),
    description: "The status that is expected: one, or the first and last of a range.",
    default: [200, 399],
  },
} satisfies Record<string, Key>;

export const TCP_KEYS = {
  host: { shape: is.text({ says: "a host" }), description: "Where.", default: "127.0.0.1" },
  port: { shape: PORT, description: "The port that must accept.", example: 5432, needed: true },
} satisfies Record<string, Key>;

const ASK_KEYS = {
  http: {
    shape: is.either(HTTP_URL, is.object("http probe", HTTP_KEYS)),
    description: "It answers this URL with a status from 200 to 399.",
    example: "http://127.0.0.1:8080/health",
  },
  tcp: {
    shape: is.either(
      PORT,
      is.text({ says: '"host:port"', accepts: isAddress, pattern: ":[0-9]{1,5}$" }),
      is.object("tcp probe", TCP_KEYS),
    ),
    description: "It accepts a connection on this port of 127.0.0.1, or of `host:port`.",
    example: 5432,
  },
  exec: {
    shape: is.either(is.text({ says: "a command" }), is.words),
    description: "This command ends with exit code 0.",
    example: ["pg_isready"],
  },
} satisfies Record<string, Key>;

const TIMING_KEYS = {
  interval: {
    shape: is.duration(10),
    description: "Time from one question to the next.",
    default: "1s for `ready`, the system's `healthCheckInterval` for `liveness`",
    defaultIsProse: true,
    example: "10s",
  },
  timeout: {
    shape: is.duration(1),
    description: "How long one answer may take.",
    default: "the system's `healthCheckTimeout`",
    defaultIsProse: true,
    example: "2s",
  },
  threshold: {
    shape: is.whole(1, 1000),
    description: "Failures in a row that count.",
    default: "the system's `unhealthyThreshold`",
    defaultIsProse: true,
    example: 3,
  },
  successThreshold: {
    shape: is.whole(1, 1000),
    description: "Successes in a row that make it well again.",
    default: 1,
  },
} satisfies Record<string, Key>;

export const PROBE_KEYS = { ...ASK_KEYS, ...TIMING_KEYS };

export const READY_KEYS = {
  ...ASK_KEYS,
  log: {
    shape: is.text({ says: "a regular expression", accepts: isPattern }),
    description: "A line of its output matches this regular expression.",
    example: "listening on port \\d+",
  },
  notifyFd: {
    // The shell that starts the module can only redirect single-digit descriptors.
    shape: is.whole(3, 9, "a file descriptor"),
    description: "It writes a newline to this file descriptor.",
    example: 3,
  },
  ...TIMING_KEYS,
} satisfies Record<string, Key>;
