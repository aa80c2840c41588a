// windows.ts: cuts a trace into batches as storage does, for tests and benches that need no
// database.
import type { RawEvent, State, StorageBatch } from "@skelly-jelly/events";
import type { Trace } from "./generate.ts";

const WINDOW_MS = 30_000;

export type Labelled = { readonly batch: StorageBatch; readonly label: State | null };

export function batchesOf({ header, events }: Trace): Labelled[] {
  const placed = events.map(
    ({ offsetMs, ...event }, n) =>
      ({
        ...event,
        id: `${header.name}-${n}`,
        timeMs: header.startMs + offsetMs,
        source: "replay",
      }) as RawEvent,
  );
  const result: Labelled[] = [];
  for (let offsetMs = 0; offsetMs < header.durationMs; offsetMs += WINDOW_MS) {
    const windowStartMs = header.startMs + offsetMs;
    const windowEndMs = windowStartMs + WINDOW_MS;
    const inside = placed.filter(({ timeMs }) => timeMs >= windowStartMs && timeMs < windowEndMs);
    const middleMs = offsetMs + WINDOW_MS / 2;
    result.push({
      label: header.labels.find((l) => l.fromMs <= middleMs && middleMs < l.toMs)?.state ?? null,
      batch: {
        batchId: `${header.name}:${windowStartMs}`,
        correlationId: `c-${header.name}-${offsetMs}`,
        sessionId: header.name,
        windowStartMs,
        windowEndMs,
        clock: "replay",
        closedBy: "watermark",
        events: inside,
        eventCount: inside.length,
        lateCount: 0,
        sources: ["replay"],
      },
    });
  }
  return result;
}
