// wire-parser.ts: the NATS client protocol, from bytes to operations. Hub and client share it.
//
//   chunk ──▶ [held bytes] ──▶ line ──▶ PUB HPUB MSG HMSG ──▶ wait for payload ──▶ receiver.message
//                                └────▶ everything else ─────────────────────────▶ receiver.line
//
// It never throws on what it reads: what is not the protocol ends in one `receiver.violation`, after
// which it reads no more. It holds at most one control line, or one message within its size limit.

const OPERATIONS = ["CONNECT", "INFO", "SUB", "UNSUB", "PING", "PONG", "+OK", "-ERR"] as const;

export type Operation =
  | (typeof OPERATIONS)[number]
  /** An operation by name that the other side should not have sent; `rest` is its name. */
  | "UNKNOWN";

export type Violation =
  | { readonly kind: "control-line" }
  | { readonly kind: "payload-size" }
  | { readonly kind: "malformed"; readonly what: string };

/** A message in the buffer it came in; the parser uses one frame over and over. */
export type Frame = {
  buffer: Buffer;
  subject: string;
  /** Subscription id; only in what a hub sends. */
  sid: number;
  replyTo: string | null;
  hasHeaders: boolean;
  headerStart: number;
  payloadStart: number;
  /** Where the payload ends; two bytes of line end follow. */
  payloadEnd: number;
  /** Everything behind the subject, `reply size\r\n…payload\r\n`, fit to be sent on as it is; -1: it is not. */
  tailStart: number;
};

export type Receiver = {
  message(frame: Frame): void;
  line(operation: Operation, rest: string): void;
  violation(violation: Violation): void;
};

export type ParserOptions = {
  /** `hub` reads PUB and HPUB, `client` reads MSG and HMSG. */
  readonly side: "hub" | "client";
  readonly maxControlLine: number;
  readonly maxPayload: number;
};

const NEWLINE = 10;
const RETURN = 13;
const TOKENS_MAX = 6;
const NOTHING = Buffer.alloc(0);

export class WireParser {
  readonly #receiver: Receiver;
  readonly #hubSide: boolean;
  readonly #maxControlLine: number;
  maxPayload: number;
  #held: Buffer[] = [];
  #heldBytes = 0;
  /** Bytes that must be there before another try is worth it. */
  #needBytes = 1;
  #paused = false;
  #stopped = false;
  #running = false;
  // Token boundaries of the line at hand.
  readonly #from = new Int32Array(TOKENS_MAX);
  readonly #to = new Int32Array(TOKENS_MAX);
  #count = 0;
  #canonical = true;
  readonly #frame: Frame = {
    buffer: NOTHING,
    subject: "",
    sid: 0,
    replyTo: null,
    hasHeaders: false,
    headerStart: 0,
    payloadStart: 0,
    payloadEnd: 0,
    tailStart: 0,
  };

  constructor(options: ParserOptions, receiver: Receiver) {
    this.#receiver = receiver;
    this.#hubSide = options.side === "hub";
    this.#maxControlLine = options.maxControlLine;
    this.maxPayload = options.maxPayload;
  }

  push(chunk: Buffer): void {
    if (this.#stopped) return;
    this.#held.push(chunk);
    this.#heldBytes += chunk.length;
    if (!this.#paused && !this.#running && this.#heldBytes >= this.#needBytes) this.#run();
  }

  /** What comes from now on is held; the caller stops reading too. */
  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    if (!this.#running && !this.#stopped && this.#heldBytes > 0) this.#run();
  }

  /** Reads no more, and lets go of what it held. */
  stop(): void {
    this.#stopped = true;
    this.#held = [];
    this.#heldBytes = 0;
    this.#frame.buffer = NOTHING;
  }

  #run(): void {
    this.#running = true;
    while (this.#heldBytes > 0 && !this.#paused && !this.#stopped) {
      const buffer = this.#held.length === 1 ? this.#held[0]! : Buffer.concat(this.#held);
      this.#held = [];
      this.#heldBytes = 0;
      let at = 0;
      this.#needBytes = 1;
      while (at < buffer.length && !this.#paused && !this.#stopped) {
        const next = this.#one(buffer, at);
        if (next < 0) break;
        at = next;
      }
      if (this.#stopped) break;
      if (at === buffer.length) continue;
      this.#held.unshift(buffer.subarray(at));
      this.#heldBytes += buffer.length - at;
      if (this.#heldBytes < this.#needBytes) break;
    }
    this.#running = false;
  }

  /** Reads one operation at `at`; answers where the next begins, or -1 when bytes are missing. */
  #one(buffer: Buffer, at: number): number {
    if (!mayBegin(buffer[at]!)) {
      return this.#violate({ kind: "malformed", what: "operation" });
    }
    const end = this.#scan(buffer, at);
    if (end < 0) {
      if (buffer.length - at > this.#maxControlLine) {
        return this.#violate({ kind: "control-line" });
      }
      this.#needBytes = buffer.length - at + 1;
      return -1;
    }
    if (end - at > this.#maxControlLine + 1) return this.#violate({ kind: "control-line" });
    const length = this.#to[0]! - at;
    if (this.#isMessage(buffer, at, length)) {
      return this.#message(buffer, at, end, length === 4);
    }
    const lineEnd = end > at && buffer[end - 1] === RETURN ? end - 1 : end;
    const name = buffer.toString("latin1", at, at + length).toUpperCase();
    const rest = buffer.toString("utf8", Math.min(at + length, lineEnd), lineEnd).trim();
    this.#dispatch(name, rest);
    return this.#stopped ? -1 : end + 1;
  }

  /** Splits a line into tokens; answers where its newline is, or -1. */
  #scan(buffer: Buffer, at: number): number {
    const limit = Math.min(buffer.length, at + this.#maxControlLine + 2);
    let count = 0;
    let inToken = false;
    let canonical = true;
    for (let i = at; i < limit; i += 1) {
      const byte = buffer[i]!;
      if (byte > 32) {
        if (!inToken) {
          if (count < TOKENS_MAX) this.#from[count] = i;
          inToken = true;
        }
        continue;
      }
      if (inToken) {
        if (count < TOKENS_MAX) this.#to[count] = i;
        count += 1;
        inToken = false;
      } else {
        canonical = canonical && byte === NEWLINE && buffer[i - 1] === RETURN;
      }
      if (byte === NEWLINE) {
        this.#count = count;
        this.#canonical = canonical && buffer[i - 1] === RETURN;
        return i;
      }
      if (byte !== 32) canonical = canonical && byte === RETURN && buffer[i + 1] === NEWLINE;
    }
    return -1;
  }

  #isMessage(buffer: Buffer, at: number, length: number): boolean {
    const start = length === 4 && (buffer[at]! | 0x20) === 104 ? at + 1 : at;
    if (start + 3 !== at + length) return false;
    const a = buffer[start]! | 0x20;
    const b = buffer[start + 1]! | 0x20;
    const c = buffer[start + 2]! | 0x20;
    return this.#hubSide ? a === 112 && b === 117 && c === 98 : a === 109 && b === 115 && c === 103;
  }

  #message(buffer: Buffer, at: number, end: number, hasHeaders: boolean): number {
    const from = this.#from;
    const to = this.#to;
    const fixed = (this.#hubSide ? 2 : 3) + (hasHeaders ? 2 : 1);
    const withReply = this.#count === fixed + 1;
    if (this.#count !== fixed && !withReply) {
      return this.#violate({ kind: "malformed", what: "arguments" });
    }
    const last = this.#count - 1;
    const total = readNumber(buffer, from[last]!, to[last]!);
    const headerBytes = hasHeaders ? readNumber(buffer, from[last - 1]!, to[last - 1]!) : 0;
    if (total < 0 || headerBytes < 0 || headerBytes > total) {
      return this.#violate({ kind: "malformed", what: "size" });
    }
    if (total > this.maxPayload) return this.#violate({ kind: "payload-size" });
    const payloadEnd = end + 1 + total;
    if (payloadEnd + 2 > buffer.length) {
      this.#needBytes = payloadEnd + 2 - at;
      return -1;
    }
    if (buffer[payloadEnd] !== RETURN || buffer[payloadEnd + 1] !== NEWLINE) {
      return this.#violate({ kind: "malformed", what: "payload end" });
    }
    const frame = this.#frame;
    const subjectStart = from[1]!;
    const subjectEnd = to[1]!;
    // Most messages follow one of the same subject: comparing is cheaper than making a string.
    if (!sameBytes(buffer, subjectStart, subjectEnd, frame.subject)) {
      frame.subject = buffer.toString("utf8", subjectStart, subjectEnd);
    }
    frame.buffer = buffer;
    frame.sid = this.#hubSide ? 0 : readNumber(buffer, from[2]!, to[2]!);
    const replyAt = this.#hubSide ? 2 : 3;
    frame.replyTo = withReply ? buffer.toString("utf8", from[replyAt]!, to[replyAt]!) : null;
    frame.hasHeaders = hasHeaders;
    frame.headerStart = end + 1;
    frame.payloadStart = end + 1 + headerBytes;
    frame.payloadEnd = payloadEnd;
    frame.tailStart = this.#canonical ? subjectEnd + 1 : -1;
    this.#receiver.message(frame);
    return this.#stopped ? -1 : payloadEnd + 2;
  }

  #dispatch(name: string, rest: string): void {
    const known = OPERATIONS.find((operation) => operation === name);
    if (known === undefined) this.#receiver.line("UNKNOWN", name);
    else this.#receiver.line(known, rest);
  }

  #violate(violation: Violation): number {
    this.stop();
    this.#receiver.violation(violation);
    return -1;
  }
}

/** An operation begins with a letter, + or -. */
function mayBegin(byte: number): boolean {
  const lower = byte | 0x20;
  return (byte >= 65 && lower >= 97 && lower <= 122) || byte === 0x2b || byte === 0x2d;
}

/** A whole decimal number of at most nine digits; -1 when it is not one. */
function readNumber(buffer: Buffer, start: number, end: number): number {
  if (end === start || end - start > 9) return -1;
  let value = 0;
  for (let at = start; at < end; at += 1) {
    const digit = buffer[at]! - 48;
    if (digit < 0 || digit > 9) return -1;
    value = value * 10 + digit;
  }
  return value;
}

/** Only for ASCII; anything else is never the same. */
function sameBytes(buffer: Buffer, start: number, end: number, text: string): boolean {
  if (end - start !== text.length) return false;
  for (let at = start; at < end; at += 1) {
    const byte = buffer[at]!;
    if (byte > 127 || byte !== text.charCodeAt(at - start)) return false;
  }
  return true;
}
