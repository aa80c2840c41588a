// port.test.ts: worker threads on the bus of the process that started them.
import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { MessageChannel, Worker } from "node:worker_threads";
import type { Json } from "@skelly-jelly/contract";
import { portBus } from "./connect-bus.ts";
import { createEventBus } from "./local-bus.ts";
import { servePort } from "./serve-port.ts";
import { openHub, QUIET, rawClient } from "./testing/raw-client.ts";

const WORKER = `
  import { parentPort, workerData } from "node:worker_threads";
  import { portBus } from ${JSON.stringify(new URL("./connect-bus.ts", import.meta.url).href)};
  const bus = portBus(workerData);
  bus.subscribe("add", (message) => message.respond(message.data[0] + message.data[1]));
  bus.subscribe("stop", () => void bus.close());
  await bus.flush();
  parentPort.postMessage("ready");
`;

test("a worker answers, asks, and ends", async () => {
  const bus = createEventBus();
  const { port1, port2 } = new MessageChannel();
  servePort(bus, port1);
  const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(WORKER)}`), {
    workerData: port2,
    transferList: [port2],
  });
  await once(worker, "message");
  assert.equal((await bus.request<number>("add", [2, 3])).data, 5);
  const exited = once(worker, "exit");
  bus.publish("stop", null);
  assert.deepEqual(await exited, [0]);
  await assert.rejects(bus.request("add", [1, 1]), { code: "NO_RESPONDERS" });
  await bus.close();
});

test("a port joins a hub with its own permissions, next to clients by wire", async () => {
  const hub = await openHub();
  const { port1, port2 } = new MessageChannel();
  const errors: string[] = [];
  const nothing = { allow: [], deny: [] };
  const permissions = { publish: nothing, subscribe: { allow: ["open"], deny: [] } };
  const served = servePort(hub, port1, { permissions });
  const bus = portBus(port2, { onError: ({ message }) => void errors.push(message) });
  const got: Json[] = [];
  bus.subscribe("open", ({ data }) => void got.push(data));
  bus.subscribe("closed", () => undefined);
  await bus.flush();
  const raw = await rawClient(hub, QUIET);
  await raw.answers("PUB open 1\r\n7\r\nPUB closed 1\r\n7\r\n");
  await bus.flush();
  assert.deepEqual(got, [7]);
  assert.deepEqual(errors, ["this user may not subscribe to 'closed'"]);
  served.close();
  raw.end();
  await hub.close();
  await bus.close();
});

test("a flood through a port arrives whole and in order", async () => {
  const bus = createEventBus();
  const { port1, port2 } = new MessageChannel();
  servePort(bus, port1);
  const worker = portBus(port2);
  const got: Json[] = [];
  const { counters } = worker.subscribe(
    "n",
    async ({ data }) => {
      got.push(data);
      if (Number(data) % 100 === 0) await new Promise((resolve) => setImmediate(resolve));
    },
    { overflow: "block", pendingMax: 10 },
  );
  await worker.flush();
  for (let n = 0; n < 5000; n += 1) bus.publish("n", n);
  await worker.flush();
  await worker.close();
  assert.deepEqual(
    got,
    Array.from({ length: 5000 }, (_, n) => n),
  );
  assert.equal(counters.dropped, 0);
  await bus.close();
});

test("a worker's connection ends with the bus it joined, and counts among a hub's", async () => {
  const bus = createEventBus();
  const ports = [new MessageChannel(), new MessageChannel()] as const;
  const closed = Promise.withResolvers<void>();
  servePort(bus, ports[0].port1);
  const worker = portBus(ports[0].port2, {
    onStatus: ({ type }) => {
      if (type === "closed") closed.resolve();
    },
  });
  await worker.flush();
  await bus.close();
  await closed.promise;
  assert.equal(worker.isConnected, false);
  await worker.close();

  const hub = await openHub();
  servePort(hub, ports[1].port1);
  const other = portBus(ports[1].port2, { onError: () => undefined });
  await other.flush();
  assert.equal(hub.stats().connections, 1);
  await hub.close();
  await other.close();
});

test("a bus that is itself a connection serves no ports", () => {
  const { port1, port2 } = new MessageChannel();
  const bus = portBus(port2);
  assert.throws(() => servePort(bus, port1), { code: "UNSUPPORTED" });
  port1.close();
});
