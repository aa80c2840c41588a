// client-session.ts: the requests of one client on the control socket; several may be under way.
import type { ClientReply, ClientRequest, Json } from "@skelly-jelly/contract";
import type { Clock, Timer } from "../ports/clock.ts";
import type { LinePeer } from "./line-peer.ts";
import { isObject } from "./module-message.ts";

/** How a request is answered. Calls after the last word, or after the client has gone, do nothing. */
export type ClientCall = {
  /** One item of a stream. False: it is gone, or much waits for it; see `onDrain`. */
  item(value: Json): boolean;
  /** Calls once when what waited has been read. */
  onDrain(call: () => void): void;
  done(value: Json): void;
  fail(code: string, message: string, problems?: readonly Json[]): void;
  /** Calls once if the client goes before the last word. */
  onClose(call: () => void): void;
  readonly open: boolean;
  /** It is open, and its client can still speak: one that was killed cannot, at once. */
  readonly attended: boolean;
};

export type ClientSession = {
  hear(said: unknown): void;
  inputEnded(): void;
  closed(): void;
};

const AT_ONCE_MAX = 64;
const BACKLOG_WARN_BYTES = 256 * 1024;
/** Who closes his side (`… | nc -U`) still gets answers that come soon. */
const ANSWERS_AFTER_END_MS = 10_000;

type Underway = { open: boolean; onClose: (() => void) | null };

export function clientSession(
  peer: LinePeer,
  clock: Clock,
  onRequest: (request: ClientRequest, client: ClientCall) => void,
): ClientSession {
  const underway = new Set<Underway>();
  let ended: Timer | null = null;
  let inputOver = false;

  const reply = (message: ClientReply) => peer.send(message);

  const begin = (request: ClientRequest) => {
    const { id } = request;
    const state: Underway = { open: true, onClose: null };
    underway.add(state);
    const last = (message: ClientReply) => {
      if (!state.open) return;
      state.open = false;
      underway.delete(state);
      reply(message);
      if (ended !== null && underway.size === 0) peer.end();
    };
    const fail: ClientCall["fail"] = (code, message, problems) =>
      last({ id, ok: false, code, message, ...(problems === undefined ? {} : { problems }) });
    const call: ClientCall = {
      item: (item) => state.open && reply({ id, item }) && peer.backlogBytes < BACKLOG_WARN_BYTES,
      onDrain: (drained) => peer.onDrain(drained),
      done: (value) => last({ id, ok: true, value }),
      fail,
      onClose(close) {
        state.onClose = close;
      },
      get open() {
        return state.open;
      },
      get attended() {
        return state.open && !inputOver;
      },
    };
    try {
      onRequest(request, call);
    } catch (error) {
      fail("INTERNAL", `'${request.verb}' failed: ${(error as Error).message}`);
    }
  };

  return {
    hear(said) {
      const request = asRequest(said);
      if (typeof request === "string") {
        reply({ id: idOf(said), ok: false, code: "BAD_REQUEST", message: request });
      } else if (underway.size >= AT_ONCE_MAX) {
        const message = `more than ${AT_ONCE_MAX} requests at once on one connection`;
        reply({ id: request.id, ok: false, code: "TOO_MANY_REQUESTS", message });
      } else {
        begin(request);
      }
    },
    inputEnded() {
      inputOver = true;
      if (underway.size === 0) return peer.end();
      ended = clock.after(ANSWERS_AFTER_END_MS, () => peer.end());
    },
    closed() {
      ended?.cancel();
      for (const state of underway) {
        state.open = false;
        state.onClose?.();
      }
      underway.clear();
    },
  };
}

function asRequest(said: unknown): ClientRequest | string {
  if (!isObject(said)) return "a request is one JSON object on one line";
  const { id, verb, args = {} } = said;
  if (typeof id !== "number") return "a request needs a number as its id";
  if (typeof verb !== "string") return "a request needs a verb";
  if (!isObject(args)) return "args must be an object";
  return { id, verb, args: args as Readonly<Record<string, Json>> };
}

const idOf = (said: unknown): number =>
  isObject(said) && typeof said["id"] === "number" ? said["id"] : 0;
