// raw-client.ts: a client for tests that says exactly what it is told, and shows exactly what it hears.
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { HubOptions } from "../hub-options.ts";
import { type RunningHub, serveHub } from "../serve-hub.ts";

const LIMIT_MS = 5000;

export class RawClient {
  readonly socket: Socket;
  #heard = "";
  #closed = false;
  #wake: () => void = () => undefined;

  constructor(socket: Socket) {
    this.socket = socket;
    socket.on("data", (chunk: Buffer) => {
      this.#heard += chunk.toString("latin1");
      this.#wake();
    });
    // A hub that cuts us may reset the connection; the tests look at what was heard before.
    socket.on("error", () => this.#wake());
    socket.on("close", () => {
      this.#closed = true;
      this.#wake();
    });
  }

  say(text: string): this {
    this.socket.write(text, "latin1");
    return this;
  }

  /** Everything up to and with `end`; what follows is kept for the next call. */
  async until(end: string): Promise<string> {
    await this.#when(() => this.#heard.includes(end), `'${end.trim()}'`);
    const at = this.#heard.indexOf(end) + end.length;
    const heard = this.#heard.slice(0, at);
    this.#heard = this.#heard.slice(at);
    return heard;
  }

  /** What the hub says to this, up to the PONG that follows it. */
  async answers(text: string): Promise<string> {
    this.say(`${text}PING\r\n`);
    return (await this.until("PONG\r\n")).replace(/PONG\r\n$/, "");
  }

  /** Everything still to come, until the hub has closed the connection. */
  async untilClosed(): Promise<string> {
    await this.#when(() => this.#closed, "the end");
    const heard = this.#heard;
    this.#heard = "";
    return heard;
  }

  end(): void {
    this.socket.destroy();
  }

  async #when(isTrue: () => boolean, what: string): Promise<void> {
    const limit = AbortSignal.timeout(LIMIT_MS);
    while (!isTrue()) {
      if (limit.aborted || (this.#closed && !isTrue())) {
        throw new Error(`waited for ${what}; heard ${JSON.stringify(this.#heard)}`);
      }
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
        limit.addEventListener("abort", () => resolve(), { once: true });
      });
    }
  }
}

/** Connected, and past the greeting. */
export async function rawClient(hub: RunningHub, connectText = ""): Promise<RawClient> {
  const client = await ungreeted(hub);
  await client.until("\r\n");
  if (connectText !== "") client.say(`CONNECT ${connectText}\r\n`);
  return client;
}

export async function ungreeted(hub: RunningHub): Promise<RawClient> {
  const { port, socketPath } = hub.address;
  const socket = port === null ? connect(socketPath ?? "") : connect(port, "127.0.0.1");
  await once(socket, "connect");
  return new RawClient(socket);
}

export const QUIET = '{"verbose":false,"headers":true,"no_responders":true}';

export function openHub(options: Partial<HubOptions> = {}): Promise<RunningHub> {
  return serveHub({ port: 0, socketPath: null, users: [], ...options });
}

/** In a folder of its own, which goes when the tests of this file have ended. */
export function temporaryPath(name: string): string {
  const folder = mkdtempSync(join(tmpdir(), "skelly-bus-"));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  return join(folder, name);
}
