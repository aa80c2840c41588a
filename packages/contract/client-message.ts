// client-message.ts: what the command and the daemon say to each other on the same control socket.
import type { Json } from "./json.ts";

export type ClientRequest = {
  readonly id: number;
  /** status, health, start, stop, restart, down, logs, events, config-get, config-set, ping … */
  readonly verb: string;
  readonly args: Readonly<Record<string, Json>>;
};

export type ClientReply =
  /** The last word on a request. */
  | { readonly id: number; readonly ok: true; readonly value: Json }
  | {
      readonly id: number;
      readonly ok: false;
      readonly code: string;
      readonly message: string;
      readonly problems?: readonly Json[];
    }
  /** One item of a stream; an `ok` ends it. */
  | { readonly id: number; readonly item: Json };
