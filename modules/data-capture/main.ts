// main.ts: the data-capture module: what the machine really does, or a recorded trace, on its way
// to storage.
import type { SkellyJellyEvents } from "@skelly-jelly/events";
import { createMeter } from "@skelly-jelly/events/meter";
import type { ModuleContext } from "@skelly-jelly/module";
import { defineModule } from "@skelly-jelly/module";
import type { Capture } from "./capture.ts";
import { createCapture } from "./capture.ts";
import type { CaptureConfig } from "./config.ts";
import { captureConfig } from "./config.ts";

type Context = ModuleContext<CaptureConfig, SkellyJellyEvents>;

const STORE_TIMEOUT_MS = 5000;
/**
 * At the end storage gets this long to take what waits; what it does not take is counted as
 * dropped.
 */
const LAST_DELIVERY_MS = 1500;
const PRESSED_AT = 0.8;

let capture: Capture | null = null;
const meter = createMeter();

async function ask(ctx: Context, bundle: SkellyJellyEvents["storage.store"]): Promise<unknown> {
  const startedMs = performance.now();
  try {
    const answer = await ctx.bus.request("storage.store", bundle, { timeoutMs: STORE_TIMEOUT_MS });
    meter.record(performance.now() - startedMs, true);
    return answer.data;
  } catch (error) {
    meter.record(performance.now() - startedMs, false);
    throw error;
  }
}

/**
 * What is replayed before the others listen would be lost on them: they are waited for, within
 * limits.
 */
function wholeSystem(ctx: Context): () => boolean {
  const { replay, replayWaitMaxMs } = ctx.config;
  if (replay === null || replayWaitMaxMs === 0) return () => true;
  const atLatestMs = performance.now() + replayWaitMaxMs;
  let whole = false;
  const subject = `skelly.${ctx.system.replace(/[^a-zA-Z0-9_-]/g, "_")}.system.*`;
  const heard = ctx.bus.subscribe(subject, ({ data }) => {
    const { type, to } = (data ?? {}) as { readonly type?: unknown; readonly to?: unknown };
    if (type !== "system-status-changed" || to !== "healthy") return;
    whole = true;
    heard.unsubscribe();
  });
  return () => {
    if (!whole && performance.now() > atLatestMs) {
      ctx.log.warn("the system is not healthy yet; the replay begins all the same");
      whole = true;
      heard.unsubscribe();
    }
    return whole;
  };
}

export default defineModule<CaptureConfig, SkellyJellyEvents>({
  name: "data-capture",
  config: captureConfig,

  async start(ctx) {
    const started = await createCapture({
      config: ctx.config,
      dataDirectory: ctx.dataDirectory,
      pressedAt: PRESSED_AT,
      mayReplay: wholeSystem(ctx),
      nowMs: () => Date.now(),
      request: (bundle) => ask(ctx, bundle),
      onStored(bundle) {
        if (ctx.config.publishRaw && bundle.events.length > 0)
          ctx.bus.publish("capture.raw", bundle);
      },
      log: ctx.log,
    });
    capture = started;
    for (const { everyMs, work } of started.works) ctx.every(everyMs, work);
  },

  async stop() {
    await capture?.stop(LAST_DELIVERY_MS);
    capture = null;
  },

  health() {
    const counters = capture?.counters() ?? { captured: 0, stored: 0, dropped: 0, waiting: 0 };
    const trouble = capture?.trouble() ?? null;
    return {
      // A machine without a display is not ill, and neither is capture while storage restarts: it
      // keeps.
      status: counters.dropped > 0 && trouble !== null ? "degraded" : "healthy",
      issues: [
        ...(capture?.missing ?? []).map(({ id, reason }) => ({
          severity: "low" as const,
          message: `source ${id} is unavailable: ${reason}`,
        })),
        ...(trouble === null
          ? []
          : [{ severity: "medium" as const, message: `storage takes nothing: ${trouble}` }]),
      ],
      capturedEvents: counters.captured,
      storedEvents: counters.stored,
      droppedEvents: counters.dropped,
      queueDepth: counters.waiting,
      sourcesRunning: capture?.running.length ?? 0,
      sourcesMissing: capture?.missing.length ?? 0,
      replayProgressRatio: capture?.replayProgressRatio() ?? 0,
      errorRate: meter.errorRate(),
      responseTimeMs: meter.responseTimeMs(),
    };
  },

  levels: {
    reduced: {
      enter: () => capture?.reduce(true),
      leave: () => capture?.reduce(false),
      sheds: ["reading the list of processes and the load"],
    },
  },

  /** Gives up what waits; it is counted as dropped. */
  reset(ctx) {
    const lost = capture?.forget() ?? 0;
    if (lost > 0) ctx.log.warn("events that waited were given up", { lostEvents: lost });
    meter.clear();
  },
});
