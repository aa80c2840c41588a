// local-bus.ts: the bus within one process: direct calls into a routing table.
import { BusError } from "./bus-error.ts";
import { BusFace, type FaceOptions } from "./bus-face.ts";
import { type Clock, systemClock, within } from "./clock.ts";
import type { EventBus } from "./event-bus.ts";
import { frameOf } from "./frame.ts";
import type { Inlet, Link } from "./link.ts";
import { type Pressure, type Route, RoutingTable } from "./routing-table.ts";

export type EventBusOptions = FaceOptions;

/** How long a connection that publishes waits for a blocking subscriber in the hub's own process. */
const BLOCK_MS_MAX = 30_000;

/** Finds the table behind a bus, so that a port can be served on it. */
const tables = new WeakMap<object, RoutingTable>();

export function createEventBus<Events extends object = Record<string, any>>(
  options: EventBusOptions = {},
): EventBus<Events> {
  return busOnTable(new RoutingTable(), options) as unknown as EventBus<Events>;
}

/** `undefined` for a bus that is a connection to somewhere else. */
export function tableOf(bus: object): RoutingTable | undefined {
  return tables.get(bus);
}

export function busOnTable(table: RoutingTable, options: FaceOptions): BusFace {
  const face = new BusFace(localLink(table, options.clock ?? systemClock), options);
  tables.set(face, table);
  return face;
}

class LocalRoute implements Route {
  readonly pattern: string;
  readonly queue: string | null;
  readonly inlet: Inlet;
  open = true;

  constructor(inlet: Inlet) {
    this.pattern = inlet.pattern;
    this.queue = inlet.queue;
    this.inlet = inlet;
  }

  mayTake(): boolean {
    return this.open && (this.queue === null || !this.inlet.isFull);
  }

  deliver(frame: Parameters<Route["deliver"]>[0]): void {
    this.inlet.receive(frame);
  }

  pressure(): Pressure | null {
    if (!this.inlet.blocks) return null;
    return { waitMsMax: BLOCK_MS_MAX, onRelief: (resume) => this.inlet.onRelief(resume) };
  }
}

function localLink(table: RoutingTable, clock: Clock): Link {
  const routes = new Set<LocalRoute>();
  const isFull = (route: Route): boolean => route instanceof LocalRoute && route.inlet.isFull;

  return {
    isUp: true,
    reconnects: 0,
    dropped: 0,
    attach(inlet) {
      const route = new LocalRoute(inlet);
      routes.add(route);
      table.add(route);
      return () => {
        if (!route.open) return;
        routes.delete(route);
        const remove = (): void => {
          if (!route.open) return;
          route.open = false;
          table.remove(route);
        };
        // What was published before still has to be routed to it.
        if (table.isRouting) void table.settled().then(remove);
        else remove();
      };
    },
    send(message, unheard) {
      if (table.isFull(message.subject, isFull)) {
        throw new BusError(
          "FULL",
          `a subscriber of '${message.subject}' blocks and is full; await flush() before more`,
        );
      }
      table.publish(frameOf(message), null, unheard);
    },
    async flush(timeoutMs) {
      const late = (): BusError => new BusError("TIMEOUT", `not flushed within ${timeoutMs} ms`);
      const deadlineMs = clock.nowMs() + timeoutMs;
      await within(clock, timeoutMs, table.settled(), late);
      for (;;) {
        const blocking = [...routes].find((route) => route.inlet.blocks);
        if (blocking === undefined) return;
        const relief = new Promise<void>((resolve) => blocking.inlet.onRelief(resolve));
        await within(clock, Math.max(0, deadlineMs - clock.nowMs()), relief, late);
      }
    },
    async close() {
      for (const route of routes) {
        route.open = false;
        table.remove(route);
      }
      routes.clear();
      table.end();
    },
  };
}
