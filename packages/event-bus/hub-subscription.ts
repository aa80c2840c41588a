// hub-subscription.ts: one subscription of one connection, as a route of the table.
import { Buffer } from "node:buffer";
import type { Pressure, Route } from "./routing-table.ts";
import { subjectMatches } from "./subject.ts";
import type { Frame } from "./wire-parser.ts";

/** What a subscription needs of its connection. */
export type Owner = {
  readonly isOpen: boolean;
  readonly echo: boolean;
  deliver(subscription: HubSubscription, frame: Frame): void;
  pressure(): Pressure | null;
  forget(subscription: HubSubscription): void;
};

export class HubSubscription implements Route {
  readonly pattern: string;
  readonly queue: string | null;
  readonly sid: string;
  hides: ((subject: string) => boolean) | null;
  /** Ends after so many deliveries; 0: no end. */
  max = 0;
  delivered = 0;
  readonly #owner: Owner;
  #head: Buffer = Buffer.alloc(0);
  #headSubject = "";
  #headOfHeaders = false;

  constructor(owner: Owner, of: Pick<HubSubscription, "pattern" | "queue" | "sid" | "hides">) {
    this.#owner = owner;
    this.pattern = of.pattern;
    this.queue = of.queue;
    this.sid = of.sid;
    this.hides = of.hides;
  }

  matches(subject: string): boolean {
    return subjectMatches(this.pattern, subject);
  }

  mayTake(subject: string, from: object | null): boolean {
    const owner = this.#owner;
    if (!owner.isOpen || (from === owner && !owner.echo)) return false;
    if (this.max > 0 && this.delivered >= this.max) return false;
    return this.hides === null || !this.hides(subject);
  }

  deliver(frame: Frame): void {
    this.delivered += 1;
    this.#owner.deliver(this, frame);
    if (this.max > 0 && this.delivered >= this.max) this.#owner.forget(this);
  }

  pressure(): Pressure | null {
    return this.#owner.pressure();
  }

  /** `MSG subject sid `: the same for most messages of a subscription, so the last is kept. */
  head(frame: Frame): Buffer {
    const { subject, hasHeaders } = frame;
    if (subject !== this.#headSubject || hasHeaders !== this.#headOfHeaders) {
      this.#head = Buffer.from(`${hasHeaders ? "HMSG" : "MSG"} ${subject} ${this.sid} `);
      this.#headSubject = subject;
      this.#headOfHeaders = hasHeaders;
    }
    return this.#head;
  }

  /** For a client that does not take headers: the whole line, and the payload follows. */
  plainHead({ subject, replyTo, payloadStart, payloadEnd }: Frame): Buffer {
    const reply = replyTo === null ? "" : `${replyTo} `;
    return Buffer.from(`MSG ${subject} ${this.sid} ${reply}${payloadEnd - payloadStart}\r\n`);
  }
}
