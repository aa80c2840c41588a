// borrowed-bus.ts: one module's share of a bus that others use too: closing it ends only its own subscriptions.
import type { EventBus, Subscription } from "@skelly-jelly/event-bus";

export function borrowBus<Events extends object>(bus: EventBus<Events>): EventBus<Events> {
  const own = new Set<Subscription>();
  let closed = false;
  const mine = (): EventBus<Events> => {
    if (closed) throw new Error("CLOSED: this module's share of the event bus is closed");
    return bus;
  };
  return {
    publish: (subject, data, options) => mine().publish(subject, data, options),
    subscribe(subject, handle, options) {
      const subscription = mine().subscribe(subject, handle, options);
      own.add(subscription);
      return subscription;
    },
    request: async (subject, data, options) => mine().request(subject, data, options),
    flush: async (timeoutMs) => mine().flush(timeoutMs),
    async close() {
      closed = true;
      await Promise.all([...own].map((subscription) => subscription.drain()));
      own.clear();
    },
    get counters() {
      return bus.counters;
    },
  };
}
