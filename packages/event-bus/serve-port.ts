// serve-port.ts: lets a worker thread join a bus of this process, through a message port.
import { BusError } from "./bus-error.ts";
import { systemClock } from "./clock.ts";
import { HubConnection } from "./hub-connection.ts";
import { HubState } from "./hub-state.ts";
import { tableOf } from "./local-bus.ts";
import { Access, type HubPermissions } from "./permissions.ts";
import { type MessagePortLike, portTransport } from "./port-transport.ts";

export type ServePortOptions = {
  /** Left out: everything. */
  readonly permissions?: HubPermissions;
};

export type ServedPort = {
  /** Ends the worker's connection; what waits for it is sent first. */
  close(): void;
};

/** Takes what createEventBus() returned, or a running hub. */
export function servePort(
  target: object,
  port: MessagePortLike,
  options: ServePortOptions = {},
): ServedPort {
  const bus = "bus" in target && typeof target.bus === "object" ? target.bus : target;
  const table = bus === null ? undefined : tableOf(bus);
  if (table === undefined) {
    throw new BusError(
      "UNSUPPORTED",
      "a port is served on a bus of this process: one of createEventBus() or of serveHub()",
    );
  }
  const state = HubState.of(table) ?? new HubState(table, systemClock, { users: [] });
  const access = new Access(options.permissions ?? null, state.clock);
  const connection = new HubConnection(state, portTransport(port), access);
  table.onEnd(() => connection.end());
  return { close: () => connection.end() };
}
