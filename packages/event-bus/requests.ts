// requests.ts: questions on their way: one inbox for all of them, each with its own token and limit.
import { BusError } from "./bus-error.ts";
import { type BreakerOptions, CircuitBreaker } from "./circuit-breaker.ts";
import type { Clock } from "./clock.ts";
import type { BusMessage } from "./event-bus.ts";

type Pending = {
  readonly subject: string;
  readonly resolve: (message: BusMessage<any>) => void;
  readonly reject: (error: BusError) => void;
  readonly cancelLimit: () => void;
};

export type Question = {
  readonly replyTo: string;
  readonly answer: Promise<BusMessage<any>>;
  /** Nobody listens. */
  unheard(): void;
  /** It could not even be asked. */
  withdraw(): void;
};

export class Requests {
  readonly #prefix = `_INBOX.${unguessable()}`;
  readonly #clock: Clock;
  readonly #breaker: CircuitBreaker | null;
  readonly #pending = new Map<string, Pending>();
  #next = 0;

  constructor(clock: Clock, breaker: Partial<BreakerOptions> | false = {}) {
    this.#clock = clock;
    this.#breaker = breaker === false ? null : new CircuitBreaker(breaker);
  }

  get inbox(): string {
    return `${this.#prefix}.*`;
  }

  /** Throws CIRCUIT_OPEN for a subject that has been silent: nobody is held up by it again at once. */
  ask(subject: string, timeoutMs: number): Question {
    const entry = this.#breaker?.enter(subject, this.#clock.nowMs()) ?? { ok: true };
    if (!entry.ok) {
      const waitMs = Math.ceil(entry.waitMs);
      throw new BusError(
        "CIRCUIT_OPEN",
        `'${subject}' did not answer several times in a row; it is tried again in ${waitMs} ms`,
      );
    }
    const replyTo = `${this.#prefix}.${(this.#next++).toString(36)}`;
    const answer = new Promise<BusMessage<any>>((resolve, reject) => {
      const cancelLimit = this.#clock.after(timeoutMs, () =>
        this.#fail(
          replyTo,
          new BusError("TIMEOUT", `no answer on '${subject}' in ${timeoutMs} ms`),
        ),
      );
      this.#pending.set(replyTo, { subject, resolve, reject, cancelLimit });
    });
    return {
      replyTo,
      answer,
      unheard: () => this.unheard(replyTo),
      withdraw: () => {
        this.#take(replyTo);
        this.#breaker?.withdrawn(subject, this.#clock.nowMs());
      },
    };
  }

  /** An answer has come. One that nobody waits for any more is dropped: its request has ended. */
  answered(message: BusMessage<any>): void {
    const pending = this.#take(message.subject);
    if (pending === undefined) return;
    this.#breaker?.answered(pending.subject);
    pending.resolve(message);
  }

  unheard(replyTo: string): void {
    const subject = this.#pending.get(replyTo)?.subject;
    this.#fail(replyTo, new BusError("NO_RESPONDERS", `nobody listens on '${subject}'`));
  }

  denied(subject: string): void {
    const error = new BusError("DENIED", `this user may not publish to '${subject}'`);
    for (const [replyTo, pending] of this.#pending) {
      if (pending.subject === subject) this.#fail(replyTo, error);
    }
  }

  closed(): void {
    for (const [replyTo, { subject }] of this.#pending) {
      this.#fail(
        replyTo,
        new BusError("CLOSED", `the bus was closed before '${subject}' answered`),
      );
    }
  }

  #fail(replyTo: string, error: BusError): void {
    const pending = this.#take(replyTo);
    if (pending === undefined) return;
    const nowMs = this.#clock.nowMs();
    if (error.code === "TIMEOUT") this.#breaker?.timedOut(pending.subject, nowMs);
    else this.#breaker?.withdrawn(pending.subject, nowMs);
    pending.reject(error);
  }

  #take(replyTo: string): Pending | undefined {
    const pending = this.#pending.get(replyTo);
    this.#pending.delete(replyTo);
    pending?.cancelLimit();
    return pending;
  }
}

/** Whoever knows an inbox could answer in another's place. */
function unguessable(): string {
  // Loaded when first needed: it costs 1.8 MB, and most modules never ask anything.
  return process.getBuiltinModule("node:crypto").randomBytes(16).toString("hex");
}
