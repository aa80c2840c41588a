// mirror.ts: what the orchestrator says, kept here, so that no number of HTTP requests ever reaches it.
import type {
  Json,
  ModuleStatus,
  SystemDescription,
  SystemEvent,
  SystemStatusReport,
} from "@skelly-jelly/contract";
import { type History, history } from "./history.ts";
import type { ControlPort, GatewayOptions } from "./ports.ts";
import { HttpProblem } from "./problem.ts";
import { redactEvent } from "./redact.ts";

/** Events kept for those who come back; the journal has all. */
const EVENTS_KEPT = 5_000;
/** What start-ups are made of is kept longer than the rest. */
const RUN_EVENTS = 10_000;
const WATCHED_EVERY_MS = 3_000;
const UNWATCHED_EVERY_MS = 10_000;
/** After a change the status is asked soon, but not for each of a thousand changes. */
const AFTER_EVENT_MS = 150;
const RETRY_MS = 500;

export type MirrorListener = {
  onEvent?(event: SystemEvent): void;
  onStatus?(now: SystemStatusReport, before: SystemStatusReport | null): void;
  onConnection?(connected: boolean): void;
};

export type Mirror = {
  readonly connected: boolean;
  /** As last heard; throws a 503 when nothing was heard yet or the orchestrator is away. */
  status(): SystemStatusReport;
  description(): SystemDescription;
  readonly lastStatus: SystemStatusReport | null;
  readonly lastSeq: number;
  /** What came after it; `null` when that is too long ago. */
  eventsAfter(seq: number): readonly SystemEvent[] | null;
  readonly events: readonly SystemEvent[];
  /** State changes of modules and system, as far back as they are kept. */
  readonly runEvents: readonly SystemEvent[];
  readonly history: History;
  /** A question that only the orchestrator can answer, over a connection of its own. */
  ask(verb: string, args: Readonly<Record<string, Json>>, timeoutMs: number): Promise<Json>;
  /** A command, likewise; what it did shows in `status` when it has been answered. */
  command(verb: string, args: Readonly<Record<string, Json>>, timeoutMs: number): Promise<Json>;
  listen(listener: MirrorListener): () => void;
  /** Resolves when the orchestrator was first heard, or the time is over. */
  heard(timeoutMs: number): Promise<void>;
  close(): void;
};

type Use = Pick<GatewayOptions, "connect" | "log">;

export function createMirror({ connect, log }: Use): Mirror {
  const listeners = new Set<MirrorListener>();
  const kept = history();
  let port: ControlPort | null = null;
  let status: SystemStatusReport | null = null;
  let description: SystemDescription | null = null;
  /** The system may have become another since it was described. */
  let outdated = true;
  let events: SystemEvent[] = [];
  let runEvents: SystemEvent[] = [];
  let lastSeq = 0;
  let closed = false;
  let timer: NodeJS.Timeout | null = null;
  let dueMs = Infinity;
  let asking: Promise<void> | null = null;
  const { promise: whenHeard, resolve: hearFirst } = Promise.withResolvers<void>();

  const away = (): HttpProblem =>
    new HttpProblem(503, "The orchestrator cannot be reached now.", {
      code: "NOT_RUNNING",
      detail: "The gateway tries again by itself.",
      headers: { "retry-after": "1" },
    });

  const take = (event: SystemEvent): void => {
    if (event.seq <= lastSeq) return;
    lastSeq = event.seq;
    const shown = redactEvent(event);
    events.push(shown);
    if (events.length > EVENTS_KEPT * 1.2) events = events.slice(-EVENTS_KEPT);
    if (isRunEvent(shown) && shown.seq > (runEvents.at(-1)?.seq ?? 0)) runEvents.push(shown);
    if (runEvents.length > RUN_EVENTS * 1.2) runEvents = runEvents.slice(-RUN_EVENTS);
    for (const { onEvent } of listeners) onEvent?.(shown);
    if (shown.type === "note") outdated = true;
    askSoon(AFTER_EVENT_MS);
  };

  const ask = async (): Promise<void> => {
    const from = port;
    if (from === null) return;
    if (outdated) {
      outdated = false;
      description = (await from.request("describe")) as unknown as SystemDescription;
    }
    const now = (await from.request("status", { all: true })) as unknown as SystemStatusReport;
    if (port !== from) return;
    const before = status;
    status = now;
    kept.add(Date.now(), now.modules);
    for (const { onStatus } of listeners) onStatus?.(now, before);
  };

  /** One question at a time, however many want to know. */
  const refresh = (): Promise<void> => {
    asking ??= ask()
      .catch((error: unknown) => log(`the status could not be read: ${String(error)}`))
      .finally(() => {
        asking = null;
      });
    return asking;
  };

  const askSoon = (waitMs: number): void => {
    if (closed || port === null) return;
    const at = Date.now() + waitMs;
    if (timer !== null && dueMs <= at) return;
    if (timer !== null) clearTimeout(timer);
    dueMs = at;
    timer = setTimeout(() => {
      timer = null;
      dueMs = Infinity;
      refresh().finally(() => {
        askSoon(listeners.size > 1 ? WATCHED_EVERY_MS : UNWATCHED_EVERY_MS);
      });
    }, waitMs);
  };

  const askApart: Mirror["ask"] = async (verb, args, timeoutMs) => {
    const own = await connect();
    try {
      return await own.request(verb, args, { timeoutMs });
    } finally {
      own.close();
    }
  };

  const live = async (): Promise<void> => {
    const opened = await connect();
    port = opened;
    // The long past once, in one bounded piece; then everything, without a gap.
    if (lastSeq === 0) {
      const past: SystemEvent[] = [];
      const onItem = (item: Json): void => void past.push(item as unknown as SystemEvent);
      const types = ["module-state-changed", "system-status-changed"];
      await opened.request("events", { types, limit: RUN_EVENTS }, { onItem });
      runEvents = past;
    }
    const stream = opened.request(
      "events",
      { follow: true, limit: EVENTS_KEPT, ...(lastSeq > 0 && { afterSeq: lastSeq }) },
      { timeoutMs: null, onItem: (item) => take(item as unknown as SystemEvent) },
    );
    stream.catch(() => {
      // It ends with the connection, which is seen below.
    });
    outdated = true;
    await ask();
    hearFirst();
    for (const { onConnection } of listeners) onConnection?.(true);
    askSoon(WATCHED_EVERY_MS);
    await opened.closed;
  };

  const stay = async (): Promise<void> => {
    while (!closed) {
      try {
        await live();
      } catch (error) {
        if (!closed && status === null) log(`the orchestrator does not answer: ${String(error)}`);
      }
      const had = port;
      port = null;
      had?.close();
      if (timer !== null) clearTimeout(timer);
      timer = null;
      dueMs = Infinity;
      if (had !== null) for (const { onConnection } of listeners) onConnection?.(false);
      if (!closed) await new Promise((done) => setTimeout(done, RETRY_MS));
    }
  };
  void stay();

  return {
    get connected() {
      return port !== null && status !== null;
    },
    status() {
      if (port === null || status === null) throw away();
      return status;
    },
    description() {
      if (port === null || description === null) throw away();
      return description;
    },
    get lastStatus() {
      return status;
    },
    get lastSeq() {
      return lastSeq;
    },
    eventsAfter(seq) {
      const first = events[0];
      if (seq > lastSeq) return null;
      if (first !== undefined && seq < first.seq - 1) return null;
      return events.filter((event) => event.seq > seq);
    },
    get events() {
      return events;
    },
    get runEvents() {
      return runEvents;
    },
    history: kept,
    ask: askApart,
    async command(verb, args, timeoutMs) {
      try {
        return await askApart(verb, args, timeoutMs);
      } finally {
        // Whoever looks after his command sees what it did; a question asked before it does not tell.
        await asking;
        await refresh();
      }
    },
    listen(listener) {
      listeners.add(listener);
      askSoon(AFTER_EVENT_MS);
      return () => listeners.delete(listener);
    },
    heard(timeoutMs) {
      return new Promise((done) => {
        const limit = setTimeout(done, timeoutMs);
        whenHeard.then(() => {
          clearTimeout(limit);
          done();
        });
      });
    },
    close() {
      closed = true;
      if (timer !== null) clearTimeout(timer);
      port?.close();
    },
  };
}

const isRunEvent = ({ type }: SystemEvent): boolean =>
  type === "module-state-changed" || type === "system-status-changed";

/** The module with this id, or all its instances when it has several. */
export function modulesNamed(id: string, { modules }: SystemStatusReport): readonly ModuleStatus[] {
  return modules.filter((module) => module.id === id || module.id.replace(/#\d+$/, "") === id);
}
