// connect-bus.ts: joins a hub, or a real NATS server, as a client. Needs node:net and nothing heavier.
import { connect, type Socket } from "node:net";
import { BusError } from "./bus-error.ts";
import { BusFace } from "./bus-face.ts";
import { systemClock } from "./clock.ts";
import {
  CONNECT_DEFAULTS,
  type ConnectOptions,
  RECONNECT,
  type Target,
  targetsOf,
} from "./connect-options.ts";
import type { EventBus } from "./event-bus.ts";
import { type MessagePortLike, portTransport } from "./port-transport.ts";
import { socketTransport, type Transport } from "./transport.ts";
import { WireLink, type WireOptions } from "./wire-link.ts";

export type ConnectedBus<Events extends object = Record<string, any>> = EventBus<Events> & {
  /** False while the hub is away; what is published then waits, within limits. */
  readonly isConnected: boolean;
};

/** Connects in the background, and again whenever the connection is lost. */
export function openBus<Events extends object = Record<string, any>>(
  options: ConnectOptions,
): ConnectedBus<Events> {
  return open(options, dialer(options)).face as unknown as ConnectedBus<Events>;
}

/** Resolves when connected; rejects when the first try fails. With `lazy` it does neither: see openBus. */
export async function connectBus<Events extends object = Record<string, any>>(
  options: ConnectOptions,
): Promise<ConnectedBus<Events>> {
  const { face, link } = open(options, dialer(options));
  if (options.lazy !== true) {
    try {
      await link.first();
    } catch (error) {
      await face.close();
      throw error;
    }
  }
  return face as unknown as ConnectedBus<Events>;
}

/** The bus in a worker thread; the other end of the port is given to servePort. */
export function portBus<Events extends object = Record<string, any>>(
  port: MessagePortLike,
  options: Omit<ConnectOptions, "url" | "socketPath" | "reconnect" | "lazy"> = {},
): ConnectedBus<Events> {
  const dial = async () => ({ transport: portTransport(port), credentials: {} });
  return open({ ...options, reconnect: false }, dial).face as unknown as ConnectedBus<Events>;
}

function open(
  options: ConnectOptions,
  dial: WireOptions["dial"],
): { readonly face: BusFace; readonly link: WireLink } {
  const { reconnect = {}, onStatus = () => undefined } = options;
  const link: WireLink = new WireLink({
    ...CONNECT_DEFAULTS,
    ...options,
    dial,
    clock: options.clock ?? systemClock,
    name: options.name,
    reconnect: reconnect === false ? null : { ...RECONNECT, ...reconnect },
    random: options.random ?? Math.random,
    onStatus,
    // Nothing can be refused before there is a connection, which takes a turn at least.
    onDenied: (kind, subject) => face.denied(kind, subject),
    onError: (error) => face.report(error),
  });
  const face = new BusFace(link, options);
  return { face, link };
}

/** Tries the targets in turn; one round is one attempt of the first connection. */
function dialer(options: ConnectOptions): WireOptions["dial"] {
  const targets = targetsOf(options);
  const timeoutMs = options.connectTimeoutMs ?? CONNECT_DEFAULTS.connectTimeoutMs;
  return async () => {
    let failure: unknown;
    for (const target of targets) {
      try {
        const transport = await dialSocket(target, timeoutMs);
        return { transport, credentials: target.credentials };
      } catch (error) {
        failure = error;
      }
    }
    throw failure;
  };
}

function dialSocket({ address }: Target, timeoutMs: number): Promise<Transport> {
  return new Promise((resolve, reject) => {
    const socket: Socket = connect(address);
    const fail = (error: Error): void => {
      socket.destroy();
      reject(error);
    };
    socket.setTimeout(timeoutMs, () =>
      fail(new BusError("TIMEOUT", `no connection to the hub within ${timeoutMs} ms`)),
    );
    socket.once("error", fail);
    socket.once("connect", () => {
      socket.setTimeout(0);
      socket.removeListener("error", fail);
      resolve(socketTransport(socket));
    });
  });
}
