// bus.ts: what the event bus carries: publisher process -> hub process -> subscriber process.
//
//   node --conditions=source bench/bus.ts [runs]
//
// Throughput: 128-byte messages as fast as they go. Latency: 10,000 a second, one way, by the clock
// both processes share. In the same run: a bare Unix socket between the two processes at the same
// rate, which is what this machine at this moment allows at best; and, where one is installed, a
// nats-server with the same client. Exits 1 when the hub misses its budget.
import { type ChildProcess, fork, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { connect, createServer } from "node:net";
import { availableParallelism, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { connectBus, serveHub } from "@skelly-jelly/event-bus";

const BUDGET = { messagesPerSecondMin: 100_000, p99MsMax: 1 };
const PAYLOAD_BYTES = 128;
const THROUGHPUT_MESSAGES = 400_000;
const WINDOW = 2000;
const RATE = 10_000;
const LATENCY_SECONDS = 3;
const WARM_SECONDS = 1;
const SUBJECT = "bench.message";

type Where = { readonly socketPath?: string; readonly url?: string };
type Job = { readonly where: Where; readonly kind: "throughput" | "latency"; readonly bare?: true };

/** One way to say something and one to hear it: the bus, or a bare socket. */
type Ends = {
  send(data: ReturnType<typeof payload>): void;
  hear(handle: (data: { readonly t: string }) => void): void;
  flush(): Promise<void>;
  close(): Promise<void>;
};
type Result = {
  readonly messagesPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
};

const nowNs = (): bigint => process.hrtime.bigint();

/** JSON of exactly PAYLOAD_BYTES with the time of sending in it. */
function payload(): { readonly t: string; readonly pad: string } {
  const t = nowNs().toString();
  const bare = JSON.stringify({ t, pad: "" }).length;
  return { t, pad: "x".repeat(PAYLOAD_BYTES - bare) };
}

async function hubRole(socketPath: string): Promise<void> {
  const hub = await serveHub({ port: 0, socketPath, users: [] });
  process.send?.({ port: hub.address.port });
  process.once("message", () => void hub.close().then(() => process.disconnect()));
}

async function busEnds(where: Where): Promise<Ends> {
  const bus = await connectBus(where);
  return {
    send: (data) => bus.publish(SUBJECT, data),
    hear: (handle) => void bus.subscribe(SUBJECT, ({ data }) => handle(data as { t: string })),
    flush: () => bus.flush(30_000),
    close: () => bus.close(),
  };
}

async function bareListener(path: string): Promise<Ends> {
  let heard: (data: { readonly t: string }) => void = () => undefined;
  const server = createServer((socket) => {
    let rest = "";
    socket.on("data", (chunk: Buffer) => {
      const lines = (rest + chunk.toString()).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) heard(JSON.parse(line));
    });
  }).listen(path);
  await once(server, "listening");
  return {
    send: () => undefined,
    hear: (handle) => {
      heard = handle;
    },
    flush: async () => undefined,
    close: async () => void server.close(),
  };
}

async function bareSender(path: string): Promise<Ends> {
  const socket = connect(path);
  await once(socket, "connect");
  return {
    send: (data) => void socket.write(`${JSON.stringify(data)}\n`),
    hear: () => undefined,
    flush: async () => undefined,
    close: async () => void socket.end(),
  };
}

async function subscriberRole({ where, kind, bare }: Job): Promise<void> {
  const ends = await (bare ? bareListener(where.socketPath ?? "") : busEnds(where));
  const latenciesMs: number[] = [];
  let count = 0;
  let firstNs = 0n;
  const done = Promise.withResolvers<void>();
  const total =
    kind === "throughput" ? THROUGHPUT_MESSAGES : RATE * (LATENCY_SECONDS + WARM_SECONDS);
  ends.hear(({ t }) => {
    count += 1;
    if (count === 1) firstNs = BigInt(t);
    if (kind === "latency" && count > RATE * WARM_SECONDS) {
      latenciesMs.push(Number(nowNs() - BigInt(t)) / 1e6);
    }
    if (count === total) done.resolve();
  });
  await ends.flush();
  process.send?.("ready");
  await done.promise;
  const seconds = Number(nowNs() - firstNs) / 1e9;
  latenciesMs.sort((a, b) => a - b);
  const at = (share: number): number => latenciesMs[Math.floor(latenciesMs.length * share)] ?? 0;
  const result: Result = { messagesPerSecond: total / seconds, p50Ms: at(0.5), p99Ms: at(0.99) };
  process.send?.(result);
  await ends.close();
  process.disconnect();
}

async function publisherRole({ where, kind, bare }: Job): Promise<void> {
  const ends = await (bare ? bareSender(where.socketPath ?? "") : busEnds(where));
  if (kind === "throughput") {
    let taken = Promise.resolve();
    // Only the first says when it was sent: it began there.
    const message = payload();
    for (let sent = 0; sent < THROUGHPUT_MESSAGES; sent += WINDOW) {
      for (let each = 0; each < WINDOW; each += 1) ends.send(message);
      const before = taken;
      taken = ends.flush();
      await before;
    }
    await taken;
  } else {
    const total = RATE * (LATENCY_SECONDS + WARM_SECONDS);
    const startNs = nowNs();
    for (let sent = 0; sent < total; ) {
      const due = Math.min(total, Math.floor((Number(nowNs() - startNs) / 1e9) * RATE));
      for (; sent < due; sent += 1) ends.send(payload());
      if (sent < total) await sleep(1);
    }
  }
  await ends.close();
  process.disconnect();
}

function child(role: string, job: Job | string): ChildProcess {
  return fork(fileURLToPath(import.meta.url), [role, JSON.stringify(job)], { stdio: "inherit" });
}

async function measure(job: Job): Promise<Result> {
  const subscriber = child("subscriber", job);
  await once(subscriber, "message");
  const publisher = child("publisher", job);
  const [result] = (await once(subscriber, "message")) as [Result];
  await Promise.all([publisher, subscriber].map((each) => each.exitCode ?? once(each, "exit")));
  return result;
}

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

async function measureAll(name: string, where: Where, runs: number, bare?: true) {
  const throughput: number[] = [];
  const p50: number[] = [];
  const p99: number[] = [];
  for (let run = 0; run < runs; run += 1) {
    if (bare === undefined) {
      throughput.push((await measure({ where, kind: "throughput" })).messagesPerSecond);
    }
    const latency = await measure({ where, kind: "latency", ...(bare && { bare }) });
    p50.push(latency.p50Ms);
    p99.push(latency.p99Ms);
  }
  return {
    name,
    messagesPerSecond: bare === undefined ? Math.round(median(throughput)) : null,
    p50Ms: Number(median(p50).toFixed(3)),
    p99Ms: Number(median(p99).toFixed(3)),
    runs: {
      messagesPerSecond: throughput.map(Math.round),
      p99Ms: p99.map((ms) => Number(ms.toFixed(3))),
    },
  };
}

function findNatsServer(): string | null {
  const named = process.env["NATS_SERVER"] ?? "nats-server";
  return spawnSync(named, ["--version"]).status === 0 ? named : null;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, "close");
  return port;
}

async function listening(port: number): Promise<void> {
  for (let tries = 0; tries < 100; tries += 1) {
    const socket = connect(port, "127.0.0.1");
    const opened = await new Promise((resolve) => {
      socket.once("connect", () => resolve(true));
      socket.once("error", () => resolve(false));
    });
    socket.destroy();
    if (opened) return;
    await sleep(50);
  }
  throw new Error(`nothing listens on port ${port}`);
}

async function main(runs: number): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), "skelly-bench-"));
  const socketPath = join(directory, "hub.sock");
  const results = [];
  const hub = child("hub", socketPath);
  const [{ port }] = (await once(hub, "message")) as [{ port: number }];
  results.push(await measureAll("hub, unix socket", { socketPath }, runs));
  results.push(await measureAll("hub, tcp", { url: `nats://127.0.0.1:${port}` }, runs));
  const bare = { socketPath: join(directory, "bare.sock") };
  results.push(await measureAll("bare unix socket", bare, runs, true));
  hub.send("close");
  await once(hub, "exit");

  const natsServer = findNatsServer();
  if (natsServer !== null) {
    const natsPort = await freePort();
    const server = spawn(natsServer, ["-a", "127.0.0.1", "-p", String(natsPort)], {
      stdio: "ignore",
    });
    await listening(natsPort);
    results.push(
      await measureAll("nats-server, tcp", { url: `nats://127.0.0.1:${natsPort}` }, runs),
    );
    server.kill();
    await once(server, "exit");
  }
  rmSync(directory, { recursive: true });

  const ours = results.filter(({ name }) => name.startsWith("hub"));
  const loadAverage = loadavg()[0]?.toFixed(1) ?? "unknown";
  const withinBudget = ours.every(
    ({ messagesPerSecond, p99Ms }) =>
      (messagesPerSecond ?? 0) > BUDGET.messagesPerSecondMin && p99Ms < BUDGET.p99MsMax,
  );
  console.log("| transport | messages/s of 128 B | p50 ms at 10,000/s | p99 ms |");
  console.log("|---|---|---|---|");
  for (const { name, messagesPerSecond, p50Ms, p99Ms } of results) {
    console.log(
      `| ${name} | ${messagesPerSecond?.toLocaleString("en") ?? "-"} | ${p50Ms} | ${p99Ms} |`,
    );
  }
  console.log(
    `median of ${runs} runs; load average ${loadAverage} on ${availableParallelism()} cores`,
  );
  if (natsServer === null) console.log("nats-server is not installed; not compared");
  console.log(
    JSON.stringify({ bench: "bus", runs, loadAverage, budget: BUDGET, withinBudget, results }),
  );
  if (!withinBudget) process.exitCode = 1;
}

const [role, argument = "5"] = process.argv.slice(2);
if (role === "hub") await hubRole(JSON.parse(argument));
else if (role === "subscriber") await subscriberRole(JSON.parse(argument));
else if (role === "publisher") await publisherRole(JSON.parse(argument));
else await main(Number(role ?? "5"));
