// bus-face.ts: the EventBus that users see, over any link: checks, queues, requests, counters.
import type { Json } from "@skelly-jelly/contract";
import { BusError } from "./bus-error.ts";
import type { BreakerOptions } from "./circuit-breaker.ts";
import { type Clock, systemClock } from "./clock.ts";
import { DeadLetters } from "./dead-letters.ts";
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
import { Intake } from "./intake.ts";
import type { Link } from "./link.ts";
import { Requests } from "./requests.ts";
import { isPattern, isSubject } from "./subject.ts";
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
  /** When requests to a silent subject fail at once. `false`: never. */
  readonly breaker?: Partial<BreakerOptions> | false;
  readonly clock?: Clock;
};

const TOLD_MAX = 1000;
const REQUEST_MS = 5000;
const FLUSH_MS = 5000;

export class BusFace implements EventBus<Record<string, Json>> {
  readonly #link: Link;
  readonly #clock: Clock;
  readonly #edge: ReturnType<typeof edgeOf>;
  readonly #options: FaceOptions;
  readonly #deadLetters: DeadLetters;
  /** Made with the first request. */
  #requests: Requests | null = null;
  readonly #open = new Set<Intake>();
  #endInbox: (() => void) | null = null;
  #closing: Promise<void> | null = null;
  #closed = false;
  #published = 0;
  #delivered = 0;
  #dropped = 0;
  #invalid = 0;
  #lastSubject = "";
  /** What was refused, and reported. */
  readonly #told = new Set<string>();

  constructor(link: Link, options: FaceOptions) {
    this.#link = link;
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#edge = edgeOf(options.validate ?? {});
    this.#deadLetters = new DeadLetters(
      options.deadLetterSubject ?? "dead-letter",
      (message) => link.send(message, null),
      (error) => this.report(error),
    );
  }

  get counters(): BusCounters {
    return {
      published: this.#published,
      delivered: this.#delivered,
      dropped: this.#dropped + this.#link.dropped,
      deadLetters: this.#deadLetters.count,
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
    const { queue, overflow } = options;
    if (queue !== undefined && !isPattern(queue)) throw wrongSubject(queue);
    const pendingMax = options.pendingMax ?? this.#options.pendingMax;
    const limits = pendingMax === undefined ? options : { ...options, pendingMax };
    const intake = new Intake(subject, handle, limits, {
      link: this.#link,
      clock: this.#clock,
      read: (frame) => this.#read(frame, subject),
      onOverflow: (message) => {
        this.#dropped += 1;
        if (overflow === "dead-letter") this.#deadLetters.add(message, subject, "overflow");
      },
      onError: (error) => this.report(error),
      onCleared: (count) => {
        this.#dropped += count;
      },
      onEnd: (ended) => this.#open.delete(ended),
    });
    this.#open.add(intake);
    return intake.subscription;
  }

  async request<Answer = Json>(
    subject: string,
    data: Json,
    options: { readonly timeoutMs?: number; readonly headers?: PublishOptions["headers"] } = {},
  ): Promise<BusMessage<Answer>> {
    this.#assertOpen();
    this.#requests ??= this.#openInbox(new Requests(this.#clock, this.#options.breaker));
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
    if (kind === "publish") this.#requests?.denied(subject);
    // Once for each subject: who publishes in a loop would fill the log.
    const what = `${kind} to '${subject}'`;
    if (this.#told.has(what) || this.#told.size >= TOLD_MAX) return;
    this.#told.add(what);
    this.report(new BusError("DENIED", `this user may not ${what}`));
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
    const text = asJson(data);
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

  #read(frame: Frame, pattern: string): BusMessage<any> | null {
    const message = this.#message(frame);
    const problems = message === null ? [] : this.#edge(frame.subject, message.data);
    if (message === null || problems.length > 0) {
      this.#invalid += 1;
      if (message !== null) {
        this.#deadLetters.add(message, pattern, `invalid: ${problems.join("; ")}`);
      }
      return null;
    }
    this.#delivered += 1;
    return message;
  }

  #message(frame: Frame): BusMessage<any> | null {
    const headers = frame.hasHeaders ? frameHeaders(frame)?.fields : NO_HEADERS;
    if (headers === undefined) return null;
    const { replyTo } = frame;
    const respond =
      replyTo === null ? silence : (data: Json): void => this.#send(replyTo, data, {}, null);
    return { subject: frame.subject, data: frameData(frame), replyTo, headers, respond };
  }

  #openInbox(requests: Requests): Requests {
    this.#endInbox = this.#link.attach({
      pattern: requests.inbox,
      queue: null,
      remaining: () => null,
      receive: (frame) => {
        const message = this.#message(frame);
        if (frameHeaders(frame)?.status === 503) requests.unheard(frame.subject);
        else if (message !== null) requests.answered(message);
      },
      blocks: false,
      isFull: false,
      onRelief: () => silence,
    });
    return requests;
  }

  async #close(): Promise<void> {
    const intakes = [...this.#open];
    for (const intake of intakes) intake.end();
    try {
      // What the hub sent before it heard of the end has arrived once it has answered.
      if (this.#link.isUp) await this.#link.flush(FLUSH_MS);
    } catch (error) {
      this.report(error);
    }
    for (const { status, reason } of await settledAll(intakes)) {
      // It ends all the same: what was not handled is counted as dropped, and told.
      if (status === "rejected") this.report(reason);
    }
    for (const intake of intakes) intake.clear();
    this.#closed = true;
    this.#endInbox?.();
    this.#requests?.closed();
    await this.#link.close();
  }
}

async function settledAll(
  intakes: readonly Intake[],
): Promise<readonly { readonly status: string; readonly reason?: unknown }[]> {
  return Promise.allSettled(intakes.map((intake) => intake.idle()));
}

/** `undefined` for what JSON cannot say: functions, bigints, circles. */
function asJson(data: unknown): string | undefined {
  try {
    return JSON.stringify(data);
  } catch {
    return undefined;
  }
}

function silence(): void {
  // Nothing is expected.
}

function wrongSubject(subject: string): BusError {
  return new BusError("INVALID_SUBJECT", `'${subject}' is not a subject`);
}
