// fake-orchestrator.ts: for tests: the orchestrator's end of the control socket, told what to say by the test.
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  CONTROL_LINE_MAX_BYTES,
  type ModuleMessage,
  type OrchestratorMessage,
} from "@skelly-jelly/contract";
import { cutLines } from "./lines.ts";

export type Welcome = Extract<OrchestratorMessage, { type: "welcome" }>;
export const WELCOME: Welcome = {
  type: "welcome",
  config: {},
  configVersion: 1,
  level: "full",
  paused: false,
};

const WAIT_MS = 10_000;

export type Heard = { readonly token: string; readonly message: ModuleMessage };

/** Every connection is known by the token of its hello. Answers each hello as `greet` says. */
export class FakeOrchestrator {
  readonly directory = mkdtempSync(join(tmpdir(), "skelly-fake-"));
  readonly path = join(this.directory, "control.sock");
  readonly heard: Heard[] = [];
  greet: (token: string) => OrchestratorMessage | null = () => WELCOME;
  readonly #sockets = new Map<string, Socket>();
  readonly #open = new Set<Socket>();
  #waiting: (() => void)[] = [];
  #server: Server | null = null;

  async listen(): Promise<this> {
    const server = createServer((socket) => this.#serve(socket));
    this.#server = server;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    server.once("error", reject);
    server.listen(this.path, resolve);
    await promise;
    chmodSync(this.path, 0o600);
    return this;
  }

  #serve(socket: Socket): void {
    let token = "";
    this.#open.add(socket);
    const hear = (line: string): void => {
      const message = JSON.parse(line) as ModuleMessage;
      if (message.type === "hello") {
        token = message.token;
        this.#sockets.set(token, socket);
      }
      this.heard.push({ token, message });
      const greeting = message.type === "hello" ? this.greet(token) : null;
      if (greeting !== null) this.tell(token, greeting);
      for (const look of this.#waiting.splice(0)) look();
    };
    const lines = cutLines(CONTROL_LINE_MAX_BYTES, hear, () => socket.destroy());
    socket.on("data", (chunk) => lines.push(chunk));
    socket.on("error", () => socket.destroy());
    socket.on("close", () => this.#open.delete(socket));
  }

  tell(token: string, message: OrchestratorMessage): boolean {
    return this.#sockets.get(token)?.write(`${JSON.stringify(message)}\n`) ?? false;
  }

  write(token: string, text: string): void {
    this.#sockets.get(token)?.write(text);
  }

  /** The first message of this type that was not taken before; waits for it. */
  async take<T extends ModuleMessage["type"]>(
    token: string,
    type: T,
    fits: (message: Extract<ModuleMessage, { type: T }>) => boolean = () => true,
  ): Promise<Extract<ModuleMessage, { type: T }>> {
    const untilMs = performance.now() + WAIT_MS;
    for (;;) {
      const at = this.heard.findIndex(
        (each) => each.token === token && each.message.type === type && fits(each.message as never),
      );
      if (at >= 0) return this.heard.splice(at, 1)[0]?.message as never;
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#waiting.push(resolve);
      const timer = setTimeout(resolve, untilMs - performance.now());
      await promise;
      clearTimeout(timer);
      if (performance.now() >= untilMs) {
        throw new Error(`no '${type}' of ${token}; heard: ${JSON.stringify(this.heard)}`);
      }
    }
  }

  /** As if the orchestrator died; `listen` brings it back. */
  async drop(): Promise<void> {
    for (const socket of this.#open) socket.destroy();
    this.#sockets.clear();
    const { promise, resolve } = Promise.withResolvers<void>();
    if (this.#server === null) return;
    this.#server.close(() => resolve());
    this.#server = null;
    await promise;
  }

  async close(): Promise<void> {
    await this.drop();
    rmSync(this.directory, { recursive: true, force: true });
  }
}
