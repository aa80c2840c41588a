// outbox.ts: gathers what a connection is to be sent, and hands it over in large pieces.

const SMALLEST = 4 * 1024;
const LARGEST = 64 * 1024;

/** Bytes once written are never changed: a piece handed over may wait in a socket for long. */
export class Outbox {
  readonly #send: (piece: Buffer) => void;
  #chunk: Buffer = Buffer.allocUnsafeSlow(SMALLEST);
  #sent = 0;
  #end = 0;

  constructor(send: (piece: Buffer) => void) {
    this.#send = send;
  }

  get waitingBytes(): number {
    return this.#end - this.#sent;
  }

  text(text: string): void {
    const room = text.length * 3;
    if (this.#chunk.length - this.#end < room) this.#makeRoom(Buffer.byteLength(text));
    this.#end += this.#chunk.write(text, this.#end, "utf8");
  }

  /** `head`, then the bytes of `source` from `start` to `end`, in one piece. */
  bytes(head: Buffer, source: Buffer, start: number, end: number): void {
    const length = head.length + end - start;
    if (this.#chunk.length - this.#end < length) this.#makeRoom(length);
    this.#chunk.set(head, this.#end);
    source.copy(this.#chunk, this.#end + head.length, start, end);
    this.#end += length;
  }

  flush(): void {
    if (this.#end === this.#sent) return;
    const piece = this.#chunk.subarray(this.#sent, this.#end);
    this.#sent = this.#end;
    this.#send(piece);
  }

  #makeRoom(length: number): void {
    if (this.#chunk.length - this.#end >= length) return;
    const used = this.#chunk.length;
    this.flush();
    const size = Math.max(length, Math.min(LARGEST, used * 2));
    this.#chunk = Buffer.allocUnsafeSlow(size);
    this.#sent = 0;
    this.#end = 0;
  }
}

export type Flushable = { flush(): void };

/** Flushes everyone who asked, once, when the present turn of the event loop has done its reading. */
export class FlushRound {
  #asked: Flushable[] = [];

  add(one: Flushable): void {
    this.#asked.push(one);
    if (this.#asked.length === 1) setImmediate(() => this.#run());
  }

  #run(): void {
    const asked = this.#asked;
    this.#asked = [];
    for (const one of asked) one.flush();
  }
}
