// session.ts: one connection of a client to a hub, from its greeting to its end.
import { BusError } from "./bus-error.ts";
import type { Clock } from "./clock.ts";
import type { Credentials } from "./connect-options.ts";
import { FlushRound, Outbox } from "./outbox.ts";
import type { Transport } from "./transport.ts";
import { type Frame, type Operation, WireParser } from "./wire-parser.ts";

export type HubInfo = {
  readonly maxPayload: number;
  readonly headers: boolean;
  readonly lameDuck: boolean;
};

export type SessionEvents = {
  /** The hub has taken us. */
  up(): void;
  message(frame: Frame): void;
  /** The hub said so; it may or may not end the connection. */
  error(text: string): void;
  lameDuck(): void;
  /** There is room again after much was written. */
  drain(): void;
  /** Once, at the end. */
  down(error: BusError): void;
};

export type SessionOptions = {
  readonly credentials: Credentials;
  readonly name: string | undefined;
  readonly clock: Clock;
  readonly pingIntervalMs: number;
  readonly pingMax: number;
};

/** A hub's greeting and its errors may be long; its control lines are not. */
const LINE_MAX = 64 * 1024;
const PAYLOAD_MAX = 64 * 1024 * 1024;
const LINGER_MS = 1000;

type Waiter = { readonly resolve: () => void; readonly reject: (error: BusError) => void };

const round = new FlushRound();

export class Session {
  info: HubInfo = { maxPayload: 1024 * 1024, headers: true, lameDuck: false };
  readonly #transport: Transport;
  readonly #options: SessionOptions;
  readonly #events: SessionEvents;
  readonly #parser: WireParser;
  readonly #outbox: Outbox;
  readonly #pongs: (Waiter | null)[] = [];
  #greeted = false;
  #over = false;
  #dirty = false;
  #heard = true;
  #pingsOut = 0;
  #holds = 0;
  #reason: BusError | null = null;
  #cancelPing: () => void = () => undefined;

  constructor(transport: Transport, options: SessionOptions, events: SessionEvents) {
    this.#transport = transport;
    this.#options = options;
    this.#events = events;
    this.#outbox = new Outbox((piece) => transport.write(piece));
    this.#parser = new WireParser(
      { side: "client", maxControlLine: LINE_MAX, maxPayload: PAYLOAD_MAX },
      {
        message: (frame) => events.message(frame),
        line: (operation, rest) => this.#line(operation, rest),
        violation: () => this.fail(new BusError("PROTOCOL", "the hub does not speak NATS")),
      },
    );
    transport.listen({
      data: (chunk) => {
        this.#heard = true;
        this.#parser.push(chunk);
      },
      drain: () => events.drain(),
      closed: (error) => this.#ended(error),
    });
  }

  get peer(): string {
    return this.#transport.peer;
  }

  get pendingBytes(): number {
    return this.#outbox.waitingBytes + this.#transport.bufferedBytes;
  }

  write(text: string): void {
    if (this.#over) return;
    this.#outbox.text(text);
    if (this.#dirty) return;
    this.#dirty = true;
    round.add(this);
  }

  flush(): void {
    this.#dirty = false;
    this.#outbox.flush();
  }

  /** Resolves when the hub has taken all that was written before. */
  roundTrip(): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#over) {
        reject(lost());
        return;
      }
      this.#ping({ resolve, reject });
      this.flush();
    });
  }

  /** Reads no more until the answer is called. */
  hold(): () => void {
    this.#holds += 1;
    this.#parser.pause();
    this.#transport.pause();
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      this.#holds -= 1;
      if (this.#holds > 0 || this.#over) return;
      this.#parser.resume();
      // What was held may have filled it again.
      if (this.#holds === 0) this.#transport.resume();
    };
  }

  fail(reason: BusError): void {
    this.#reason ??= reason;
    this.#transport.destroy();
  }

  /** Sends what waits, then ends; resolves when it has. */
  end(): Promise<void> {
    this.flush();
    return new Promise((resolve) => {
      if (this.#over) {
        resolve();
        return;
      }
      const cancel = this.#options.clock.after(LINGER_MS, () => this.#transport.destroy());
      this.#onOver = () => {
        cancel();
        resolve();
      };
      this.#transport.resume();
      this.#transport.end();
    });
  }

  #onOver: () => void = () => undefined;

  #line(operation: Operation, rest: string): void {
    switch (operation) {
      case "INFO":
        return this.#greeting(rest);
      case "PING":
        return this.write("PONG\r\n");
      case "PONG":
        this.#pingsOut = 0;
        this.#pongs.shift()?.resolve();
        return;
      case "-ERR":
        return this.#error(rest.replace(/^'(.*)'$/, "$1"));
      case "+OK":
        return;
      default:
        this.fail(new BusError("PROTOCOL", `the hub sent '${operation}'`));
    }
  }

  #greeting(text: string): void {
    const info = parseInfo(text);
    if (info === null) {
      this.fail(new BusError("PROTOCOL", "the hub's INFO is not JSON"));
      return;
    }
    if (info["tls_required"] === true) {
      this.fail(new BusError("UNSUPPORTED", "the hub wants TLS, which this client does not speak"));
      return;
    }
    const maxPayload = info["max_payload"];
    this.info = {
      maxPayload: typeof maxPayload === "number" ? maxPayload : this.info.maxPayload,
      headers: info["headers"] === true,
      lameDuck: info["ldm"] === true,
    };
    if (this.info.lameDuck) this.#events.lameDuck();
    if (this.#greeted) return;
    this.#greeted = true;
    const { credentials, name } = this.#options;
    const connect = {
      verbose: false,
      pedantic: false,
      echo: true,
      headers: this.info.headers,
      no_responders: this.info.headers,
      lang: "skelly",
      version: "0.1.0",
      protocol: 1,
      ...(name !== undefined && { name }),
      ...credentials,
    };
    this.write(`CONNECT ${JSON.stringify(connect)}\r\n`);
    this.#ping({
      resolve: () => {
        this.#pingLater();
        this.#events.up();
      },
      reject: () => undefined,
    });
    this.flush();
  }

  #error(text: string): void {
    if (/^(authorization|authentication|user authentication)/i.test(text)) {
      // The hub closes the connection next; what is told then is this reason.
      this.#reason ??= new BusError("AUTH", `the hub refuses this user: ${text}`);
      return;
    }
    this.#events.error(text);
  }

  #ping(waiter: Waiter | null): void {
    this.#pongs.push(waiter);
    this.write("PING\r\n");
  }

  #pingLater(): void {
    const { clock, pingIntervalMs, pingMax } = this.#options;
    this.#cancelPing = clock.after(
      pingIntervalMs,
      () => {
        // While we hold the hub back ourselves its silence means nothing.
        if (this.#heard || this.#holds > 0) this.#pingsOut = 0;
        this.#heard = false;
        if (this.#pingsOut >= pingMax) {
          this.fail(new BusError("DISCONNECTED", "the hub no longer answers"));
          return;
        }
        this.#pingsOut += 1;
        this.#ping(null);
        this.#pingLater();
      },
      true,
    );
  }

  #ended(error: Error | null): void {
    if (this.#over) return;
    this.#over = true;
    this.#cancelPing();
    this.#parser.stop();
    const reason = this.#reason ?? lost(error);
    for (const waiter of this.#pongs.splice(0)) waiter?.reject(reason);
    this.#onOver();
    this.#events.down(reason);
  }
}

function lost(cause: Error | null = null): BusError {
  const why = cause === null ? "" : `: ${cause.message}`;
  return new BusError("DISCONNECTED", `the connection to the hub was lost${why}`, { cause });
}

function parseInfo(text: string): Readonly<Record<string, unknown>> | null {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    // The caller ends the connection and says why.
    return null;
  }
}
