// wire-link.ts: a bus over a connection that may come and go: resubscribes, and keeps what it may keep.
import { BusError } from "./bus-error.ts";
import { type Clock, within } from "./clock.ts";
import {
  type BusStatus,
  type Credentials,
  type ReconnectOptions,
  reconnectDelayMs,
} from "./connect-options.ts";
import { Deque } from "./deque.ts";
import { type Outgoing, publishLine } from "./frame.ts";
import type { Inlet, Link } from "./link.ts";
import { Session } from "./session.ts";
import type { Transport } from "./transport.ts";
import type { Frame } from "./wire-parser.ts";

export type WireOptions = {
  /** The n-th try to reach the hub. */
  readonly dial: (attempt: number) => Promise<{
    readonly transport: Transport;
    readonly credentials: Credentials;
  }>;
  readonly clock: Clock;
  readonly name: string | undefined;
  /** `null`: once lost, lost. */
  readonly reconnect: ReconnectOptions | null;
  readonly random: () => number;
  readonly connectTimeoutMs: number;
  readonly awayBytesMax: number;
  readonly pingIntervalMs: number;
  readonly pingMax: number;
  readonly onStatus: (status: BusStatus) => void;
  /** What the hub refuses. */
  readonly onDenied: (kind: "publish" | "subscribe", subject: string) => void;
  readonly onError: (error: BusError) => void;
};

/** Beyond this, what is published waits here rather than in the socket, where it has no bound. */
const WRITTEN_BYTES_MAX = 4 * 1024 * 1024;

type Entry = { readonly inlet: Inlet; ended: boolean };
type Away = { readonly text: string; readonly payloadBytes: number; readonly subject: string };
type State =
  | { readonly kind: "away"; readonly cancelWait: () => void }
  | { readonly kind: "greeting"; readonly session: Session }
  | { readonly kind: "up"; readonly session: Session }
  | { readonly kind: "ended"; readonly reason: BusError };

export class WireLink implements Link {
  readonly #options: WireOptions;
  readonly #entries = new Map<number, Entry>();
  readonly #away = new Deque<Away>();
  #state: State = { kind: "away", cancelWait: () => undefined };
  #awayBytes = 0;
  #lastSid = 0;
  #attempt = 0;
  #wasUp = false;
  #reconnects = 0;
  #dropped = 0;
  #maxPayload = Infinity;
  #headers = true;
  /** Called when all that waited is written, or it never will be. */
  #onWritten: ((session: Session | BusError) => void)[] = [];
  #onFirst: ((error: BusError | null) => void)[] = [];

  constructor(options: WireOptions) {
    this.#options = options;
    void this.#dial();
  }

  get isUp(): boolean {
    return this.#state.kind === "up";
  }

  get reconnects(): number {
    return this.#reconnects;
  }

  get dropped(): number {
    return this.#dropped;
  }

  /** Resolves with the first connection, rejects with the first failure to connect. */
  first(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#onFirst.push((error) => (error === null ? resolve() : reject(error)));
    });
  }

  attach(inlet: Inlet): () => void {
    this.#lastSid += 1;
    const sid = this.#lastSid;
    const entry: Entry = { inlet, ended: false };
    this.#entries.set(sid, entry);
    if (this.#state.kind === "up") this.#subscribe(this.#state.session, sid, entry);
    return () => this.#detach(sid, entry);
  }

  send(message: Outgoing): void {
    const { headers, subject } = message;
    if (this.#state.kind === "ended") throw this.#state.reason;
    if (headers !== null && !this.#headers) {
      throw new BusError("UNSUPPORTED", "this NATS server does not take headers");
    }
    const { line, payloadBytes } = publishLine(message);
    if (payloadBytes > this.#maxPayload) throw tooLarge(subject, payloadBytes, this.#maxPayload);
    if (this.#state.kind === "up" && this.#away.length === 0) {
      const { session } = this.#state;
      if (session.pendingBytes < WRITTEN_BYTES_MAX) {
        session.write(line);
        return;
      }
    }
    this.#keep({ text: line, payloadBytes, subject });
  }

  async flush(timeoutMs: number): Promise<void> {
    const { clock } = this.#options;
    const late = (): BusError => new BusError("TIMEOUT", `not flushed within ${timeoutMs} ms`);
    await within(clock, timeoutMs, this.#flush(), late);
  }

  async close(): Promise<void> {
    const before = this.#state;
    this.#end(new BusError("CLOSED", "the bus is closed"));
    if (before.kind === "away") before.cancelWait();
    if (before.kind === "up" || before.kind === "greeting") await before.session.end();
  }

  async #flush(): Promise<void> {
    if (this.#state.kind === "up" && this.#away.length === 0) {
      return this.#state.session.roundTrip();
    }
    if (this.#state.kind === "ended") throw this.#state.reason;
    const session = await new Promise<Session | BusError>((resolve) => {
      this.#onWritten.push(resolve);
    });
    if (session instanceof BusError) throw session;
    return session.roundTrip();
  }

  async #dial(): Promise<void> {
    this.#attempt += 1;
    const { dial, connectTimeoutMs, clock } = this.#options;
    try {
      const { transport, credentials } = await dial(this.#attempt);
      if (this.#state.kind === "ended") {
        transport.destroy();
        return;
      }
      this.#greet(transport, credentials);
    } catch (error) {
      this.#lost(error instanceof BusError ? error : unreachable(error));
      return;
    }
    const late = new BusError("TIMEOUT", `the hub did not greet within ${connectTimeoutMs} ms`);
    const { session } = this.#state as { readonly session: Session };
    clock.after(
      connectTimeoutMs,
      () => {
        if (this.#state.kind === "greeting" && this.#state.session === session) session.fail(late);
      },
      true,
    );
  }

  #greet(transport: Transport, credentials: Credentials): void {
    const session = new Session(
      transport,
      { ...this.#options, credentials },
      {
        up: () => this.#up(session),
        message: (frame) => this.#message(session, frame),
        error: (text) => this.#refused(text),
        lameDuck: () => this.#options.onStatus({ type: "lame-duck" }),
        drain: () => this.#writeKept(),
        down: (reason) => this.#lost(reason),
      },
    );
    this.#state = { kind: "greeting", session };
  }

  #up(session: Session): void {
    if (this.#state.kind === "ended") return;
    this.#state = { kind: "up", session };
    this.#attempt = 0;
    this.#maxPayload = session.info.maxPayload;
    this.#headers = session.info.headers;
    if (this.#wasUp) this.#reconnects += 1;
    this.#wasUp = true;
    for (const [sid, entry] of this.#entries) this.#subscribe(session, sid, entry);
    this.#writeKept();
    this.#options.onStatus({ type: "connected", peer: session.peer });
    for (const done of this.#onFirst.splice(0)) done(null);
  }

  #lost(reason: BusError): void {
    if (this.#state.kind === "ended") return;
    for (const done of this.#onFirst.splice(0)) done(reason);
    for (const [sid, entry] of this.#entries) if (entry.ended) this.#entries.delete(sid);
    const { reconnect, random, clock, onStatus } = this.#options;
    if (this.#state.kind === "up") onStatus({ type: "disconnected", reason: reason.message });
    if (reconnect === null || this.#attempt >= reconnect.attemptsMax) {
      this.#end(reason);
      return;
    }
    const attempt = Math.max(1, this.#attempt);
    const delayMs = reconnectDelayMs(attempt, reconnect, random);
    this.#state = { kind: "away", cancelWait: clock.after(delayMs, () => void this.#dial()) };
    onStatus({ type: "reconnecting", attempt, delayMs });
  }

  #end(reason: BusError): void {
    if (this.#state.kind === "ended") return;
    this.#state = { kind: "ended", reason };
    this.#dropped += this.#away.length;
    this.#away.clear();
    for (const done of this.#onWritten.splice(0)) done(reason);
    for (const done of this.#onFirst.splice(0)) done(reason);
    this.#options.onStatus({ type: "closed" });
  }

  #subscribe(session: Session, sid: number, { inlet }: Entry): void {
    const group = inlet.queue === null ? "" : ` ${inlet.queue}`;
    session.write(`SUB ${inlet.pattern}${group} ${sid}\r\n`);
    const remaining = inlet.remaining();
    if (remaining !== null) session.write(`UNSUB ${sid} ${remaining}\r\n`);
  }

  #detach(sid: number, entry: Entry): void {
    if (entry.ended) return;
    entry.ended = true;
    if (this.#state.kind !== "up") {
      this.#entries.delete(sid);
      return;
    }
    const { session } = this.#state;
    session.write(`UNSUB ${sid}\r\n`);
    // What was on its way still arrives; after this answer nothing does.
    const forget = (): void => {
      this.#entries.delete(sid);
    };
    session.roundTrip().then(forget, forget);
  }

  #message(session: Session, frame: Frame): void {
    const entry = this.#entries.get(frame.sid);
    if (entry === undefined) return;
    const { inlet } = entry;
    inlet.receive(frame);
    if (inlet.blocks) inlet.onRelief(session.hold());
  }

  #refused(text: string): void {
    const denied = /^Permissions Violation for (Publish|Subscription) to "([^"]+)"/i.exec(text);
    if (denied !== null) {
      const kind = denied[1]?.toLowerCase() === "publish" ? "publish" : "subscribe";
      this.#options.onDenied(kind, denied[2] ?? "");
      return;
    }
    this.#options.onError(new BusError("PROTOCOL", `the hub says: ${text}`));
  }

  #keep(message: Away): void {
    const { awayBytesMax } = this.#options;
    this.#away.push(message);
    this.#awayBytes += message.text.length;
    while (this.#awayBytes > awayBytesMax && this.#away.length > 0) {
      this.#awayBytes -= this.#away.shift()?.text.length ?? 0;
      this.#dropped += 1;
    }
  }

  #writeKept(): void {
    if (this.#state.kind !== "up") return;
    const { session } = this.#state;
    while (this.#away.length > 0 && session.pendingBytes < WRITTEN_BYTES_MAX) {
      const message = this.#away.shift();
      if (message === undefined) break;
      this.#awayBytes -= message.text.length;
      // It was taken before the hub had told its limit.
      if (message.payloadBytes > this.#maxPayload) {
        this.#dropped += 1;
        const { subject, payloadBytes } = message;
        this.#options.onError(tooLarge(subject, payloadBytes, this.#maxPayload));
      } else session.write(message.text);
    }
    if (this.#away.length > 0) return;
    for (const done of this.#onWritten.splice(0)) done(session);
  }
}

function tooLarge(subject: string, bytes: number, max: number): BusError {
  return new BusError("TOO_LARGE", `${bytes} bytes for '${subject}'; the hub takes ${max}`);
}

function unreachable(cause: unknown): BusError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new BusError("DISCONNECTED", `no hub: ${why}`, { cause });
}
