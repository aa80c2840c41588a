// delivery.ts: brings what waits to storage, one bundle at a time, until storage says that it is
// committed.

import type { RawBundle, Refusal, StoreDone } from "@skelly-jelly/events";
import { checkAnswer } from "@skelly-jelly/events";
import type { EventQueue } from "./event-queue.ts";

export const WINDOW_MS = 30_000;
const BACKOFF_FIRST_MS = 250;
const BACKOFF_MAX_MS = 5000;
/** Failures in a row after which it is said. */
const SAID_AT = 2;

export type DeliveryPorts = {
  readonly queue: EventQueue;
  nowMs(): number;
  /** Asks storage; rejects when nobody answers in time. */
  request(bundle: RawBundle): Promise<unknown>;
  head(): Pick<RawBundle, "sessionId" | "clock">;
  /** No event older than this will be pushed any more; `null`: cannot be said. */
  watermarkMs(): number | null;
  nextId(): string;
  onStored(bundle: RawBundle): void;
  onTrouble(message: string): void;
};

export type Delivery = {
  /** Sends until nothing waits or storage does not take it. Does nothing while it backs off. */
  run(): Promise<void>;
  /** Why storage takes nothing at present; `null` when it does. */
  trouble(): string | null;
  readonly counters: { requests: number; failed: number; tookMsLast: number };
};

type Answer = StoreDone | Refusal;

export function createDelivery(ports: DeliveryPorts): Delivery {
  const { queue } = ports;
  const counters = { requests: 0, failed: 0, tookMsLast: 0 };
  let trouble: string | null = null;
  let failedInARow = 0;
  let backoffMs = 0;
  let notBeforeMs = 0;
  let promisedMs: number | null = null;
  let running = false;
  let current: RawBundle | null = null;

  /** The same bundle until it is settled: its ids make a repeated delivery harmless. */
  function nextBundle(): RawBundle | null {
    if (current !== null) return current;
    const events = queue.take();
    const behindMs = queue.oldestBehindMs();
    const sourceMs = ports.watermarkMs();
    const watermarkMs =
      behindMs === null || sourceMs === null
        ? (behindMs ?? sourceMs)
        : Math.min(behindMs, sourceMs);
    const opensWindow =
      watermarkMs !== null &&
      Math.floor(watermarkMs / WINDOW_MS) > Math.floor((promisedMs ?? 0) / WINDOW_MS);
    if (events.length === 0 && !opensWindow) return null;
    current = { bundleId: ports.nextId(), ...ports.head(), watermarkMs, events };
    return current;
  }

  function failed(message: string): void {
    counters.failed += 1;
    failedInARow += 1;
    // Once is nothing: storage may start a moment later than we do.
    if (failedInARow === SAID_AT) ports.onTrouble(message);
    trouble = message;
    backoffMs = Math.min(BACKOFF_MAX_MS, Math.max(BACKOFF_FIRST_MS, backoffMs * 2));
    notBeforeMs = ports.nowMs() + backoffMs;
  }

  function settle(outcome: "stored" | "dropped", bundle: RawBundle): void {
    queue.settle(outcome);
    promisedMs = bundle.watermarkMs ?? promisedMs;
    current = null;
    trouble = null;
    failedInARow = 0;
    backoffMs = 0;
    if (outcome === "stored") ports.onStored(bundle);
  }

  async function send(bundle: RawBundle): Promise<void> {
    counters.requests += 1;
    const startedMs = ports.nowMs();
    const answer = (await ports.request(bundle)) as Answer;
    counters.tookMsLast = ports.nowMs() - startedMs;
    const problems = checkAnswer("storage.store", answer);
    if (problems.length > 0) throw new Error(problems.join("; "));
    if (answer.ok) {
      settle("stored", bundle);
      return;
    }
    if (answer.retry) throw new Error(`${answer.code}: ${answer.message}`);
    // Refused for good: sending it again would block all that waits behind it.
    ports.onTrouble(`${bundle.events.length} events refused for good: ${answer.message}`);
    counters.failed += 1;
    settle("dropped", bundle);
  }

  return {
    counters,
    trouble: () => trouble,
    async run() {
      if (running || ports.nowMs() < notBeforeMs) return;
      running = true;
      try {
        for (let bundle = nextBundle(); bundle !== null; bundle = nextBundle()) {
          await send(bundle);
        }
      } catch (error) {
        failed(error instanceof Error ? error.message : String(error));
      } finally {
        running = false;
      }
    },
  };
}
