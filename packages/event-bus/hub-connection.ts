// hub-connection.ts: one client of the hub: its operations, its subscriptions, what waits for it.
import { Buffer } from "node:buffer";
import { frameBytes, frameHeaders, frameOf, keptFrame, NO_RESPONDERS } from "./frame.ts";
import {
  connectRefusal,
  jetStreamAnswer,
  reservedFor,
  unknownOperationText,
} from "./hub-refusals.ts";
import type { HubState } from "./hub-state.ts";
import { HubSubscription } from "./hub-subscription.ts";
import { Outbox } from "./outbox.ts";
import type { Access } from "./permissions.ts";
import type { Pressure } from "./routing-table.ts";
import { isPattern } from "./subject.ts";
import type { Transport } from "./transport.ts";
import { type Frame, type Operation, type Violation, WireParser } from "./wire-parser.ts";

/** A connection whose last words have been written may take this long to read them. */
const LINGER_MS = 1000;
/** How long those who send to a slow reader wait for it before it is left to its own limit. */
const STALL_MS = 50;
const STALL_BYTES = 1024 * 1024;

type Phase = "greeting" | "open" | "closing" | "closed";

export class HubConnection {
  readonly id: number;
  readonly #hub: HubState;
  readonly #transport: Transport;
  readonly #trusted: boolean;
  readonly #parser: WireParser;
  readonly #outbox: Outbox;
  readonly #subscriptions = new Map<string, HubSubscription>();
  #phase: Phase = "greeting";
  #userName: string | null = null;
  #byToken = false;
  #access: Access;
  #authenticated = false;
  #verbose = true;
  #echo = true;
  #headers = false;
  #noResponders = false;
  #dirty = false;
  /** Something came since the last sweep. */
  #heard = true;
  #pingsOut = 0;
  /** Messages handed over since all of them had gone. */
  #unsent = 0;
  #stallSpent = false;
  #relief: (() => void)[] = [];
  #cancelTimer: () => void;

  /** `trusted`: it need not say who it is. */
  constructor(hub: HubState, transport: Transport, trusted: Access | null) {
    this.#hub = hub;
    this.id = hub.nextId();
    this.#transport = transport;
    this.#trusted = trusted !== null;
    this.#access = trusted ?? hub.openAccess;
    this.#authenticated = trusted !== null || !hub.authRequired;
    if (this.#authenticated) this.#phase = "open";
    this.#outbox = new Outbox((piece) => this.#write(piece));
    this.#parser = new WireParser(
      {
        side: "hub",
        maxControlLine: hub.limits.maxControlLine,
        maxPayload: hub.limits.maxPayload,
      },
      {
        message: (frame) => this.#publish(frame),
        line: (operation, rest) => this.#line(operation, rest),
        violation: (violation) => this.fail(violationText(violation)),
      },
    );
    this.#cancelTimer = this.#authenticated
      ? () => undefined
      : hub.clock.after(hub.limits.authTimeoutMs, () => this.fail("Authentication Timeout"), true);
    transport.listen({
      data: (chunk) => {
        this.#heard = true;
        this.#parser.push(chunk);
      },
      drain: () => this.#drained(),
      closed: () => this.#closed(),
    });
    this.tell(`INFO ${JSON.stringify(hub.info(this.id))} \r\n`);
  }

  /** `null`: it did not say, because nobody asked, or it came with the token. */
  get userName(): string | null {
    return this.#userName;
  }

  /** A change of users does not concern it. */
  get isTrusted(): boolean {
    return this.#trusted || this.#byToken;
  }

  get subscriptionCount(): number {
    return this.#subscriptions.size;
  }

  get isOpen(): boolean {
    return this.#phase === "open";
  }

  get echo(): boolean {
    return this.#echo;
  }

  /** Messages that may not have left yet. */
  get queueDepth(): number {
    return this.#unsent;
  }

  tell(text: string): void {
    if (this.#phase === "closed") return;
    this.#outbox.text(text);
    this.#mark();
  }

  /** The last words, then the end. */
  fail(text: string): void {
    if (this.#phase === "closing" || this.#phase === "closed") return;
    this.#phase = "closing";
    this.#hub.log(`connection ${this.id} (${this.#userName ?? this.#transport.peer}): ${text}`);
    this.#outbox.text(`-ERR '${text}'\r\n`);
    this.#finish();
  }

  /** Sends what waits, then ends. */
  end(): void {
    if (this.#phase === "closing" || this.#phase === "closed") return;
    this.#phase = "closing";
    this.#finish();
  }

  #finish(): void {
    this.#parser.stop();
    this.#leaveTable();
    this.#outbox.flush();
    // Closed with unread input, a socket is reset and the last words are lost: so go on reading.
    this.#transport.resume();
    this.#transport.end();
    this.#cancelTimer();
    this.#cancelTimer = this.#hub.clock.after(LINGER_MS, () => this.#transport.destroy(), true);
  }

  flush(): void {
    this.#dirty = false;
    this.#outbox.flush();
  }

  /** Once per ping interval. */
  sweep(): void {
    if (this.#phase !== "open") return;
    if (this.#heard) {
      this.#heard = false;
      this.#pingsOut = 0;
    }
    if (this.#pingsOut >= this.#hub.limits.pingMax) {
      this.fail("Stale Connection");
      return;
    }
    this.#pingsOut += 1;
    this.tell("PING\r\n");
  }

  /** New rules, or `null` when this user is no longer known. */
  reload(access: Access | null): void {
    if (this.#phase !== "open") return;
    if (access === null) {
      this.fail("User Authentication Revoked");
      return;
    }
    this.#access = access;
    this.#parser.maxPayload = this.#hub.limits.maxPayload;
    for (const [sid, subscription] of this.#subscriptions) {
      const grant = access.maySubscribe(subscription.pattern);
      if (grant !== null) {
        subscription.hides = grant.hides;
        continue;
      }
      this.#unsubscribe(sid);
      const { pattern } = subscription;
      this.tell(`-ERR 'Permissions Violation for Subscription to "${pattern}" (sid "${sid}")'\r\n`);
    }
  }

  deliver(subscription: HubSubscription, frame: Frame): void {
    const { buffer, payloadEnd } = frame;
    if (frame.hasHeaders && !this.#headers) {
      const size = payloadEnd - frame.payloadStart;
      const reply = frame.replyTo === null ? "" : `${frame.replyTo} `;
      const head = Buffer.from(`MSG ${frame.subject} ${subscription.sid} ${reply}${size}\r\n`);
      this.#outbox.bytes(head, buffer, frame.payloadStart, payloadEnd + 2);
    } else {
      this.#outbox.bytes(subscription.head(frame), buffer, frame.tailStart, payloadEnd + 2);
    }
    if (frame.replyTo !== null) this.#access.asked(frame.replyTo);
    this.#unsent += 1;
    this.#hub.sent(frameBytes(frame));
    this.#mark();
  }

  pressure(): Pressure | null {
    if (this.#stallSpent || this.#pendingBytes() < STALL_BYTES) return null;
    return { waitMsMax: STALL_MS, onRelief: (resume) => this.#onRelief(resume) };
  }

  forget(subscription: HubSubscription): void {
    this.#unsubscribe(subscription.sid);
  }

  #line(operation: Operation, rest: string): void {
    if (operation === "UNKNOWN") return this.fail(unknownOperationText(rest));
    if (operation === "CONNECT") return this.#connect(rest);
    if (!this.#authenticated) return this.fail("Authorization Violation");
    switch (operation) {
      case "PING":
        return this.tell("PONG\r\n");
      case "PONG":
        return;
      case "SUB":
        return this.#subscribe(rest.split(/\s+/));
      case "UNSUB":
        return this.#unsub(rest.split(/\s+/));
      case "+OK":
        return;
      case "-ERR":
        return this.end();
      case "INFO":
        return this.fail("Unknown Protocol Operation INFO: clustering not served by this hub");
    }
  }

  #connect(text: string): void {
    const options = parseObject(text);
    if (options === null) return this.fail("Parser Error");
    const refusal = connectRefusal(options);
    if (refusal !== null) return this.fail(refusal);
    if (this.#hub.authRequired && this.#phase === "greeting") {
      const found = this.#hub.authenticate(options);
      if (found === null) return this.fail("Authorization Violation");
      this.#access = found.access;
      this.#byToken = found.user === null;
      this.#userName = found.user;
      this.#authenticated = true;
      this.#phase = "open";
      this.#cancelTimer();
    }
    this.#verbose = options["verbose"] !== false;
    this.#echo = options["echo"] !== false;
    this.#headers = options["headers"] === true;
    this.#noResponders = options["no_responders"] === true;
    this.#ok();
  }

  #publish(lent: Frame): void {
    if (!this.#authenticated) return this.fail("Authorization Violation");
    this.#hub.received(frameBytes(lent));
    if (lent.hasHeaders) {
      if (!this.#headers) return this.fail("message headers not supported");
      if (frameHeaders(lent) === null) return this.fail("bad message header detected");
    }
    const { subject, replyTo } = lent;
    if (!this.#hub.table.isSubject(subject) || (replyTo !== null && !isPattern(replyTo))) {
      return this.tell("-ERR 'Invalid Publish Subject'\r\n");
    }
    const feature = reservedFor(subject);
    if (feature !== null) return this.#refuseReserved(lent, feature);
    if (!this.#access.mayPublish(subject)) {
      return this.tell(`-ERR 'Permissions Violation for Publish to "${subject}"'\r\n`);
    }
    this.#ok();
    const frame = lent.tailStart < 0 ? keptFrame(lent) : lent;
    const unheard =
      replyTo !== null && this.#noResponders ? () => this.#tellNoResponders(replyTo) : null;
    const pressure = this.#hub.table.publish(frame, this, unheard);
    if (pressure !== null) this.#waitFor(pressure);
  }

  #refuseReserved(frame: Frame, feature: string): void {
    const { subject, replyTo } = frame;
    if (replyTo !== null && subject.startsWith("$JS.API.")) {
      this.#ok();
      const text = jetStreamAnswer();
      this.#answerSelf(frameOf({ subject: replyTo, replyTo: null, headers: null, text }));
      return;
    }
    const what = `Permissions Violation for Publish to "${subject}"`;
    this.tell(`-ERR '${what}: ${feature} not served by this hub'\r\n`);
  }

  #tellNoResponders(replyTo: string): void {
    this.#answerSelf({ ...NO_RESPONDERS, subject: replyTo });
  }

  /** To this connection's own subscriptions, whatever it may publish to. */
  #answerSelf(frame: Frame): void {
    for (const subscription of this.#subscriptions.values()) {
      if (subscription.matches(frame.subject)) {
        subscription.deliver(frame);
        return;
      }
    }
  }

  #subscribe(words: readonly string[]): void {
    const [pattern, second, third] = words;
    const sid = third ?? second;
    if (pattern === undefined || sid === undefined || words.length > 3) {
      return this.fail("Parser Error");
    }
    const queue = third === undefined ? null : (second ?? null);
    if (!isPattern(pattern)) return this.tell("-ERR 'Invalid Subject'\r\n");
    const target = queue === null ? `"${pattern}"` : `"${pattern}" using queue "${queue}"`;
    const feature = reservedFor(pattern);
    if (feature !== null) {
      const what = `Permissions Violation for Subscription to ${target}`;
      return this.tell(`-ERR '${what}: ${feature} not served by this hub'\r\n`);
    }
    const grant = this.#access.maySubscribe(pattern);
    if (grant === null) {
      return this.tell(`-ERR 'Permissions Violation for Subscription to ${target}'\r\n`);
    }
    if (!this.#subscriptions.has(sid)) {
      if (this.#subscriptions.size >= this.#hub.limits.maxSubscriptions) {
        return this.tell("-ERR 'maximum subscriptions exceeded'\r\n");
      }
      const made = new HubSubscription(this, { pattern, queue, sid, hides: grant.hides });
      this.#subscriptions.set(sid, made);
      this.#hub.table.add(made);
    }
    this.#ok();
  }

  #unsub(words: readonly string[]): void {
    const [sid, max] = words;
    if (sid === undefined || sid === "" || words.length > 2) return this.fail("Parser Error");
    if (max !== undefined && !/^\d{1,9}$/.test(max)) return this.fail("Parser Error");
    const subscription = this.#subscriptions.get(sid);
    if (subscription !== undefined) {
      const limit = Number(max ?? 0);
      if (limit > subscription.delivered) subscription.max = limit;
      else this.#unsubscribe(sid);
    }
    this.#ok();
  }

  #unsubscribe(sid: string): void {
    const subscription = this.#subscriptions.get(sid);
    if (subscription === undefined) return;
    this.#subscriptions.delete(sid);
    this.#hub.table.remove(subscription);
  }

  #ok(): void {
    if (this.#verbose) this.tell("+OK\r\n");
  }

  /** Reads no more from this sender until there is room where its messages go. */
  #waitFor(pressure: Pressure): void {
    this.#parser.pause();
    this.#transport.pause();
    let waiting = true;
    const resume = (): void => {
      if (!waiting) return;
      waiting = false;
      cancelLimit();
      forget();
      if (this.#phase !== "open") return;
      this.#parser.resume();
      this.#transport.resume();
    };
    const forget = pressure.onRelief(resume);
    const cancelLimit = this.#hub.clock.after(pressure.waitMsMax, resume);
  }

  #onRelief(resume: () => void): () => void {
    const spent = (): void => resume();
    this.#relief.push(spent);
    return () => {
      // Forgotten without relief: this reader had its chance, and is not waited for again.
      if (this.#relief.includes(spent)) this.#stallSpent = true;
      this.#relief = this.#relief.filter((other) => other !== spent);
    };
  }

  #pendingBytes(): number {
    return this.#outbox.waitingBytes + this.#transport.bufferedBytes;
  }

  #write(piece: Buffer): void {
    this.#transport.write(piece);
    const pendingBytes = this.#transport.bufferedBytes;
    if (pendingBytes === 0) this.#unsent = 0;
    if (pendingBytes > this.#hub.limits.maxPendingBytes && this.#phase === "open") {
      this.#hub.slowConsumer();
      this.fail("Slow Consumer");
    }
  }

  #drained(): void {
    if (this.#transport.bufferedBytes === 0) this.#unsent = 0;
    if (this.#pendingBytes() > STALL_BYTES / 2) return;
    this.#stallSpent = false;
    for (const resume of this.#relief.splice(0)) setImmediate(resume);
  }

  #mark(): void {
    if (this.#dirty) return;
    this.#dirty = true;
    this.#hub.round.add(this);
  }

  #leaveTable(): void {
    for (const sid of [...this.#subscriptions.keys()]) this.#unsubscribe(sid);
    for (const resume of this.#relief.splice(0)) setImmediate(resume);
  }

  #closed(): void {
    if (this.#phase === "closed") return;
    this.#phase = "closed";
    this.#parser.stop();
    this.#leaveTable();
    this.#cancelTimer();
    this.#hub.gone(this);
  }
}

function violationText(violation: Violation): string {
  switch (violation.kind) {
    case "control-line":
      return "maximum control line exceeded";
    case "payload-size":
      return "Maximum Payload Violation";
    case "malformed":
      return violation.what === "operation" ? "Unknown Protocol Operation" : "Parser Error";
  }
}

function parseObject(text: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== "object" || value === null || Array.isArray(value)) return null;
    return value as Record<string, unknown>;
  } catch {
    // Not JSON: the caller says so to the client.
    return null;
  }
}
