// net-prober.test.ts: probes against real sockets and real programs.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import { type TestContext, test } from "node:test";
import type { ModuleDescriptor, ProbeKind } from "@skelly-jelly/contract";
import { createNetProber } from "./net-prober.ts";
import { readProcStat } from "./proc-stat.ts";
import { createSystemClock } from "./system-clock.ts";

const NEEDS_PROC = process.platform === "linux" ? false : "looks into /proc, which only Linux has";
const LONG_MS = 10_000;
const prober = createNetProber({ clock: createSystemClock({ keepAlive: true }) });
const module = {
  cwd: import.meta.dirname,
  env: { GREETING: "hello" },
} as unknown as ModuleDescriptor;

type Asked = Extract<ProbeKind, { kind: "http" | "tcp" | "exec" }>;
const ask = (probe: Asked, timeoutMs = LONG_MS) => prober.ask(probe, module, timeoutMs);

async function serve(t: TestContext, handle: (socket: Socket) => void): Promise<number> {
  const server: Server = createServer((socket) => {
    socket.on("error", () => {});
    handle(socket);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => server.close());
  return (server.address() as { port: number }).port;
}

async function messageOf(probe: Asked, timeoutMs = LONG_MS): Promise<string> {
  const answer = await ask(probe, timeoutMs);
  assert.ok(answer.tookMs >= 0);
  return answer.ok ? "ok" : answer.message;
}

const http = (port: number, path = "/"): Asked => ({
  kind: "http",
  url: `http://127.0.0.1:${port}${path}`,
  status: [200, 399],
});

async function closedPort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, "close");
  return port;
}

test("a port that is listened on answers, one that is not is named", async (t) => {
  const port = await serve(t, (socket) => socket.end());
  assert.equal(await messageOf({ kind: "tcp", host: "127.0.0.1", port }), "ok");
  const closed = await closedPort();
  assert.equal(
    await messageOf({ kind: "tcp", host: "127.0.0.1", port: closed }),
    `connection refused at 127.0.0.1:${closed}`,
  );
  assert.equal(
    await messageOf({ kind: "tcp", host: "localhost", port: closed }),
    `connection refused at localhost:${closed}`,
  );
});

test("an HTTP answer is judged by its status, and asked for as a browser would", async (t) => {
  const asked: string[] = [];
  const port = await serve(t, (socket) =>
    socket.once("data", (bytes) => {
      asked.push(String(bytes));
      const status = String(bytes).includes("/bad") ? "503 Busy" : "204 No Content";
      socket.end(`HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 ${status}\r\n\r\n`);
    }),
  );
  assert.equal(await messageOf(http(port, "/health?deep=1")), "ok");
  assert.match(asked[0]!, /^GET \/health\?deep=1 HTTP\/1\.1\r\nHost: 127\.0\.0\.1:\d+\r\n/);
  assert.equal(
    await messageOf(http(port, "/bad")),
    `HTTP 503 from http://127.0.0.1:${port}/bad (expected 200-399)`,
  );
  assert.match(await messageOf(http(await closedPort())), /^connection refused at 127.0.0.1:\d+ /);
});

test("a status that comes in pieces is put together; the body is not waited for", async (t) => {
  const port = await serve(t, (socket) =>
    socket.once("data", () => {
      socket.write("HTT");
      setImmediate(() => socket.write("P/1.1 20"));
      setTimeout(() => socket.write("0 OK\r\nContent-Length: 99999\r\n\r\nfirst"), 5);
    }),
  );
  assert.equal(await messageOf(http(port)), "ok");
});

test("who does not speak HTTP, or hangs up, is told apart", async (t) => {
  const other = await serve(t, (socket) => socket.write("220 mail.example ESMTP\r\n"));
  assert.match(await messageOf(http(other)), /did not answer in HTTP$/);
  const silent = await serve(t, (socket) => socket.once("data", () => socket.end()));
  assert.match(await messageOf(http(silent)), /closed the connection without an answer$/);
});

test("no answer in time is an answer", async (t) => {
  const port = await serve(t, () => {});
  assert.equal(
    await messageOf(http(port), 20),
    `no answer from http://127.0.0.1:${port}/ within 20 ms`,
  );
  assert.match(
    await messageOf({ kind: "exec", argv: ["sleep", "30"] }, 20),
    /^no answer from `sleep 30`/,
  );
});

test("a program's exit code answers; its last line says why", async () => {
  const sh = (script: string): Asked => ({ kind: "exec", argv: ["sh", "-c", script] });
  assert.equal(await messageOf(sh("exit 0")), "ok");
  const failing = await messageOf(sh("echo first; echo '  the reason' >&2; exit 3"));
  assert.match(failing, /exited with code 3:\s+the reason$/);
  assert.match(await messageOf(sh("kill -9 $$")), /was killed by SIGKILL$/);
  assert.match(await messageOf(sh("echo $GREETING from $PWD; exit 1")), /hello from .*node$/);
});

test("a program that is not there is named", async () => {
  assert.equal(
    await messageOf({ kind: "exec", argv: ["no-such-program-here"] }),
    "'no-such-program-here' was not found (or its cwd is not there)",
  );
});

test("what a probe leaves behind neither holds up the answer nor lives on", {
  skip: NEEDS_PROC,
}, async () => {
  const answer = await ask({ kind: "exec", argv: ["sh", "-c", "sleep 30 & echo $!; exit 1"] });
  assert.ok(!answer.ok);
  const pid = Number(/: (\d+)$/.exec(answer.message)![1]);
  for (let i = 0; i < 200 && isRunning(pid); i++) await new Promise((go) => setTimeout(go, 10));
  assert.equal(isRunning(pid), false);
});

/** A zombie does not run; who has to wait for it is not our affair. */
const isRunning = (pid: number): boolean => (readProcStat(pid)?.state ?? "Z") !== "Z";

test("TLS and HTTP libraries are not loaded", () => {
  const loaded = (process as unknown as { moduleLoadList: string[] }).moduleLoadList;
  assert.equal(loaded.includes("NativeModule tls"), false);
  assert.equal(loaded.includes("NativeModule http"), false);
  assert.equal(
    loaded.some((name) => name.includes("undici")),
    false,
  );
});
