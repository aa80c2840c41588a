// testkit.ts: a bus in memory and a context whose time the test moves, to run modules of the system
// together.
import type { ModuleContext, ModuleDefinition } from "@skelly-jelly/module";
import { check } from "./index.ts";

type Handler = (message: any) => void | Promise<void>;
export type Seen = { readonly subject: string; readonly data: any; readonly by: string };

/** A bus without a wire. Every message is checked against the contract; `seen` keeps them all. */
export function memoryBus() {
  const handlers = new Map<string, Set<Handler>>();
  const seen: Seen[] = [];
  const invalid: string[] = [];
  const work = new Set<Promise<void>>();
  let requests = 0;

  const deliver = (subject: string, data: unknown, answer: ((data: unknown) => void) | null) => {
    const plain = JSON.parse(JSON.stringify(data));
    invalid.push(...check(subject, plain));
    for (const handle of handlers.get(subject) ?? []) {
      const message = {
        subject,
        data: plain,
        headers: {},
        replyTo: answer === null ? null : `_INBOX.${++requests}`,
        respond: (reply: unknown) => answer?.(JSON.parse(JSON.stringify(reply))),
      };
      // Never inside the publisher's own call: a real bus would not do that either.
      const job = Promise.resolve().then(() => handle(message));
      work.add(job);
      void job.finally(() => work.delete(job)).catch(() => undefined);
    }
  };

  const door = (by: string) => {
    const mine = new Set<() => void>();
    return {
      publish(subject: string, data: unknown) {
        seen.push({ subject, data: JSON.parse(JSON.stringify(data)), by });
        deliver(subject, data, null);
      },
      subscribe(subject: string, handle: Handler) {
        const set = handlers.get(subject) ?? new Set();
        handlers.set(subject, set.add(handle));
        const unsubscribe = (): void => void set.delete(handle);
        mine.add(unsubscribe);
        return {
          subject,
          unsubscribe,
          drain: async () => unsubscribe(),
          counters: { received: 0, dropped: 0, pending: 0 },
        };
      },
      request(subject: string, data: unknown) {
        return new Promise((resolve, reject) => {
          if ((handlers.get(subject)?.size ?? 0) === 0) {
            reject(Object.assign(new Error("nobody answers"), { code: "NO_RESPONDERS" }));
            return;
          }
          deliver(subject, data, (answer) => resolve({ subject, data: answer }));
        });
      },
      flush: async () => undefined,
      close: async () => {
        for (const unsubscribe of mine) unsubscribe();
      },
      counters: {
        published: 0,
        delivered: 0,
        dropped: 0,
        deadLetters: 0,
        invalid: 0,
        reconnects: 0,
      },
    };
  };

  return {
    door,
    seen,
    /** Problems of all that was sent; empty when every message was right. */
    invalid,
    of: (subject: string): any[] =>
      seen.filter((one) => one.subject === subject).map((one) => one.data),
    /** Resolves when all handlers have returned. */
    async settled() {
      for (let turn = 0; turn < 1000 && work.size > 0; turn++) await Promise.allSettled([...work]);
    },
  };
}

export type LoneModule = {
  readonly ctx: ModuleContext<any, any>;
  /** Runs everything the module does `every` so often, once. */
  tick(): Promise<void>;
  start(): Promise<void>;
  stop(): Promise<void>;
  health(): Promise<Record<string, any>>;
  readonly logs: string[];
};

/** Gives a definition one life inside a test; a restart is another one on the same folder. */
export function loneModule(
  definition: ModuleDefinition<any, any>,
  use: {
    readonly bus: ReturnType<typeof memoryBus>;
    readonly dataDirectory: string;
    readonly config?: Record<string, unknown>;
  },
): LoneModule {
  const stopped = new AbortController();
  const works: (() => void | Promise<void>)[] = [];
  const logs: string[] = [];
  const log = (message: string) => void logs.push(message);
  const schema = definition.config;
  const config = typeof schema === "function" ? schema((use.config ?? {}) as never) : use.config;
  const ctx: ModuleContext<any, any> = {
    id: definition.name,
    system: "test",
    incarnation: 1,
    config: config ?? {},
    level: "full",
    paused: false,
    bus: use.bus.door(definition.name) as never,
    log: { debug: log, info: log, warn: log, error: log },
    signal: stopped.signal,
    dataDirectory: use.dataDirectory,
    every: (_intervalMs, work) => void works.push(work),
    report: (severity, errorType, message) => log(`${severity} ${errorType}: ${message}`),
    frequencyFactor: 1,
    concurrencyMax: null,
  };
  return {
    ctx,
    logs,
    async tick() {
      for (const work of works) await work();
      await use.bus.settled();
    },
    start: async () => void (await definition.start?.(ctx)),
    async stop() {
      stopped.abort();
      await definition.stop?.(ctx);
      works.length = 0;
      await ctx.bus.close();
    },
    health: async () => ({ ...(await definition.health?.(ctx)) }),
  };
}
