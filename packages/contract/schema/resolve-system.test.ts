// resolve-system.test.ts: what was written becomes a descriptor with everything filled in.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { ModuleDescriptor, SystemDescriptor } from "../descriptor.ts";
import { fakeMachine } from "./fake-machine.ts";
import { resolveSystem } from "./resolve-system.ts";
import { defineSystem, type ModuleConfig, type SystemConfig } from "./system-config.ts";

const machine = fakeMachine({
  "/system/api/main.ts": "",
  "/system/.env": "export LOG_LEVEL=debug\nTOKEN='s3cret'\n",
});

function resolved(raw: SystemConfig, options: object = {}): SystemDescriptor {
  const { system, problems } = resolveSystem(raw, {
    directory: "/system",
    machine,
    env: { PATH: "/bin" },
    ...options,
  });
  assert.deepEqual(problems, []);
  assert.ok(system);
  return system;
}
const moduleOf = (
  config: ModuleConfig,
  rest: SystemConfig = {},
  options = {},
): ModuleDescriptor => {
  const system = resolved({ ...rest, modules: { ...rest.modules, it: config } }, options);
  const found = system.modules.find(({ id }) => id === "it");
  assert.ok(found);
  return found;
};

test("the design's example becomes the descriptor that it means", () => {
  const { name, orchestrator, modules } = resolved({
    name: "shop",
    orchestrator: { startupTimeout: "60s", recoveryBackoff: "10s", throttleThreshold: 0.9 },
    modules: {
      database: {
        command: ["postgres", "-D", "data"],
        ready: { tcp: 5432 },
        liveness: { exec: ["pg_isready"], interval: "10s", timeout: "2s", threshold: 3 },
        stop: { signal: "SIGINT", timeout: "10s" },
        limits: { cpuPercent: 50, memory: "512MB", fileHandles: 1000, threads: 64 },
      },
      api: {
        entry: "./api/main.ts",
        run: "worker",
        dependsOn: { database: { condition: "healthy", whenDown: "pause" } },
        startupTimeout: "30s",
        restart: "always",
        recovery: {
          ladder: [
            { restart: { attempts: 3, backoff: "1s", backoffMax: "60s", window: "5m" } },
            { "restart-with-reset": { attempts: 1 } },
            { "degraded-mode": { level: "reduced" } },
            "manual",
          ],
        },
        config: { pageSize: 20 },
        env: { LOG_LEVEL: "info" },
        cwd: "./api",
      },
      migrate: { command: "npm run migrate", task: true },
    },
  });
  const [database, api, migrate] = modules;
  assert.equal(name, "shop");
  assert.equal(orchestrator.recoveryBackoffMs, 10_000);
  assert.deepEqual(database?.ready, {
    ask: { kind: "tcp", host: "127.0.0.1", port: 5432 },
    intervalMs: 1000,
    timeoutMs: 5000,
    threshold: 3,
    successThreshold: 1,
  });
  assert.deepEqual(database?.liveness?.ask, { kind: "exec", argv: ["pg_isready"] });
  assert.deepEqual(database?.stop, { signal: "SIGINT", timeoutMs: 10_000 });
  assert.equal(database?.limits.memoryBytes, 512_000_000);
  assert.equal(database?.bus, null);
  assert.deepEqual(api?.run, { kind: "entry", file: "/system/api/main.ts" });
  assert.equal(api?.runner, "worker");
  assert.equal(api?.cwd, "/system/api");
  assert.deepEqual(api?.dependsOn, [
    { on: "database", condition: "healthy", whenDown: "pause", whenDegraded: "ignore" },
  ]);
  assert.deepEqual(api?.ladder, [
    { kind: "restart", attempts: 3, backoffMs: 1000, backoffMaxMs: 60_000, windowMs: 300_000 },
    {
      kind: "restart-with-reset",
      attempts: 1,
      backoffMs: 10_000,
      backoffMaxMs: 60_000,
      windowMs: 300_000,
    },
    { kind: "degraded-mode", level: "reduced", returnAfterMs: 300_000 },
    { kind: "manual" },
  ]);
  assert.deepEqual(api?.bus?.publish, { allow: [">"], deny: [] });
  assert.deepEqual(migrate?.run, { kind: "shell", line: "npm run migrate" });
  assert.equal(migrate?.restart, "on-failure");
});

test("the seed's values are the defaults", () => {
  assert.deepEqual(resolved({ modules: { a: { command: ["sleep", 1] } } }).orchestrator, {
    startupTimeoutMs: 60_000,
    shutdownTimeoutMs: 30_000,
    moduleStartDelayMs: 0,
    parallelStartup: true,
    startConcurrency: 32,
    healthCheckIntervalMs: 30_000,
    healthCheckTimeoutMs: 5000,
    unhealthyThreshold: 3,
    autoRecovery: true,
    maxRecoveryAttempts: 3,
    recoveryBackoffMs: 10_000,
    recoveryConcurrency: 4,
    resourceCheckIntervalMs: 10_000,
    throttleThreshold: 0.9,
    onOrchestratorDeath: "survive",
  });
  const module = moduleOf({ command: ["sleep", 1] });
  assert.deepEqual(module, {
    id: "it",
    runner: "process",
    run: { kind: "command", argv: ["sleep", "1"] },
    task: false,
    required: true,
    instances: 1,
    dependsOn: [],
    cwd: "/system",
    env: {},
    user: null,
    umask: null,
    startupTimeoutMs: 30_000,
    stop: { signal: "SIGTERM", timeoutMs: 10_000 },
    ready: null,
    liveness: null,
    healthLimits: {},
    restart: "always",
    successExitCodes: [0],
    autoRecovery: true,
    ladder: [
      { kind: "restart", attempts: 3, backoffMs: 10_000, backoffMaxMs: 60_000, windowMs: 300_000 },
      { kind: "manual" },
    ],
    stableAfterMs: 60_000,
    limits: {},
    config: {},
    logs: { maxSizeBytes: 10_000_000, keep: 5 },
    bus: null,
    hub: false,
  });
});

test("a module with an entry answers for itself, at the system's interval", () => {
  const orchestrator = { healthCheckInterval: "7s", unhealthyThreshold: 2 } as const;
  const { ready, liveness, bus } = moduleOf({ entry: "api/main.ts" }, { orchestrator });
  const own = {
    ask: { kind: "module" },
    intervalMs: 7000,
    timeoutMs: 5000,
    threshold: 2,
    successThreshold: 1,
  };
  assert.deepEqual(ready, own);
  assert.deepEqual(liveness, own);
  assert.notEqual(bus, null);
  const silent = moduleOf({ entry: "api/main.ts", ready: false, liveness: false, bus: false });
  assert.deepEqual([silent.ready, silent.liveness, silent.bus], [null, null, null]);
});

test("every short form of a probe is understood", () => {
  const ask = (ready: NonNullable<ModuleConfig["ready"]>) =>
    moduleOf({ command: ["sleep", 1], ready }).ready?.ask;
  assert.deepEqual(ask({ tcp: "[::1]:80" }), { kind: "tcp", host: "::1", port: 80 });
  assert.deepEqual(ask({ tcp: { host: "db", port: 80 } }), { kind: "tcp", host: "db", port: 80 });
  assert.deepEqual(ask({ http: "http://a/" }), {
    kind: "http",
    url: "http://a/",
    status: [200, 399],
  });
  assert.deepEqual(ask({ http: { url: "http://a/", status: 204 } }), {
    kind: "http",
    url: "http://a/",
    status: [204, 204],
  });
  assert.deepEqual(ask({ exec: "sleep 1" }), { kind: "exec", argv: ["/bin/sh", "-c", "sleep 1"] });
  assert.deepEqual(ask({ log: "up \\d" }), { kind: "log", pattern: "up \\d" });
  assert.deepEqual(ask({ notifyFd: 3 }), { kind: "notify-fd", fd: 3 });
});

test("an edge to a task waits for it to complete unless it says otherwise", () => {
  const rest = { modules: { t: { command: ["sleep", 1], task: true } } };
  const edge = (dependsOn: NonNullable<ModuleConfig["dependsOn"]>) =>
    moduleOf({ command: ["sleep", 1], dependsOn }, rest).dependsOn[0]?.condition;
  assert.equal(edge(["t"]), "completed");
  assert.equal(edge({ t: { condition: "started" } }), "started");
});

test("a module alone with hub: true is Skelly's own hub", () => {
  const { run, bus, hub, ready } = moduleOf({ hub: true });
  assert.deepEqual(
    { run, bus, hub },
    { run: { kind: "entry", file: "skelly:hub" }, bus: null, hub: true },
  );
  assert.equal(ready?.ask.kind, "module");
});

test("a ladder of unlimited attempts has an ordinary window", () => {
  const [rung] = moduleOf({
    command: "sleep 1",
    recovery: { ladder: [{ restart: { attempts: "unlimited" } }] },
  }).ladder;
  assert.deepEqual(rung, {
    kind: "restart",
    attempts: Number.MAX_SAFE_INTEGER,
    backoffMs: 10_000,
    backoffMaxMs: 60_000,
    windowMs: 300_000,
  });
});

test("more attempts get a window in which they can all happen", () => {
  const [rung] = moduleOf(
    { command: ["sleep", 1] },
    { orchestrator: { maxRecoveryAttempts: 10 } },
  ).ladder;
  assert.deepEqual(rung, {
    kind: "restart",
    attempts: 10,
    backoffMs: 10_000,
    backoffMaxMs: 60_000,
    windowMs: 2 * (10 + 20 + 40 + 6 * 60) * 1000,
  });
  const none = moduleOf({ command: ["sleep", 1] }, { orchestrator: { maxRecoveryAttempts: 0 } });
  assert.deepEqual(none.ladder, [{ kind: "manual" }]);
});

test("a short system start is not outlived by a module's usual one", () => {
  const short = moduleOf({ command: ["sleep", 1] }, { orchestrator: { startupTimeout: "5s" } });
  assert.equal(short.startupTimeoutMs, 5000);
});

test("what an envFile holds stays a reference; env wins over it", () => {
  const { env } = moduleOf(
    {
      command: ["sleep", 1],
      envFile: ".env",
      env: { LOG_LEVEL: "info", PORT: 80, KEY: "file:./key" },
    },
    {},
    { machine: fakeMachine({ "/system/.env": "LOG_LEVEL=x\nTOKEN=s3cret", "/system/key": "" }) },
  );
  assert.deepEqual(env, {
    LOG_LEVEL: "info",
    TOKEN: "envfile:/system/.env#TOKEN",
    PORT: "80",
    KEY: "file:/system/key",
  });
});

test("a program may hold definitions and begin with no modules; the command may not", () => {
  const definition = { [Symbol.for("skelly.module-definition")]: true };
  const raw = { modules: { a: { definition } } };
  const embedded = resolveSystem(raw, { directory: "/system", machine: null, embedded: true });
  assert.equal(embedded.system?.modules[0]?.runner, "in-process");
  assert.equal(embedded.system?.orchestrator.onOrchestratorDeath, "stop-with-me");
  assert.deepEqual(
    resolveSystem({}, { directory: "/", machine: null, embedded: true }).problems,
    [],
  );
  const command = resolveSystem(raw, { directory: "/system", machine: null });
  assert.deepEqual(
    command.problems.map(({ code }) => code),
    ["definition-in-file"],
  );
});

test("in TypeScript the ids in dependsOn are those of the system's own modules", () => {
  const system = defineSystem({
    modules: {
      storage: { command: ["sleep", 1] },
      api: { command: ["sleep", 1], dependsOn: ["storage"] },
      page: { command: ["sleep", 1], dependsOn: { api: { whenDown: "pause" } } },
      // @ts-expect-error: 'storag' is no module of this system
      wrong: { command: ["sleep", 1], dependsOn: ["storag"] },
    },
  });
  const { problems } = resolveSystem(system, { directory: "/system", machine });
  assert.deepEqual(
    problems.map(({ path }) => path),
    ["modules.wrong.dependsOn[0]"],
  );
});
