// hub-connection.ts: one client of the hub: who it is, what it says, how it ends.
import { frameBytes, frameOf, keptFrame, NO_RESPONDERS } from "./frame.ts";
import { HubOutput } from "./hub-output.ts";
import { judgePublish } from "./hub-publish.ts";
import {
  jetStreamAnswer,
  type Outcome,
  readConnect,
  unknownOperationText,
  violationText,
} from "./hub-refusals.ts";
import type { HubState, Member } from "./hub-state.ts";
import type { HubSubscription } from "./hub-subscription.ts";
import { HubSubscriptions } from "./hub-subscriptions.ts";
import type { Access } from "./permissions.ts";
import type { Pressure } from "./routing-table.ts";
import type { Transport } from "./transport.ts";
import { type Frame, type Operation, WireParser } from "./wire-parser.ts";

/** A connection whose last words have been written may take this long to read them. */
const LINGER_MS = 1000;

type Phase = "greeting" | "open" | "closing" | "closed";

export class HubConnection implements Member {
  readonly id: number;
  readonly #hub: HubState;
  readonly #transport: Transport;
  readonly #parser: WireParser;
  readonly #output: HubOutput;
  readonly #subscriptions: HubSubscriptions;
  #phase: Phase = "greeting";
  #userName: string | null = null;
  /** Not a user by name: a worker's port, or whoever holds the token. */
  #trusted: boolean;
  #access: Access;
  #authenticated = false;
  #verbose = true;
  #echo = true;
  #headers = false;
  #noResponders = false;
  /** Something came since the last sweep. */
  #heard = true;
  #pingsOut = 0;
  /** Others that this sender waits for. */
  #waits = 0;
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
    this.#output = new HubOutput(hub, transport, () => this.fail("Slow Consumer"));
    this.#subscriptions = new HubSubscriptions(hub, this);
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
    hub.members.add(this);
    transport.listen({
      data: (chunk) => {
        this.#heard = true;
        this.#parser.push(chunk);
      },
      drain: () => this.#output.drained(),
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
    return this.#trusted;
  }

  get isOpen(): boolean {
    return this.#phase === "open";
  }

  get echo(): boolean {
    return this.#echo;
  }

  /** Messages that may not have left yet. */
  get queueDepth(): number {
    return this.#output.queueDepth;
  }

  tell(text: string): void {
    if (this.#phase !== "closed") this.#output.text(text);
  }

  /** The last words, then the end. */
  fail(text: string): void {
    this.#finish(text);
  }

  /** Sends what waits, then ends. */
  end(): void {
    this.#finish(null);
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
    for (const text of this.#subscriptions.reload(access)) this.tell(`-ERR '${text}'\r\n`);
  }

  deliver(subscription: HubSubscription, frame: Frame): void {
    const plain = frame.hasHeaders && !this.#headers;
    const head = plain ? subscription.plainHead(frame) : subscription.head(frame);
    const start = plain ? frame.payloadStart : frame.tailStart;
    this.#output.message(head, frame.buffer, start, frame.payloadEnd + 2);
    if (frame.replyTo !== null) this.#access.asked(frame.replyTo);
    this.#hub.sent(frameBytes(frame));
  }

  pressure(): Pressure | null {
    return this.#output.pressure();
  }

  forget(subscription: HubSubscription): void {
    this.#subscriptions.remove(subscription.sid);
  }

  #line(operation: Operation, rest: string): void {
    if (operation === "UNKNOWN") return this.fail(unknownOperationText(rest));
    if (operation === "CONNECT") return this.#connect(rest);
    if (!this.#authenticated) return this.fail("Authorization Violation");
    switch (operation) {
      case "PING":
        return this.tell("PONG\r\n");
      case "SUB":
        return this.#settle(this.#subscriptions.subscribe(rest.split(/\s+/), this.#access));
      case "UNSUB":
        return this.#settle(this.#subscriptions.unsubscribe(rest.split(/\s+/)));
      case "PONG":
      case "+OK":
        return;
      case "-ERR":
        return this.end();
      case "INFO":
        return this.fail("Unknown Protocol Operation INFO: clustering not served by this hub");
    }
  }

  #connect(text: string): void {
    const { options, refusal } = readConnect(text);
    if (refusal !== null) return this.fail(refusal);
    if (this.#hub.authRequired && this.#phase === "greeting") {
      const found = this.#hub.authenticate(options);
      if (found === null) return this.fail("Authorization Violation");
      this.#access = found.access;
      this.#trusted = found.user === null;
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
    const { replyTo } = lent;
    const verdict = judgePublish(lent, {
      table: this.#hub.table,
      access: this.#access,
      headers: this.#headers,
    });
    if (verdict.kind === "jetstream") return this.#answerSelf(replyTo, jetStreamAnswer());
    this.#settle(verdict);
    if (verdict.kind !== "ok") return;
    const frame = lent.tailStart < 0 ? keptFrame(lent) : lent;
    const unheard =
      replyTo !== null && this.#noResponders
        ? () => this.#subscriptions.deliverOwn({ ...NO_RESPONDERS, subject: replyTo })
        : null;
    const pressure = this.#hub.table.publish(frame, this, unheard);
    if (pressure !== null) this.#waitFor(pressure);
  }

  #answerSelf(replyTo: string | null, text: string): void {
    this.#ok();
    if (replyTo === null) return;
    const answer = frameOf({ subject: replyTo, replyTo: null, headers: null, text });
    this.#subscriptions.deliverOwn(answer);
  }

  #settle(outcome: Outcome): void {
    if (outcome.kind === "ok") this.#ok();
    else if (outcome.kind === "refused") this.tell(`-ERR '${outcome.text}'\r\n`);
    else this.fail(outcome.text);
  }

  #ok(): void {
    if (this.#verbose) this.tell("+OK\r\n");
  }

  /** Reads no more from this sender until there is room where its messages go. */
  #waitFor(pressure: Pressure): void {
    this.#parser.pause();
    this.#transport.pause();
    this.#waits += 1;
    let waiting = true;
    const resume = (): void => {
      if (!waiting) return;
      waiting = false;
      this.#waits -= 1;
      cancelLimit();
      forget();
      if (this.#phase !== "open" || this.#waits > 0) return;
      this.#parser.resume();
      // What was held may have led to the next wait.
      if (this.#waits === 0) this.#transport.resume();
    };
    const forget = pressure.onRelief(resume);
    const cancelLimit = this.#hub.clock.after(pressure.waitMsMax, resume);
  }

  #finish(error: string | null): void {
    if (this.#phase === "closing" || this.#phase === "closed") return;
    this.#phase = "closing";
    if (error !== null) {
      this.#hub.log(`connection ${this.id} (${this.#userName ?? this.#transport.peer}): ${error}`);
      this.#output.text(`-ERR '${error}'\r\n`);
    }
    this.#parser.stop();
    this.#leaveTable();
    this.#output.flush();
    // Closed with unread input, a socket is reset and the last words are lost: so go on reading.
    this.#transport.resume();
    this.#transport.end();
    this.#cancelTimer();
    this.#cancelTimer = this.#hub.clock.after(LINGER_MS, () => this.#transport.destroy(), true);
  }

  #leaveTable(): void {
    this.#subscriptions.removeAll();
    this.#output.release();
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
