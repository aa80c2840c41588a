// intake.ts: one subscription of a bus: where its messages arrive, wait and are handled.
import { BusError } from "./bus-error.ts";
import { type Clock, within } from "./clock.ts";
import type { BusMessage, SubscribeOptions, Subscription } from "./event-bus.ts";
import type { Inlet, Link } from "./link.ts";
import { SubscriberQueue } from "./subscriber-queue.ts";
import type { Frame } from "./wire-parser.ts";

export type IntakeUse = {
  readonly link: Link;
  readonly clock: Clock;
  /** Reads and checks; `null`: not to be delivered. */
  readonly read: (frame: Frame) => BusMessage<any> | null;
  readonly onOverflow: (message: BusMessage<any>) => void;
  readonly onError: (error: unknown) => void;
  /** Messages that were thrown away unhandled. */
  readonly onCleared: (count: number) => void;
  readonly onEnd: (intake: Intake) => void;
};

const PENDING_MAX = 1024;
const FLUSH_MS = 5000;
/** How long drain waits for handlers that are still at work. */
const DRAIN_MS = 10_000;

export class Intake implements Inlet {
  readonly pattern: string;
  readonly queue: string | null;
  readonly #use: IntakeUse;
  readonly #max: number | null;
  readonly #queue: SubscriberQueue;
  readonly #detach: () => void;
  #taken = 0;
  #ended = false;
  /** Nothing more is wanted, not even what is on its way. */
  #stopped = false;

  constructor(
    pattern: string,
    handle: (message: BusMessage<any>) => void | Promise<void>,
    options: SubscribeOptions,
    use: IntakeUse,
  ) {
    this.pattern = pattern;
    this.queue = options.queue ?? null;
    this.#max = options.max ?? null;
    this.#use = use;
    this.#queue = new SubscriberQueue({
      handle,
      pendingMax: options.pendingMax ?? PENDING_MAX,
      overflow: options.overflow ?? "drop-oldest",
      onOverflow: use.onOverflow,
      onError: use.onError,
    });
    this.#detach = use.link.attach(this);
  }

  get subscription(): Subscription {
    const queue = this.#queue;
    return {
      subject: this.pattern,
      unsubscribe: () => {
        this.#stopped = true;
        this.end();
        this.clear();
      },
      drain: () => this.#drain(),
      counters: {
        get received() {
          return queue.received;
        },
        get dropped() {
          return queue.dropped;
        },
        get pending() {
          return queue.pending;
        },
      },
    };
  }

  get blocks(): boolean {
    return this.#queue.blocks;
  }

  get isFull(): boolean {
    return this.#queue.isFull;
  }

  onRelief(resume: () => void): () => void {
    return this.#queue.onRelief(resume);
  }

  remaining(): number | null {
    return this.#max === null ? null : this.#max - this.#taken;
  }

  receive(frame: Frame): void {
    if (this.#stopped || this.remaining() === 0) return;
    this.#taken += 1;
    if (this.remaining() === 0) this.end();
    const message = this.#use.read(frame);
    if (message !== null) this.#queue.offer(message);
  }

  /** Nothing new is asked for; what is on its way still comes. */
  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#detach();
    this.#use.onEnd(this);
  }

  /** Resolves when all that came has been handled; rejects when that takes too long. */
  idle(): Promise<void> {
    const late = (): BusError =>
      new BusError("TIMEOUT", `a handler of '${this.pattern}' was still at work`);
    return within(this.#use.clock, DRAIN_MS, this.#queue.idle(), late);
  }

  clear(): void {
    this.#use.onCleared(this.#queue.clear());
  }

  async #drain(): Promise<void> {
    this.end();
    // What the hub sent before it heard of the end has arrived once it has answered.
    if (this.#use.link.isUp) await this.#use.link.flush(FLUSH_MS);
    await this.idle();
  }
}
