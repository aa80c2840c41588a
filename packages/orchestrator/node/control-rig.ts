// control-rig.ts: for tests: a control socket, and guests that come to it.
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import type { ModuleMessage } from "@skelly-jelly/contract";
import { type ControlSocketOptions, createControlSocket } from "./control-socket.ts";
import { createSystemClock } from "./system-clock.ts";

export const clock = createSystemClock({ keepAlive: true });

export async function door(t: TestContext, options: Partial<ControlSocketOptions> = {}) {
  const directory = mkdtempSync(join(tmpdir(), "skelly-control-"));
  const path = join(directory, "control.sock");
  const logged: string[] = [];
  const socket = createControlSocket({
    path,
    clock,
    onRequest: (request, client) => client.done({ verb: request.verb, args: request.args }),
    log: (message) => void logged.push(message),
    ...options,
  });
  t.after(async () => {
    await socket.close();
    rmSync(directory, { recursive: true });
  });
  await socket.opened;
  return { socket, path, logged };
}

/** A guest that sends lines and reads answers one after another. */
export function guest(path: string) {
  const socket = connect({ path, allowHalfOpen: true });
  const lines: unknown[] = [];
  let pending = "";
  let wake = () => {};
  socket.on("data", (bytes) => {
    const parts = (pending + bytes).split("\n");
    pending = parts.pop()!;
    lines.push(...parts.map((line) => JSON.parse(line)));
    wake();
  });
  socket.on("error", () => {});
  const closed = once(socket, "close");
  return {
    socket,
    closed,
    say: (...values: object[]) =>
      void socket.write(values.map((value) => `${JSON.stringify(value)}\n`).join("")),
    async next(): Promise<any> {
      while (lines.length === 0) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      return lines.shift();
    },
  };
}

export const hello = (token: string, incarnation = "shop/api#1/3") => ({
  type: "hello",
  token,
  incarnation,
  pid: 1,
  configVersion: 1,
});

export function member(onMessage: (message: ModuleMessage) => void = () => {}) {
  const heard: string[] = [];
  let tellWaiter = () => {};
  const hear = (what: string) => {
    heard.push(what);
    tellWaiter();
  };
  const registration = {
    instance: "api#1",
    incarnation: 3,
    token: "secret",
    onHello: () => hear("hello"),
    onMessage(message: ModuleMessage) {
      hear(message.type);
      onMessage(message);
    },
    onLost: () => hear("lost"),
  };
  const until = async (count: number) => {
    while (heard.length < count) {
      await new Promise<void>((resolve) => {
        tellWaiter = resolve;
      });
    }
    return heard;
  };
  return { registration, until };
}
