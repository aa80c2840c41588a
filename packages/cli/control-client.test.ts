// control-client.test.ts: a daemon that answers, streams, refuses, hangs or dies.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { ClientRequest } from "@skelly-jelly/contract";
import { type ControlClient, closedWithin, connectControl } from "./control-client.ts";

/** A server whose answers are lines, written by `answer`. */
async function withServer(
  answer: (request: ClientRequest, socket: Socket) => void,
  story: (client: ControlClient) => Promise<void>,
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "skelly-client-"));
  const path = join(folder, "control.sock");
  const server = createServer((socket) => {
    socket.on("error", () => socket.destroy());
    let rest = "";
    socket.on("data", (chunk) => {
      const lines = (rest + chunk).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) answer(JSON.parse(line) as ClientRequest, socket);
    });
  });
  await new Promise<void>((done) => {
    server.listen(path, done);
  });
  const client = await connectControl(path);
  try {
    await story(client);
  } finally {
    client.close();
    server.close();
    rmSync(folder, { recursive: true });
  }
}

test("answers find their request, items come before the last word, in pieces or not", () =>
  withServer(
    ({ id, verb }, socket) => {
      if (verb === "slow") return;
      socket.write(`{"id":${id},"item":1}\n{"id":${id},"it`);
      setImmediate(() => socket.write(`em":"ü"}\n{"id":${id},"ok":true,"value":"${verb}"}\n`));
    },
    async (client) => {
      const slow = client.request("slow", {}, { timeoutMs: 60_000 });
      const items: unknown[] = [];
      const value = await client.request("ping", {}, { onItem: (item) => items.push(item) });
      assert.deepEqual([value, items], ["ping", [1, "ü"]]);
      client.close();
      await assert.rejects(slow, { code: "CONNECTION_CLOSED" });
      await assert.rejects(client.request("ping"), { code: "CONNECTION_CLOSED" });
      assert.equal(await closedWithin(client, 5_000), true);
    },
  ));

test("a refusal carries the daemon's code, sentence and problems", () =>
  withServer(
    ({ id }, socket) => {
      const refusal = { id, ok: false, code: "CONFIG_INVALID", message: "no", problems: ["a: b"] };
      socket.write(`${JSON.stringify(refusal)}\n`);
    },
    async (client) => {
      await assert.rejects(client.request("config-set"), {
        code: "CONFIG_INVALID",
        message: "no",
        problems: ["a: b"],
      });
    },
  ));

test("no answer in time is an error of its own, and garbage ends the connection", () =>
  withServer(
    ({ verb }, socket) => void (verb === "garbage" && socket.write("what?\n")),
    async (client) => {
      await assert.rejects(client.request("status", {}, { timeoutMs: 5 }), { code: "NO_ANSWER" });
      await assert.rejects(client.request("garbage"), /Unreadable answer/);
    },
  ));

test("where nothing listens, nothing is running", async () => {
  await assert.rejects(connectControl("/nowhere/control.sock"), { code: "NOT_RUNNING" });
});

test("an answer is told in its place among what else comes in the same piece", () =>
  withServer(
    ({ id, verb }, socket) => {
      if (verb === "events") return;
      const lines = [
        { id: 1, item: "before" },
        { id, ok: true, value: "the answer" },
        { id: 1, item: "after" },
      ];
      socket.write(lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
    },
    async (client) => {
      const told: unknown[] = [];
      const note = (value: unknown): void => void told.push(value);
      client.request("events", {}, { timeoutMs: null, onItem: note }).catch(() => {});
      await client.request("status", {}, { onAnswer: note });
      assert.deepEqual(told, ["before", "the answer", "after"]);
    },
  ));
