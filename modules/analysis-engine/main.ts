// main.ts: the analysis module: each window's state, with its reasons, on this machine and nowhere
// else.

import type { AnalysisState, Refusal, SkellyJellyEvents } from "@skelly-jelly/events";
import { check } from "@skelly-jelly/events";
import { createMeter } from "@skelly-jelly/events/meter";
import type { ModuleContext } from "@skelly-jelly/module";
import { defineModule } from "@skelly-jelly/module";
import type { Analyst, Lesson } from "./analyst.ts";
import { createAnalyst } from "./analyst.ts";
import { openKeeper } from "./keeper.ts";

/** There is nothing to choose: the model learns instead. */
type NoConfig = Record<string, never>;
type Context = ModuleContext<NoConfig, SkellyJellyEvents>;

/** Windows that may wait while one is analysed; a window takes milliseconds. */
const WAITING_MAX = 256;
const TOOK_MS_MAX = 50;

const meter = createMeter();
let analyst: Analyst | null = null;
let invalidCount = 0;
let slowCount = 0;
let latest: AnalysisState | null = null;

/** True when the message is right; a wrong one is counted and goes no further. */
function valid(ctx: Context, subject: string, data: unknown): boolean {
  const problems = check(subject, data);
  if (problems.length === 0) return true;
  invalidCount += 1;
  meter.record(0, false);
  ctx.log.warn("a message is not as the contract has it", { subject, problem: problems[0] });
  return false;
}

function onBatch(ctx: Context, batch: SkellyJellyEvents["storage.batch"]): void {
  const startedMs = performance.now();
  try {
    const state = analyst?.take(batch) ?? null;
    const tookMs = performance.now() - startedMs;
    meter.record(tookMs, true);
    if (tookMs > TOOK_MS_MAX) slowCount += 1;
    if (state === null) return;
    latest = { ...state, analysedAtMs: Date.now(), tookMs: Math.round(tookMs * 1000) / 1000 };
    ctx.bus.publish("analysis.state", latest);
    if (state.state !== state.previousState) {
      ctx.log.info(state.summary, { correlationId: state.correlationId });
    }
  } catch (error) {
    meter.record(performance.now() - startedMs, false);
    // One window that cannot be understood is no reason to end a life; many show as the error rate.
    ctx.log.error("a window was not analysed", { batchId: batch.batchId, error });
  }
}

function noted(ctx: Context, lesson: Lesson | null): void {
  if (lesson === null) return;
  const { window, truth } = lesson;
  ctx.log.info(`learned: what looked ${window.state} was ${truth}`, {
    windowStartMs: window.windowStartMs,
  });
}

export default defineModule<NoConfig, SkellyJellyEvents>({
  name: "analysis-engine",
  config(chosen) {
    const stranger = Object.keys(chosen)[0];
    if (stranger !== undefined) throw new Error(`analysis-engine: no setting '${stranger}'`);
    return {};
  },

  start(ctx) {
    const keeper = openKeeper(ctx.dataDirectory, (message) => ctx.log.warn(message));
    const open = createAnalyst(keeper);
    analyst = open;
    const { bus } = ctx;
    bus.subscribe(
      "storage.batch",
      ({ subject, data }) => {
        if (valid(ctx, subject, data)) onBatch(ctx, data);
      },
      { pendingMax: WAITING_MAX },
    );
    bus.subscribe("analysis.correction", ({ subject, data }) => {
      if (valid(ctx, subject, data)) noted(ctx, open.correct(data));
    });
    bus.subscribe("figurine.reaction", ({ subject, data }) => {
      if (valid(ctx, subject, data)) noted(ctx, open.react(data));
    });
    bus.subscribe("analysis.explain", (message) => {
      if (!valid(ctx, message.subject, message.data)) {
        const refusal: Refusal = {
          ...{ ok: false, code: "BAD_REQUEST", retry: false },
          message: "Ask with {} or { windowStartMs }.",
        };
        message.respond(refusal);
        return;
      }
      const missing: Refusal = {
        ...{ ok: false, code: "NOT_FOUND", retry: false },
        message: "No such window is remembered; the last hundred are.",
      };
      message.respond(open.explain(message.data.windowStartMs ?? null) ?? missing);
    });
  },

  stop() {
    analyst = null;
  },

  health() {
    return {
      analysedWindows: analyst?.counters.analysed ?? 0,
      repeatedWindows: analyst?.counters.repeated ?? 0,
      lessonsLearned: analyst?.counters.lessons ?? 0,
      slowWindows: slowCount,
      invalidMessages: invalidCount,
      confidenceRatio: latest?.confidenceRatio ?? 0,
      errorRate: meter.errorRate(),
      responseTimeMs: meter.responseTimeMs(),
    };
  },

  /** Forgets what was learned and where sessions stood. */
  reset(ctx) {
    const open = analyst ?? createAnalyst(openKeeper(ctx.dataDirectory, (m) => ctx.log.warn(m)));
    open.forget();
    meter.clear();
  },
});
