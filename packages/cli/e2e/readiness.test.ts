// readiness.test.ts: how it is known that a program is ready, and that it still does its work.
import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { test } from "node:test";
import { moduleIn, Rig, sh } from "./rig.ts";

const gated = (then: string): string[] => sh(`until [ -e gate ]; do sleep 0.02; done; ${then}`);
/** Listens on a port of its choice once the gate is open. */
const server = (body: string): string[] => [
  process.execPath,
  "-e",
  `const { existsSync } = require("node:fs");
   const look = setInterval(() => { if (existsSync("gate")) { clearInterval(look); serve(); } }, 10);
   function serve() { ${body} }`,
];

async function freePort(): Promise<number> {
  const { createServer } = await import("node:net");
  return new Promise((done) => {
    const probe = createServer().listen(0, "127.0.0.1", () => {
      const address = probe.address();
      probe.close(() => done(typeof address === "object" ? (address?.port ?? 0) : 0));
    });
  });
}

test("ready by http, tcp, exec, log line and notification fd: dependents start then, not before", async (t) => {
  const rig = new Rig(t);
  const [http, tcp] = [await freePort(), await freePort()];
  const interval = "30ms";
  const services: Record<string, object> = {
    http: {
      command: server(
        `require("node:http").createServer((q, r) => { r.statusCode = q.url === "/ok" ? 204 : 500; r.end(); }).listen(${http}, "127.0.0.1")`,
      ),
      ready: { http: `http://127.0.0.1:${http}/ok`, interval },
    },
    tcp: {
      command: server(`require("node:net").createServer().listen(${tcp}, "127.0.0.1")`),
      ready: { tcp, interval },
    },
    exec: {
      command: gated(": >made; exec sleep 300"),
      ready: { exec: ["test", "-e", "made"], interval },
    },
    log: {
      command: gated("echo now listening on 80; exec sleep 300"),
      ready: { log: "listening on \\d+$" },
    },
    notified: { command: gated("echo >&3; exec 3>&-; exec sleep 300"), ready: { notifyFd: 3 } },
  };
  const dependents = Object.keys(services).map((id) => [
    `after-${id}`,
    { command: sh(`[ -e gate ] || echo ${id} too early >>story; exec sleep 300`), dependsOn: [id] },
  ]);
  rig.system({ ...services, ...Object.fromEntries(dependents) });
  await rig.ok("up", "-d", "--no-wait");
  const waiting = await rig.until("all services are starting", ({ modules }) =>
    Object.keys(services).every((id) =>
      modules.some((each) => each.id === id && each.pid !== null),
    ),
  );
  assert.equal(waiting.status, "starting");
  for (const id of Object.keys(services)) {
    assert.equal(moduleIn(waiting, id).state, "starting", id);
    assert.equal(moduleIn(waiting, `after-${id}`).state, "waiting");
    assert.deepEqual(moduleIn(waiting, `after-${id}`).waitingFor, [id]);
  }
  rig.write("gate", "");
  const up = await rig.until("all is up", ({ status }) => status === "healthy");
  assert.ok(up.modules.every(({ state }) => state === "running"));
  assert.deepEqual(rig.lines("story"), []);
});

test("a service that no longer answers is unhealthy after so many misses, and is started again", async (t) => {
  const rig = new Rig(t);
  const port = await freePort();
  const liveness = { interval: "50ms", threshold: 2, timeout: "2s" };
  const web = `require("node:http").createServer((q, r) => {
    r.statusCode = require("node:fs").existsSync("http-well") ? 200 : 503; r.end(); }).listen(${port}, "127.0.0.1")`;
  rig.system({
    exec: {
      command: sh(": >well; exec sleep 300"),
      liveness: { exec: ["test", "-e", "well"], ...liveness },
    },
    http: {
      command: [
        process.execPath,
        "-e",
        `require("node:fs").writeFileSync("http-well", ""); ${web}`,
      ],
      ready: { tcp: port, interval: "20ms" },
      liveness: { http: `http://127.0.0.1:${port}/`, ...liveness },
    },
  });
  await rig.ok("up", "-d");
  await rig.until("all is healthy", ({ modules }) =>
    modules.every(({ health }) => health === "healthy"),
  );
  rmSync(`${rig.folder}/well`);
  rmSync(`${rig.folder}/http-well`);
  const again = await rig.until("both are back", ({ modules }) =>
    modules.every(({ incarnation, health }) => incarnation >= 2 && health === "healthy"),
  );
  assert.ok(again.modules.every(({ restarts }) => restarts >= 1));
  const events = await rig.events("exec");
  assert.ok(
    events.some((event) => event.type === "module-health-changed" && event.to === "unhealthy"),
  );
  const step = events.find((event) => event.type === "recovery-step");
  assert.equal(step?.type === "recovery-step" && step.failure.code, "UNHEALTHY");
});

test("defineModule answers for itself: its numbers are in the status, over a limit it is degraded", async (t) => {
  const rig = new Rig(t);
  const entry = rig.entry(
    "queue.mjs",
    `import { existsSync } from "node:fs";
     export default defineModule({ name: "queue", health: () => ({ queueDepth: existsSync("full") ? 50 : 3 }) });`,
  );
  rig.system(
    { queue: { entry, healthLimits: { queueDepth: { warn: 10 } }, liveness: undefined } },
    { orchestrator: { healthCheckInterval: "50ms" } },
  );
  await rig.ok("up", "-d");
  const well = await rig.untilModule("queue", "is healthy", ({ health }) => health === "healthy");
  assert.equal(well.metrics["queueDepth"], 3);
  rig.write("full", "");
  const full = await rig.until("degraded", ({ status }) => status === "degraded");
  assert.match(full.reasons.join(), /queueDepth is 50, over 10/);
  rmSync(`${rig.folder}/full`);
  await rig.until("healthy again", ({ status }) => status === "healthy");
});

test("a start() that throws is told with its words", async (t) => {
  const rig = new Rig(t);
  const entry = rig.entry(
    "broken.mjs",
    'export default defineModule({ name: "broken", start() { throw new Error("no disk here"); } });',
  );
  rig.system({ broken: { entry, recovery: { ladder: ["manual"] } } });
  const up = await rig.run("up", "-d");
  assert.equal(up.code, 1);
  assert.match(up.err, /'broken' failed in its start\(\): no disk here/);
  await rig.untilNoneLeft();
});
