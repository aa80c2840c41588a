// recorded-bus.ts: a module's share of a bus that also tells what the module publishes.
import type { Json } from "@skelly-jelly/contract";
import type { EventBus } from "@skelly-jelly/event-bus";
import { borrowBus } from "./borrowed-bus.ts";

export function recordPublished(
  bus: EventBus<any>,
  onPublish: (subject: string, data: Json) => void,
): EventBus<any> {
  const share = borrowBus(bus);
  return {
    ...share,
    publish(subject, data, options) {
      share.publish(subject, data, options);
      onPublish(subject, data as Json);
    },
    get counters() {
      return share.counters;
    },
  };
}
