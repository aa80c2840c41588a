// lazy-bus.ts: a bus that is opened by its first use: a module that never speaks holds no connection.
import type { BusCounters, EventBus } from "@skelly-jelly/event-bus";

const NOTHING_YET: BusCounters = {
  published: 0,
  delivered: 0,
  dropped: 0,
  deadLetters: 0,
  invalid: 0,
  reconnects: 0,
};

export function lazyBus(open: () => EventBus<any>): EventBus<any> {
  let bus: EventBus<any> | null = null;
  const opened = (): EventBus<any> => {
    bus ??= open();
    return bus;
  };
  return {
    publish: (subject, data, options) => opened().publish(subject, data, options),
    subscribe: (subject, handle, options) => opened().subscribe(subject, handle, options),
    request: (subject, data, options) => opened().request(subject, data, options),
    flush: (timeoutMs) => opened().flush(timeoutMs),
    close: async () => bus?.close(),
    get counters() {
      return bus?.counters ?? NOTHING_YET;
    },
  };
}
