// main.ts: the storage module: takes raw events in, acknowledges after the commit, publishes
// windows.

import type { RawBundle, Refusal, SkellyJellyEvents, StorageStats } from "@skelly-jelly/events";
import { check } from "@skelly-jelly/events";
import { createMeter } from "@skelly-jelly/events/meter";
import type { ModuleContext } from "@skelly-jelly/module";
import { defineModule } from "@skelly-jelly/module";
import type { StorageConfig } from "./config.ts";
import { storageConfig } from "./config.ts";
import type { Store } from "./database.ts";
import { isFull, openStore, setStoreAside } from "./database.ts";
import type { EventStore } from "./event-store.ts";
import { createEventStore } from "./event-store.ts";
import { answerQuery, deleteEvents, exportEvents, forgetOld } from "./user-data.ts";
import type { LineClock } from "./windows.ts";

type Context = ModuleContext<StorageConfig, SkellyJellyEvents>;

const CLOSE_EVERY_MS = 1000;
const FORGET_EVERY_MS = 3_600_000;
/** After so long without its producer a live line rests. */
const SILENT_AFTER_MS = 600_000;
const FLUSH_TIMEOUT_MS = 5000;
const SHED_WHEN_REDUCED: ReadonlySet<string> = new Set(["storage.query", "storage.export"]);

const meter = createMeter();
let store: Store | null = null;
let events: EventStore | null = null;
let answering = 0;
let closing: Promise<void> | null = null;
let lastTrouble: string | null = null;
let invalidCount = 0;
let forgottenAtMs = 0;

const refuse = (code: Refusal["code"], message: string, retry: boolean): Refusal => ({
  ok: false,
  code,
  message: message.slice(0, 400),
  retry,
});

const clockOf = (ctx: Context): LineClock => ({
  nowMs: Date.now(),
  graceMs: ctx.config.graceMs,
  silentAfterMs: SILENT_AFTER_MS,
});

/** What a failed write means to whoever asked for it. */
function refusalFor(error: unknown): Refusal {
  const message = error instanceof Error ? error.message : String(error);
  return isFull(error)
    ? refuse("DISK_FULL", `No room for more events (${message}). Free disk space.`, true)
    : refuse("STORE_FAILED", `Could not be stored: ${message}`, true);
}

function tell(ctx: Context, subject: string, { code, message }: Refusal): void {
  ctx.log.error(message, { subject, code });
  // A full disk is not cured by a restart, and a question that failed is the asker's matter.
  if (code === "STORE_FAILED" && subject === "storage.store") ctx.report("high", "crash", message);
}

/** Answers one question: checked, measured, and never left without an answer. */
async function answer(
  ctx: Context,
  message: { readonly subject: string; readonly data: unknown; respond(data: any): void },
  work: (open: { store: Store; events: EventStore }) => unknown,
): Promise<void> {
  const problems = check(message.subject, message.data);
  if (problems.length > 0) {
    invalidCount += 1;
    message.respond(refuse("BAD_REQUEST", problems.join("; "), false));
    return;
  }
  if (store === null || events === null) {
    message.respond(refuse("STOPPING", "Storage is stopping.", true));
    return;
  }
  if (ctx.level === "reduced" && SHED_WHEN_REDUCED.has(message.subject)) {
    message.respond(refuse("REDUCED", "Storage only stores at its reduced level.", true));
    return;
  }
  const startedMs = performance.now();
  answering += 1;
  try {
    const reply = await work({ store, events });
    meter.record(performance.now() - startedMs, true);
    if (message.subject === "storage.store") lastTrouble = null;
    message.respond(reply);
  } catch (error) {
    meter.record(performance.now() - startedMs, false);
    const refusal = refusalFor(error);
    // Said once for each kind of trouble: a producer tries again every few seconds.
    if (message.subject !== "storage.store" || lastTrouble !== refusal.code) {
      tell(ctx, message.subject, refusal);
    }
    if (message.subject === "storage.store") lastTrouble = refusal.code;
    message.respond(refusal);
  } finally {
    answering -= 1;
  }
}

/**
 * Publishes what is due, one after the other. A window is closed when its batch has reached the
 * bus.
 */
async function closeDue(ctx: Context): Promise<void> {
  for (;;) {
    const due = events?.nextBatch(clockOf(ctx)) ?? null;
    if (due === null || ctx.signal.aborted) return;
    ctx.bus.publish("storage.batch", due.batch);
    await ctx.bus.flush(FLUSH_TIMEOUT_MS);
    events?.closed(due.line, due.batch);
  }
}

/** Never twice at once; what fails stays due and is tried again. */
function closeWindows(ctx: Context): Promise<void> {
  closing ??= closeDue(ctx)
    .catch((error: Error) => ctx.log.warn("window not closed yet", { reason: error.message }))
    .finally(() => {
      closing = null;
    });
  return closing;
}

/** Every hour, and soon after the start: a machine that never runs for an hour must forget too. */
function forget(ctx: Context): void {
  const nowMs = Date.now();
  if (store === null || nowMs - forgottenAtMs < FORGET_EVERY_MS) return;
  forgottenAtMs = nowMs;
  const forgottenEvents = forgetOld(store, ctx.config.retention, nowMs);
  if (forgottenEvents > 0) ctx.log.info("older than its retention: forgotten", { forgottenEvents });
}

function stats(open: Store, from: EventStore): StorageStats {
  const counters = from.counters();
  const span = open.db.prepare("SELECT MIN(time_ms) AS a, MAX(time_ms) AS b FROM events").get();
  return {
    storedEvents: counters.stored,
    lateEvents: counters.late,
    duplicateEvents: counters.duplicate,
    batchesPublished: counters.batches,
    databaseBytes: open.bytes(),
    oldestMs: span?.["a"] === null ? null : Number(span?.["a"]),
    newestMs: span?.["b"] === null ? null : Number(span?.["b"]),
  };
}

function openAll(ctx: Context): void {
  forgottenAtMs = 0;
  store = openStore(ctx.dataDirectory, ctx.config.databaseMaxBytes);
  events = createEventStore(store);
}

function closeAll(): void {
  const open = store;
  store = null;
  events = null;
  open?.close();
}

export default defineModule<StorageConfig, SkellyJellyEvents>({
  name: "storage",
  config: storageConfig,

  start(ctx) {
    openAll(ctx);
    const { bus } = ctx;
    bus.subscribe(
      "storage.store",
      async (message) => {
        await answer(ctx, message, (on) => on.events.put(message.data as RawBundle, Date.now()));
        void closeWindows(ctx);
      },
      // A producer has one request on its way; what does not fit is asked again.
      { pendingMax: 64 },
    );
    bus.subscribe("storage.query", (message) =>
      answer(ctx, message, (on) =>
        answerQuery(on.store, message.data, () => stats(on.store, on.events)),
      ),
    );
    bus.subscribe("storage.export", (message) =>
      answer(ctx, message, (on) =>
        exportEvents(on.store, message.data, {
          directory: ctx.dataDirectory,
          nowMs: Date.now(),
          signal: ctx.signal,
        }),
      ),
    );
    bus.subscribe("storage.delete", (message) =>
      answer(ctx, message, (on) => deleteEvents(on.store, message.data)),
    );
    ctx.every(CLOSE_EVERY_MS, () => {
      forget(ctx);
      return closeWindows(ctx);
    });
  },

  async stop() {
    await closing;
    closeAll();
  },

  health(ctx) {
    const counters = events?.counters() ?? { stored: 0, late: 0, duplicate: 0, batches: 0 };
    const full = lastTrouble === "DISK_FULL";
    return {
      ...(full ? { status: "degraded" as const } : {}),
      issues: full
        ? [{ severity: "high" as const, message: "No room on disk: events are refused, not lost." }]
        : [],
      queueDepth: answering + (events?.dueCount(clockOf(ctx)) ?? 0),
      storedEvents: counters.stored,
      lateEvents: counters.late,
      duplicateEvents: counters.duplicate,
      batchesPublished: counters.batches,
      invalidMessages: invalidCount,
      databaseBytes: store?.bytes() ?? 0,
      errorRate: meter.errorRate(),
      responseTimeMs: meter.responseTimeMs(),
    };
  },

  reconfigure(ctx, next) {
    return next.databaseMaxBytes === ctx.config.databaseMaxBytes ? "applied" : "restart-needed";
  },

  levels: {
    reduced: { sheds: ["answering storage.query", "answering storage.export"] },
  },

  /** Sets the database aside and begins with an empty one: for one that cannot be read any more. */
  reset(ctx) {
    const wasOpen = store !== null;
    closeAll();
    const aside = setStoreAside(ctx.dataDirectory);
    if (aside !== null) ctx.log.warn("database set aside", { file: aside });
    meter.clear();
    lastTrouble = null;
    if (wasOpen) openAll(ctx);
  },
});
