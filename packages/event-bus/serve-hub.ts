// serve-hub.ts: the hub as a server: other processes join with any NATS client.
import type { AddressInfo, Server, Socket } from "node:net";
import { systemClock } from "./clock.ts";
import type { EventBus } from "./event-bus.ts";
import { HubConnection } from "./hub-connection.ts";
import type { HubLimits, HubOptions, HubUser } from "./hub-options.ts";
import { HubState } from "./hub-state.ts";
import { closeServer, listenTcp, listenUnix } from "./listen.ts";
import { busOnTable } from "./local-bus.ts";
import { RoutingTable } from "./routing-table.ts";
import { socketTransport } from "./transport.ts";

export type HubStats = {
  readonly connections: number;
  readonly subscriptions: number;
  readonly inMsgs: number;
  readonly outMsgs: number;
  readonly inBytes: number;
  readonly outBytes: number;
  readonly slowConsumers: number;
  /** Messages handed to connections that may not have left yet. */
  readonly queueDepth: number;
};

export type RunningHub = {
  readonly address: { readonly port: number | null; readonly socketPath: string | null };
  /** Direct calls into the same routing. */
  readonly bus: EventBus;
  /** New users and limits; who is no longer known is cut, what is no longer allowed is dropped. */
  reload(change: {
    readonly users: readonly HubUser[];
    readonly limits?: Partial<HubLimits>;
  }): void;
  stats(): HubStats;
  /** Takes nobody new, tells everyone to go elsewhere, ends their connections over `ms`, closes. */
  lameDuck(ms: number): Promise<void>;
  close(): Promise<void>;
};

export async function serveHub(options: HubOptions): Promise<RunningHub> {
  const clock = options.clock ?? systemClock;
  const table = new RoutingTable();
  const bus = busOnTable(table, { clock, ...options.bus });
  const state = new HubState(table, clock, options);
  const { members } = state;

  const accept = (socket: Socket): void => {
    const connection = new HubConnection(state, socketTransport(socket), null);
    if (members.size > state.limits.maxConnections) {
      connection.fail("maximum connections exceeded");
    }
  };

  const servers: Server[] = [];
  try {
    if (options.port !== null) {
      const server = await listenTcp(options.host ?? "127.0.0.1", options.port, accept);
      servers.push(server);
      state.port = (server.address() as AddressInfo).port;
    }
    if (options.socketPath !== null) {
      servers.push(await listenUnix(options.socketPath, accept));
    }
  } catch (error) {
    await Promise.all(servers.map(closeServer));
    throw error;
  }
  for (const server of servers) {
    server.on("error", (error) =>
      state.log(`a connection could not be accepted: ${error.message}`),
    );
  }

  let cancelSweep: () => void = () => undefined;
  const sweepLater = (): void => {
    cancelSweep = clock.after(
      state.limits.pingIntervalMs,
      () => {
        for (const member of members) member.sweep();
        sweepLater();
      },
      true,
    );
  };
  sweepLater();

  const empty = (): Promise<void> =>
    members.size === 0
      ? Promise.resolve()
      : new Promise((resolve) => {
          state.onEmpty = resolve;
        });

  let closing: Promise<void> | null = null;
  const close = async (): Promise<void> => {
    cancelSweep();
    const closed = Promise.all(servers.map(closeServer));
    await bus.close();
    // Each ends within its own limit, so this does.
    for (const member of members) member.end();
    await Promise.all([closed, empty()]);
  };

  return {
    address: { port: state.port, socketPath: options.socketPath },
    bus: bus as unknown as EventBus,
    reload({ users, limits = {} }) {
      const accessOf = state.reload(users, limits);
      for (const member of members) {
        if (!member.isTrusted) member.reload(accessOf(member.userName));
      }
    },
    stats() {
      let queueDepth = 0;
      for (const member of members) queueDepth += member.queueDepth;
      return {
        connections: members.size,
        subscriptions: table.size,
        ...state.counts,
        queueDepth,
      };
    },
    async lameDuck(ms) {
      for (const server of servers) server.close();
      state.lameDuck = true;
      const leaving = [...members];
      for (const connection of leaving) {
        connection.tell(`INFO ${JSON.stringify(state.info(connection.id))} \r\n`);
      }
      for (const connection of leaving) {
        await new Promise<void>((resolve) => {
          clock.after(ms / leaving.length, resolve);
        });
        connection.end();
      }
      closing ??= close();
      await closing;
    },
    close() {
      closing ??= close();
      return closing;
    },
  };
}
