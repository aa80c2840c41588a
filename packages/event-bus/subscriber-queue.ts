// subscriber-queue.ts: one subscriber's messages: handled one after another, bounded while they wait.

import { Deque } from "./deque.ts";
import type { BusMessage, Overflow } from "./event-bus.ts";

export type QueueOptions = {
  readonly handle: (message: BusMessage<any>) => void | Promise<void>;
  readonly pendingMax: number;
  readonly overflow: Overflow;
  /** A message that found no room. */
  readonly onOverflow: (message: BusMessage<any>) => void;
  /** What the handler threw. */
  readonly onError: (error: unknown) => void;
};

/** With `block`, what a sender had already sent when it was told to wait. */
export const HELD_MAX = 8192;

export class SubscriberQueue {
  readonly #options: QueueOptions;
  readonly #waiting = new Deque<BusMessage<any>>();
  #busy = false;
  #received = 0;
  #dropped = 0;
  #idle: (() => void)[] = [];
  #relief: (() => void)[] = [];

  constructor(options: QueueOptions) {
    this.#options = options;
  }

  get received(): number {
    return this.#received;
  }

  get dropped(): number {
    return this.#dropped;
  }

  /** Messages that came and are not handled yet. */
  get pending(): number {
    return this.#waiting.length + (this.#busy ? 1 : 0);
  }

  /** A sender should wait: this subscriber blocks, and has all it can hold. */
  get blocks(): boolean {
    return this.#options.overflow === "block" && this.#waiting.length >= this.#options.pendingMax;
  }

  get isFull(): boolean {
    return this.blocks && this.#waiting.length >= this.#options.pendingMax + HELD_MAX;
  }

  offer(message: BusMessage<any>): void {
    this.#received += 1;
    if (!this.#busy) {
      this.#busy = true;
      this.#run(message);
      return;
    }
    if (this.#waiting.length < this.#options.pendingMax) {
      this.#waiting.push(message);
      return;
    }
    switch (this.#options.overflow) {
      case "drop-oldest":
        this.#waiting.push(message);
        this.#lose(this.#waiting.shift()!);
        break;
      case "dead-letter":
        this.#lose(message);
        break;
      case "block":
        if (this.isFull) this.#lose(message);
        else this.#waiting.push(message);
        break;
    }
  }

  /** Called once, in a later turn, when a sender that waits may go on; the answer forgets it. */
  onRelief(resume: () => void): () => void {
    this.#relief.push(resume);
    return () => {
      this.#relief = this.#relief.filter((other) => other !== resume);
    };
  }

  /** Resolves when all that came has been handled. */
  idle(): Promise<void> {
    if (!this.#busy) return Promise.resolve();
    return new Promise((resolve) => {
      this.#idle.push(resolve);
    });
  }

  /** Forgets what waits; answers how many that were. */
  clear(): number {
    const count = this.#waiting.length;
    this.#waiting.clear();
    this.#dropped += count;
    this.#relieve();
    return count;
  }

  #run(first: BusMessage<any> | undefined): void {
    for (let message = first; message !== undefined; message = this.#next()) {
      const work = this.#handle(message);
      if (work !== undefined) {
        void work.then(() => this.#run(this.#next()));
        return;
      }
    }
    this.#busy = false;
    for (const resolve of this.#idle.splice(0)) resolve();
  }

  /** Never rejects: an error is told to `onError`, and the next message has its turn. */
  #handle(message: BusMessage<any>): Promise<void> | undefined {
    try {
      const work = this.#options.handle(message);
      if (typeof work?.then !== "function") return undefined;
      return Promise.resolve(work).catch((error: unknown) => this.#options.onError(error));
    } catch (error) {
      this.#options.onError(error);
      return undefined;
    }
  }

  #next(): BusMessage<any> | undefined {
    const message = this.#waiting.shift();
    if (!this.blocks) this.#relieve();
    return message;
  }

  #relieve(): void {
    for (const resume of this.#relief.splice(0)) setImmediate(resume);
  }

  #lose(message: BusMessage<any>): void {
    this.#dropped += 1;
    this.#options.onOverflow(message);
  }
}
