// message-queue.ts: one message at a time, by priority, with bounds. Pure; times come in.
import type { FigurineCommand } from "@skelly-jelly/events";

export const WAITING_MAX = 20;
/** What waited longer than this is about a moment that is gone. */
export const WAITING_MAX_MS = 2 * 60_000;

export type Waiting = { readonly command: FigurineCommand; readonly cameAtMs: number };
export type Showing = Waiting & {
  /** When somebody first saw it; `null`: no page is open. */
  readonly seenAtMs: number | null;
};
export type MessageQueue = {
  readonly showing: Showing | null;
  readonly waiting: readonly Waiting[];
};
/** How a message ended: `ignored` was seen and not answered, `unseen` had no page, `dropped` never came up. */
export type Ended = {
  readonly command: FigurineCommand;
  readonly how: "ignored" | "unseen" | "dropped" | "interrupted";
  readonly shownForMs: number;
};
export type QueueStep = { readonly queue: MessageQueue; readonly ended: readonly Ended[] };

export const EMPTY_QUEUE: MessageQueue = { showing: null, waiting: [] };

/** A new message: shown, put in line, or shown in the place of a lesser one. */
export function enqueue(
  queue: MessageQueue,
  command: FigurineCommand,
  nowMs: number,
  seen: boolean,
): QueueStep {
  const came: Waiting = { command, cameAtMs: nowMs };
  const showing = queue.showing;
  if (showing === null)
    return { queue: { ...queue, showing: shown(came, nowMs, seen) }, ended: [] };
  if (interrupts(command.priority, showing.command.priority)) {
    return {
      queue: { ...queue, showing: shown(came, nowMs, seen) },
      ended: [ended(showing, "interrupted", nowMs)],
    };
  }
  const line = [...queue.waiting, came].sort(byPriority);
  const dropped = line.slice(WAITING_MAX).map((item) => ended(item, "dropped", nowMs));
  return { queue: { showing, waiting: line.slice(0, WAITING_MAX) }, ended: dropped };
}

/** What time does: the message's end, the next one's turn, the end of those that waited too long. */
export function advance(queue: MessageQueue, nowMs: number, use: AdvanceWith): QueueStep {
  const done: Ended[] = [];
  let { showing } = queue;
  if (showing !== null && nowMs >= (dueMs(showing, use.unseenMaxMs) ?? Infinity)) {
    done.push(ended(showing, showing.seenAtMs === null ? "unseen" : "ignored", nowMs));
    showing = null;
  }
  return settle({ ...queue, showing }, nowMs, use.seen, done);
}
export type AdvanceWith = { readonly seen: boolean; readonly unseenMaxMs: number };

/** The user has answered it: it goes, the next one comes. */
export function answered(queue: MessageQueue, nowMs: number, seen: boolean): QueueStep {
  return settle({ ...queue, showing: null }, nowMs, seen, []);
}

/** A page has opened: what is shown is seen from now on. */
export function seenNow(queue: MessageQueue, nowMs: number): MessageQueue {
  if (queue.showing === null || queue.showing.seenAtMs !== null) return queue;
  return { ...queue, showing: { ...queue.showing, seenAtMs: nowMs } };
}

/** When the queue next needs a look; `null`: nothing is shown. */
export function nextDueMs(queue: MessageQueue, unseenMaxMs: number): number | null {
  return queue.showing === null ? null : dueMs(queue.showing, unseenMaxMs);
}

function settle(queue: MessageQueue, nowMs: number, seen: boolean, done: Ended[]): QueueStep {
  const fresh: Waiting[] = [];
  for (const item of queue.waiting) {
    if (nowMs - item.cameAtMs > WAITING_MAX_MS) done.push(ended(item, "dropped", nowMs));
    else fresh.push(item);
  }
  if (queue.showing !== null) return { queue: { ...queue, waiting: fresh }, ended: done };
  const [next, ...waiting] = fresh;
  const showing = next === undefined ? null : shown(next, nowMs, seen);
  return { queue: { showing, waiting }, ended: done };
}

const shown = (item: Waiting, nowMs: number, seen: boolean): Showing => ({
  ...item,
  seenAtMs: seen ? nowMs : null,
});

/** 5 always interrupts, 4 only what is below 3. */
const interrupts = (next: number, now: number): boolean => next >= 5 || (next >= 4 && now < 3);

const byPriority = (a: Waiting, b: Waiting): number =>
  b.command.priority - a.command.priority || a.cameAtMs - b.cameAtMs;

function dueMs(showing: Showing, unseenMaxMs: number): number | null {
  const lasts = showing.command.message?.durationMs ?? 0;
  return showing.seenAtMs === null ? showing.cameAtMs + unseenMaxMs : showing.seenAtMs + lasts;
}

function ended(item: Waiting | Showing, how: Ended["how"], nowMs: number): Ended {
  const seenAtMs = "seenAtMs" in item ? item.seenAtMs : null;
  const shownForMs = seenAtMs === null ? 0 : Math.max(0, nowMs - seenAtMs);
  return { command: item.command, how, shownForMs };
}
