// event-bus.ts: what every user of the bus sees, whatever carries it.
import type { Json } from "@skelly-jelly/contract";

/** A message as a subscriber gets it. `data` is plain JSON. */
export type BusMessage<T = Json> = {
  readonly subject: string;
  readonly data: T;
  /** Where an answer is expected; `null` when none is. */
  readonly replyTo: string | null;
  readonly headers: Readonly<Record<string, string>>;
  /** Answers a request. Does nothing when no answer is expected. */
  respond(data: Json): void;
};

export type Overflow = "block" | "drop-oldest" | "dead-letter";

export type SubscribeOptions = {
  /** Members of one queue group share the messages among themselves. */
  readonly queue?: string;
  /** Messages that may wait for this subscriber. Default 1024. */
  readonly pendingMax?: number;
  /** What happens to a message that does not fit. Default `drop-oldest`. */
  readonly overflow?: Overflow;
  /** Ends by itself after so many messages. */
  readonly max?: number;
};

export type Subscription = {
  readonly subject: string;
  unsubscribe(): void;
  /** Handles what has come, then ends. */
  drain(): Promise<void>;
  readonly counters: {
    readonly received: number;
    readonly dropped: number;
    readonly pending: number;
  };
};

export type PublishOptions = {
  readonly headers?: Readonly<Record<string, string>>;
  readonly replyTo?: string;
};

/** A check of a message's data at the edge; returns problems, empty when it is right. */
export type Validate = (data: Json) => readonly string[];

/**
 * Typed by a map from subject to data: `createEventBus<{ "analysis.state": State }>()`.
 * Subjects are dot-separated tokens; subscriptions may use `*` (one token) and `>` (the rest).
 */
export type EventBus<Events extends object = Record<string, Json>> = {
  publish<S extends keyof Events & string>(
    subject: S,
    data: Events[S],
    options?: PublishOptions,
  ): void;
  subscribe<S extends (keyof Events & string) | (string & {})>(
    subject: S,
    handle: (
      message: BusMessage<S extends keyof Events ? Events[S] : Json>,
    ) => void | Promise<void>,
    options?: SubscribeOptions,
  ): Subscription;
  /** Rejects with a BusError: NO_RESPONDERS, TIMEOUT, CLOSED, DENIED. */
  request<Answer = Json>(
    subject: string,
    data: Json,
    options?: { readonly timeoutMs?: number; readonly headers?: Readonly<Record<string, string>> },
  ): Promise<BusMessage<Answer>>;
  /** Resolves when all that was published before has reached the hub. */
  flush(timeoutMs?: number): Promise<void>;
  /** Unsubscribes, handles what has come, sends what waits, closes. */
  close(): Promise<void>;
  readonly counters: BusCounters;
};

export type BusCounters = {
  readonly published: number;
  readonly delivered: number;
  readonly dropped: number;
  readonly deadLetters: number;
  readonly invalid: number;
  readonly reconnects: number;
};
