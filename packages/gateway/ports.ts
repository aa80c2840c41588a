// ports.ts: what the gateway needs from outside; whoever composes it brings them.
import type {
  ApiLogLine,
  ApiWhy,
  Json,
  SystemEvent,
  SystemStatusReport,
} from "@skelly-jelly/contract";

/** One connection to the orchestrator's control socket. Errors carry a `code`. */
export interface ControlPort {
  request(
    verb: string,
    args?: Readonly<Record<string, Json>>,
    options?: { readonly timeoutMs?: number | null; readonly onItem?: (item: Json) => void },
  ): Promise<Json>;
  readonly closed: Promise<void>;
  close(): void;
}

export interface LogPort {
  /** The last lines, oldest first; `null`: of all modules. */
  tail(module: string | null, count: number): readonly ApiLogLine[];
  follow(module: string | null, onLines: (lines: readonly ApiLogLine[]) => void): { close(): void };
}

/** The chain of causes; `about`: a module's id, or `system`. `events`: oldest first. */
export type Explain = (
  about: string,
  status: SystemStatusReport,
  events: readonly SystemEvent[],
  edges: ReadonlyMap<string, readonly string[]>,
) => ApiWhy;

export type GatewayLimits = {
  readonly bodyMaxBytes: number;
  readonly headerMaxBytes: number;
  readonly connectionsMax: number;
  readonly streamsMax: number;
  /** What may wait for a reader of a stream; beyond it the stream is cut. */
  readonly streamBacklogBytes: number;
  /** From the connection to the end of the headers. */
  readonly headersMs: number;
  /** From the connection to the end of the body. */
  readonly requestMs: number;
  readonly idleMs: number;
  /** Commands under way at once. */
  readonly commandsMax: number;
};

export const GATEWAY_LIMITS: GatewayLimits = {
  bodyMaxBytes: 256 * 1024,
  headerMaxBytes: 16 * 1024,
  connectionsMax: 256,
  streamsMax: 64,
  streamBacklogBytes: 4 * 1024 * 1024,
  headersMs: 5_000,
  requestMs: 15_000,
  idleMs: 10_000,
  commandsMax: 16,
};

export type GatewayOptions = {
  readonly connect: () => Promise<ControlPort>;
  readonly logs: LogPort;
  /** Left out: `why` is not served. */
  readonly explain?: Explain;
  /** Where address and tokens are kept between two lives. */
  readonly file: string;
  readonly socketPath: string;
  /** On loopback; `null`: as last time, or any. */
  readonly port: number | null;
  /** The dashboard's files; `null`: none are served. */
  readonly page: string | null;
  readonly log: (message: string) => void;
  readonly limits?: Partial<GatewayLimits>;
};
