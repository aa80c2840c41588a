// event-publisher.ts: tells what happened, after the fact, once: the journal first, then everyone else.
import type { OrchestratorEvent, SystemEvent } from "@skelly-jelly/contract";
import type { Clock } from "../ports/clock.ts";
import type { Journal } from "../ports/journal.ts";

export type EventListener = (event: SystemEvent) => void;

export class EventPublisher {
  readonly #clock: Clock;
  readonly #journal: Journal;
  readonly #listeners = new Set<EventListener>();
  #seq: number;

  constructor(clock: Clock, journal: Journal) {
    this.#clock = clock;
    this.#journal = journal;
    this.#seq = journal.lastSeq;
  }

  get lastSeq(): number {
    return this.#seq;
  }

  publish(event: OrchestratorEvent): void {
    this.#seq += 1;
    const stamped: SystemEvent = { ...event, seq: this.#seq, timeMs: this.#clock.wallMs() };
    this.#journal.append([stamped]);
    for (const listener of this.#listeners) listener(stamped);
  }

  /** Returns the way out. A listener must not throw; one that does is a bug and is not caught. */
  listen(listener: EventListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
