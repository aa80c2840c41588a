// journal.ts: the durable record of what happened and why.
import type { InstanceId, JsonObject, SystemEvent } from "@skelly-jelly/contract";

export type Intent = { readonly instance: InstanceId; readonly incarnation: number };

export type JournalQuery = {
  readonly module?: string;
  readonly types?: readonly string[];
  readonly afterSeq?: number;
  readonly sinceMs?: number;
  readonly limit?: number;
};

export interface Journal {
  /** `available`, or why nothing can be written. Supervision goes on without it. */
  readonly state: string;
  /** Highest sequence number written. */
  readonly lastSeq: number;
  /** Writes before it returns. Never throws: a failure shows in `state`. */
  append(events: readonly SystemEvent[]): void;
  /** Written before anything is spawned. Never throws. */
  intend(intent: Intent): void;
  /** Highest incarnation ever intended, by instance. */
  incarnations(): ReadonlyMap<InstanceId, number>;
  query(query: JournalQuery): readonly SystemEvent[];
  /** Small facts that outlive the orchestrator (configuration versions, desired states). */
  remember(key: string, value: JsonObject): void;
  recall(key: string): JsonObject | null;
  close(): void;
}

/** A journal that forgets: for libraries and tests that want none on disk. */
export function memoryJournal(limit = 10_000): Journal {
  const events: SystemEvent[] = [];
  const intents = new Map<InstanceId, number>();
  const facts = new Map<string, JsonObject>();
  return {
    state: "memory only",
    get lastSeq() {
      return events.at(-1)?.seq ?? 0;
    },
    append(more) {
      events.push(...more);
      if (events.length > limit) events.splice(0, events.length - limit);
    },
    intend: ({ instance, incarnation }) => void intents.set(instance, incarnation),
    incarnations: () => intents,
    query: ({ module, types, afterSeq = 0, sinceMs = 0, limit: most = 1000 }) =>
      events
        .filter(
          (event) =>
            event.seq > afterSeq &&
            event.timeMs >= sinceMs &&
            (types === undefined || types.includes(event.type)) &&
            (module === undefined || ("module" in event && event.module === module)),
        )
        .slice(-most),
    remember: (key, value) => void facts.set(key, value),
    recall: (key) => facts.get(key) ?? null,
    close() {},
  };
}
