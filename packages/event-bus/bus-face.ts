// bus-face.ts: the EventBus that users see, over any link: checks, queues, requests, counters.
import type { Json } from "@skelly-jelly/contract";
import { BusError } from "./bus-error.ts";
import { type Clock, systemClock, within } from "./clock.ts";
import { edgeOf, type Validators } from "./edge.ts";
import type {
  BusCounters,
  BusMessage,
  EventBus,
  PublishOptions,
  SubscribeOptions,
  Subscription,
} from "./event-bus.ts";
import { frameData, frameHeaders } from "./frame.ts";
import { NO_HEADERS } from "./headers.ts";
import type { Link } from "./link.ts";
import { Requests } from "./requests.ts";
import { isPattern, isSubject } from "./subject.ts";
import { SubscriberQueue } from "./subscriber-queue.ts";
import type { Frame } from "./wire-parser.ts";

export type FaceOptions = {
  /** Checks by subject (or pattern); wrong data is refused when published and dropped when received. */
  readonly validate?: Validators;
  /** Default for subscriptions. */
  readonly pendingMax?: number;
  /** Where messages go that could not be delivered as they should. Default `dead-letter`. */
  readonly deadLetterSubject?: string;
  /** What a handler threw, and what the hub refused. Default: a warning of this process. */
  readonly onError?: (error: Error) => void;
  readonly clock?: Clock;
};

const PENDING_MAX = 1024;
const REQUEST_MS = 5000;
const FLUSH_MS = 5000;
/** How long close() waits for handlers that are still at work. */
const CLOSE_MS = 10_000;

type Open = {
  readonly queue: SubscriberQueue;
  /** True once nothing more is wanted, not even what is on its way. */
  stopped: boolean;
  end(): void;
};

export class BusFace implements EventBus<Record<string, Json>> {
  readonly #link: Link;
  readonly #clock: Clock;
  readonly #edge: ReturnType<typeof edgeOf>;
  readonly #options: FaceOptions;
  readonly #deadLetterSubject: string;
  readonly #requests: Requests;
  readonly #open = new Set<Open>();
  #endInbox: (() => void) | null = null;
  #closing: Promise<void> | null = null;
  #closed = false;
  #published = 0;
  #delivered = 0;
  #dropped = 0;
  #deadLetters = 0;
  #invalid = 0;
  #lastSubject = "";

  constructor(link: Link, options: FaceOptions) {
    this.#link = link;
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#edge = edgeOf(options.validate ?? {});
    this.#deadLetterSubject = options.deadLetterSubject ?? "dead-letter";
    this.#requests = new Requests(this.#clock);
  }

  get counters(): BusCounters {
    return {
      published: this.#published,
      delivered: this.#delivered,
      dropped: this.#dropped + this.#link.dropped,
      deadLetters: this.#deadLetters,
      invalid: this.#invalid,
      reconnects: this.#link.reconnects,
    };
  }

  publish(subject: string, data: Json, options: PublishOptions = {}): void {
    this.#send(subject, data, options, null);
  }

  subscribe(
    subject: string,
    handle: (message: BusMessage<any>) => void | Promise<void>,
    options: SubscribeOptions = {},
  ): Subscription {
    this.#assertOpen();
    if (this.#closing !== null) throw new BusError("CLOSED", "the bus is closing");
    if (!isPattern(subject)) throw wrongSubject(subject);
    const max = options.max ?? null;
    const queue = new SubscriberQueue({
      handle,
      pendingMax: options.pendingMax ?? this.#options.pendingMax ?? PENDING_MAX,
      overflow: options.overflow ?? "drop-oldest",
      onOverflow: (message) => {
        this.#dropped += 1;
        if (options.overflow === "dead-letter") this.#deadLetter(message, subject, "overflow");
      },
      onError: (error) => this.report(error),
    });
    const open: Open = { queue, stopped: false, end: () => undefined };
    let taken = 0;
    const detach = this.#link.attach({
      pattern: subject,
      queue: options.queue ?? null,
      remaining: () => (max === null ? null : max - taken),
      receive: (frame) => {
        if (open.stopped || (max !== null && taken >= max)) return;
        taken += 1;
        if (taken === max) open.end();
        this.#take(frame, subject, queue);
      },
      get blocks() {
        return queue.blocks;
      },
      get isFull() {
        return queue.isFull;
      },
      onRelief: (resume) => queue.onRelief(resume),
    });
    open.end = () => {
      if (!this.#open.delete(open)) return;
      detach();
    };
    this.#open.add(open);
    return this.#subscription(subject, open);
  }

  async request<Answer = Json>(
    subject: string,
    data: Json,
    options: { readonly timeoutMs?: number; readonly headers?: PublishOptions["headers"] } = {},
  ): Promise<BusMessage<Answer>> {
    this.#assertOpen();
    this.#endInbox ??= this.#openInbox();
    const question = this.#requests.ask(subject, options.timeoutMs ?? REQUEST_MS);
    const { replyTo } = question;
    const { headers } = options;
    try {
      const extra = headers === undefined ? { replyTo } : { replyTo, headers };
      this.#send(subject, data, extra, question.unheard);
    } catch (error) {
      question.withdraw();
      throw error;
    }
    return question.answer;
  }

  flush(timeoutMs: number = FLUSH_MS): Promise<void> {
    if (this.#closed) return Promise.reject(new BusError("CLOSED", "the bus is closed"));
    return this.#link.flush(timeoutMs);
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  get isConnected(): boolean {
    return this.#link.isUp && !this.#closed;
  }

  /** The hub refuses a subject. */
  denied(kind: "publish" | "subscribe", subject: string): void {
    if (kind === "publish") this.#requests.denied(subject);
    this.report(new BusError("DENIED", `this user may not ${kind} to '${subject}'`));
  }

  /** Tells of what went wrong where no caller can be told. */
  report(error: unknown): void {
    const known =
      error instanceof Error ? error : new Error("a handler of the bus threw", { cause: error });
    if (this.#options.onError !== undefined) this.#options.onError(known);
    else process.emitWarning(known);
  }

  #assertOpen(): void {
    if (this.#closed) throw new BusError("CLOSED", "the bus is closed");
  }

  #send(
    subject: string,
    data: Json,
    { headers, replyTo }: PublishOptions,
    unheard: (() => void) | null,
  ): void {
    this.#assertOpen();
    if (subject !== this.#lastSubject) {
      if (!isSubject(subject)) throw wrongSubject(subject);
      this.#lastSubject = subject;
    }
    if (replyTo !== undefined && !isSubject(replyTo)) throw wrongSubject(replyTo);
    const text = JSON.stringify(data) as string | undefined;
    if (text === undefined) throw this.#refuse(subject, ["it is not JSON"]);
    const problems = this.#edge(subject, data);
    if (problems.length > 0) throw this.#refuse(subject, problems);
    const message = { subject, replyTo: replyTo ?? null, headers: headers ?? null, text };
    this.#link.send(message, unheard);
    this.#published += 1;
  }

  #refuse(subject: string, problems: readonly string[]): BusError {
    this.#invalid += 1;
    return new BusError("INVALID", `wrong data for '${subject}': ${problems.join("; ")}`, {
      problems,
    });
  }

  #take(frame: Frame, pattern: string, queue: SubscriberQueue): void {
    const message = this.#message(frame);
    if (message === null) {
      this.#invalid += 1;
      return;
    }
    const problems = this.#edge(frame.subject, message.data);
    if (problems.length > 0) {
      this.#invalid += 1;
      this.#deadLetter(message, pattern, `invalid: ${problems.join("; ")}`);
      return;
    }
    this.#delivered += 1;
    queue.offer(message);
  }

  #message(frame: Frame): BusMessage<any> | null {
    const headers = frame.hasHeaders ? frameHeaders(frame)?.fields : NO_HEADERS;
    if (headers === undefined) return null;
    const { replyTo } = frame;
    const respond =
      replyTo === null ? silence : (data: Json): void => this.#send(replyTo, data, {}, null);
    return { subject: frame.subject, data: frameData(frame), replyTo, headers, respond };
  }

  #subscription(subject: string, open: Open): Subscription {
    const { queue } = open;
    return {
      subject,
      unsubscribe: () => {
        open.stopped = true;
        open.end();
        this.#dropped += queue.clear();
      },
      drain: async () => {
        open.end();
        if (this.#link.isUp) await this.#link.flush(FLUSH_MS);
        await queue.idle();
      },
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

  #openInbox(): () => void {
    return this.#link.attach({
      pattern: this.#requests.inbox,
      queue: null,
      remaining: () => null,
      receive: (frame) => {
        if (frameHeaders(frame)?.status === 503) this.#requests.unheard(frame.subject);
        else {
          const message = this.#message(frame);
          if (message !== null) this.#requests.answered(message);
        }
      },
      blocks: false,
      isFull: false,
      onRelief: () => silence,
    });
  }

  #deadLetter(message: BusMessage<any>, pattern: string, reason: string): void {
    // A dead letter that dies again is only counted: else it would come back for ever.
    if (message.subject === this.#deadLetterSubject) return;
    this.#deadLetters += 1;
    const headers = {
      ...message.headers,
      "Skelly-Subject": message.subject,
      "Skelly-Subscription": pattern,
      "Skelly-Reason": reason.replaceAll(/[\r\n]+/g, " "),
    };
    const text = JSON.stringify(message.data);
    const subject = this.#deadLetterSubject;
    try {
      this.#link.send({ subject, replyTo: null, headers, text }, null);
    } catch (error) {
      this.report(error);
    }
  }

  async #close(): Promise<void> {
    const queues = [...this.#open].map(({ queue }) => queue);
    for (const open of this.#open) open.end();
    try {
      // What the hub sent before it heard of the end has arrived once it has answered.
      if (this.#link.isUp) await this.#link.flush(FLUSH_MS);
      const late = (): BusError => new BusError("TIMEOUT", "handlers were still at work");
      const handled = Promise.all(queues.map((queue) => queue.idle()));
      await within(this.#clock, CLOSE_MS, handled, late);
    } catch (error) {
      // It ends all the same: what was not handled is counted as dropped, and told.
      this.report(error);
    }
    for (const queue of queues) this.#dropped += queue.clear();
    this.#closed = true;
    this.#endInbox?.();
    this.#requests.closed();
    await this.#link.close();
  }
}

function silence(): void {
  // Nothing is expected.
}

function wrongSubject(subject: string): BusError {
  return new BusError("INVALID_SUBJECT", `'${subject}' is not a subject`);
}
