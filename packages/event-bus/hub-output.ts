// hub-output.ts: what a hub's connection is sent: gathered, counted, and held against its limits.
import type { HubState } from "./hub-state.ts";
import { Outbox } from "./outbox.ts";
import type { Pressure } from "./routing-table.ts";
import type { Transport } from "./transport.ts";

/** How long those who send to a slow reader wait for it before it is left to its own limit. */
const STALL_MS = 50;
const STALL_BYTES = 1024 * 1024;

export class HubOutput {
  readonly #hub: HubState;
  readonly #transport: Transport;
  readonly #onSlow: () => void;
  readonly #outbox: Outbox;
  #dirty = false;
  #cut = false;
  /** Messages handed over since all of them had gone. */
  #unsent = 0;
  /** Senders have waited for this reader once already, in vain. */
  #stallSpent = false;
  #relief: (() => void)[] = [];

  /** `onSlow`: more waits than is allowed. */
  constructor(hub: HubState, transport: Transport, onSlow: () => void) {
    this.#hub = hub;
    this.#transport = transport;
    this.#onSlow = onSlow;
    this.#outbox = new Outbox((piece) => this.#write(piece));
  }

  get queueDepth(): number {
    return this.#unsent;
  }

  text(text: string): void {
    this.#outbox.text(text);
    this.#mark();
  }

  message(head: Buffer, source: Buffer, start: number, end: number): void {
    this.#outbox.bytes(head, source, start, end);
    this.#unsent += 1;
    this.#mark();
  }

  flush(): void {
    this.#dirty = false;
    this.#outbox.flush();
  }

  pressure(): Pressure | null {
    if (this.#stallSpent || this.#pendingBytes() < STALL_BYTES) return null;
    return { waitMsMax: STALL_MS, onRelief: (resume) => this.#onRelief(resume) };
  }

  /** Something has left. */
  drained(): void {
    if (this.#transport.bufferedBytes === 0) this.#unsent = 0;
    if (this.#pendingBytes() > STALL_BYTES / 2) return;
    this.#stallSpent = false;
    this.release();
  }

  /** Whoever waits for this reader goes on. */
  release(): void {
    for (const resume of this.#relief.splice(0)) setImmediate(resume);
  }

  #onRelief(resume: () => void): () => void {
    const once = (): void => resume();
    this.#relief.push(once);
    return () => {
      // Forgotten without relief: this reader had its chance, and is not waited for again.
      if (this.#relief.includes(once)) this.#stallSpent = true;
      this.#relief = this.#relief.filter((other) => other !== once);
    };
  }

  #pendingBytes(): number {
    return this.#outbox.waitingBytes + this.#transport.bufferedBytes;
  }

  #write(piece: Buffer): void {
    this.#transport.write(piece);
    const pendingBytes = this.#transport.bufferedBytes;
    if (pendingBytes === 0) this.#unsent = 0;
    if (this.#cut || pendingBytes <= this.#hub.limits.maxPendingBytes) return;
    this.#cut = true;
    this.#hub.slowConsumer();
    this.#onSlow();
  }

  #mark(): void {
    if (this.#dirty) return;
    this.#dirty = true;
    this.#hub.round.add(this);
  }
}
