// compose.test.ts: what each key of a Compose file becomes.
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the formats' own variables
import assert from "node:assert/strict";
import { test } from "node:test";
import { moduleOf, notesOf, refusalOf, tryImport } from "./import.harness.ts";

/** The lines of one service that sleeps. */
const service = (lines: string, more = ""): string =>
  `services:\n  a:\n    command: [sleep, "9"]\n${lines.replace(/^/gm, "    ")}\n${more}`;
const of = (lines: string) => moduleOf({ "compose.yaml": service(lines) });

test("each key of a service becomes ours, with its numbers", () => {
  // biome-ignore format: a table is read by column
  const table: readonly (readonly [string, string, unknown])[] = [
    ["restart: always", "restart", "always"],
    ["restart: unless-stopped", "restart", "always"],
    ["restart: on-failure:7", "recovery", { ladder: [{ restart: { attempts: 7, backoff: "100ms", backoffMax: "60s" } }] }],
    ["restart: on-failure:7", "stableAfter", "10s"],
    ["labels: {}", "restart", "never"],
    ["deploy: { restart_policy: { condition: on-failure, delay: 2s, max_attempts: 4 } }", "recovery",
      { ladder: [{ restart: { attempts: 4, backoff: "2s", backoffMax: "2s" } }] }],
    ["stop_signal: SIGUSR1", "stop", { signal: "SIGUSR1" }],
    ["stop_signal: 3\nstop_grace_period: 1m30s", "stop", { signal: "SIGQUIT", timeout: "90s" }],
    ["mem_limit: 64m\ncpus: 0.25", "limits", { cpuPercent: 25, memory: "64MiB" }],
    ["deploy: { resources: { limits: { cpus: '1.5', memory: 1G, pids: 9 } } }", "limits", { cpuPercent: 150, memory: "1GiB", threads: 9 }],
    ["ulimits: { nofile: 100 }", "limits", { fileHandles: 100 }],
    ["scale: 3", "instances", 3],
    ["deploy: { replicas: 2 }", "instances", 2],
    ["profiles: [dev]", "profiles", ["dev"]],
    ["user: '1000'", "user", 1000],
    ["user: root", "user", "root"],
    ["environment: [A=1, B=x=y, HOME]", "env", { A: "1", B: "x=y" }],
    ["environment: { A: 1, B: true, C: 'env:X', D: '$$5' }", "env", { A: "1", B: "true", C: "literal:env:X", D: "$5" }],
    ["environment: { A: '${SECRET}', SECRET: '${SECRET}' }", "env", { A: "env:SECRET" }],
    ["entrypoint: sh -c 'exec \"$$0\"'", "command", ["sh", "-c", 'exec "$0"', "sleep", "9"]],
    ["entrypoint: [echo, '${A:-b c}']", "command", 'exec echo "${A:-b c}" sleep 9'],
    ["environment: { A: 'x$$ ${B}' }", "command", 'export A="x\\$ ${B}"; exec sleep 9'],
  ];
  for (const [lines, key, value] of table) assert.deepEqual(of(lines)[key], value, lines);
});

test("a healthcheck is readiness: its retries are the threshold, its start_period gives time", () => {
  const { ready, startupTimeout } = of(
    "healthcheck: { test: [CMD, test, -e, x], interval: 5s, timeout: 2s, retries: 4, start_period: 40s, start_interval: 1s }",
  );
  assert.deepEqual(ready, {
    exec: ["test", "-e", "x"],
    interval: "5s",
    timeout: "2s",
    threshold: 4,
  });
  assert.equal(startupTimeout, "1m");
  assert.deepEqual(of("healthcheck: { test: 'exit 0' }")["ready"], {
    exec: "exit 0",
    interval: "30s",
    timeout: "30s",
    threshold: 3,
  });
  for (const none of ["{ disable: true, test: exit 1 }", "{ test: [NONE] }"]) {
    assert.equal(of(`healthcheck: ${none}`)["ready"], undefined);
  }
});

test("depends_on: conditions, tasks, restart, and what is not imported", () => {
  const run = "command: [sleep, '9']";
  const result = tryImport({
    "compose.yaml": `services:
  image-only: { image: postgres }
  done: { ${run}, restart: always, healthcheck: { test: exit 0 } }
  well: { ${run}, depends_on: [done] }
  all:
    ${run}
    depends_on:
      done: { condition: service_completed_successfully }
      well: { condition: service_healthy, restart: true }
      image-only: { condition: service_started }
      debug: { condition: service_started }
  debug: { ${run}, profiles: [debug] }
`,
  });
  const { modules } = result.system;
  assert.deepEqual(modules["done"], {
    command: ["sleep", "9"],
    task: true,
    restart: "on-failure",
    stableAfter: "10s",
    recovery: {
      ladder: [{ restart: { attempts: "unlimited", backoff: "100ms", backoffMax: "60s" } }],
    },
  });
  assert.deepEqual(modules["well"]?.["dependsOn"], { done: { condition: "started" } });
  assert.deepEqual(modules["my-all"]?.["dependsOn"], { done: {}, well: { whenDown: "restart" } });
  assert.deepEqual(notesOf(result), [
    "*: the service 'image-only' (compose.yaml:2)",
    "done: its ready probe (compose.yaml:3)",
    "done: a restart after every end (compose.yaml:3)",
    "my-all: its dependency on 'image-only', which is not imported (compose.yaml:10)",
    "my-all: its dependency on 'debug' (compose.yaml:11)",
  ]);
  assert.match(result.text, /# 'image-only' in compose.yaml:2 is not imported\. It runs the image/);
});

test("arguments for an entrypoint that is in the image are no command", () => {
  const result = tryImport({
    "compose.yaml":
      "services:\n  a: { image: x, command: [--port, '1'] }\n  b: { command: sleep 9, depends_on: [a] }\n",
  });
  assert.deepEqual(result.modules, ["b"]);
  assert.match(
    result.text,
    /'a' in compose\.yaml:2 is not imported\. Its command is only arguments/,
  );
});

test("nothing is dropped in silence: what is of containers is named with its line", () => {
  const result = tryImport({
    "compose.yaml": service(
      "volumes: [.:/app]\nports: ['80:80']\nworking_dir: /no/such\nfoo: 1\ndeploy: { mode: global }",
      "networks: {}\nx-own: 1\nversion: '3'\n",
    ),
  });
  assert.deepEqual(notesOf(result), [
    "a: working_dir: /no/such, a folder of the container (compose.yaml:6)",
    "a: deploy.mode (compose.yaml:8)",
    "a: volumes (compose.yaml:4)",
    "a: ports (compose.yaml:5)",
    "a: foo (compose.yaml:7)",
    "*: networks (compose.yaml:9)",
  ]);
  for (const { instead } of result.notCarried) assert.match(instead, /\w.*\.$/);
});

test("the folder a service is built from is where it runs; .env goes with those who use it", () => {
  const files = {
    "compose.yaml":
      "services:\n  a: { build: ./api, command: [sleep, '9'], environment: { URL: '${HOST}:1' }, env_file: [{ path: more.env }, { path: no.env, required: false }] }\n",
    "api/x": "",
    ".env": "HOST=h\n",
    "more.env": "A=1\n",
  };
  const module = moduleOf(files);
  assert.equal(module["cwd"], "./api");
  assert.deepEqual(module["envFile"], [".env", "more.env"]);
  assert.equal(module["command"], 'export URL="${HOST}:1"; exec sleep 9');
});

test("an override beside it is named, not laid over", () => {
  const files = {
    "compose.yaml": service("restart: always"),
    "compose.override.yaml": "services: {}",
  };
  assert.deepEqual(notesOf(tryImport(files)), ["*: what is laid over it (compose.override.yaml)"]);
});

test("a file that makes no sense is refused with its place and exit code 78", () => {
  const table: readonly (readonly [string, RegExp])[] = [
    ["services:\n  a: [\n", /^78 compose\.yaml:\d+: /],
    ["services: 5\n", /^78 compose\.yaml:1: 'services' must be a group of keys, but is 5/],
    ["name: x\n", /^78 compose\.yaml.*names no service/],
    [service("restart: sometimes"), /^78 compose\.yaml:4: 'restart' must be .* "sometimes"/],
    [service("healthcheck:\n  test: exit 0\n  interval: soon"), /^78 compose\.yaml:6: 'interval'/],
    [service("mem_limit: lots"), /^78 compose\.yaml:4: 'mem_limit' must be a size/],
    [service("depends_on: { a: { condition: tidy } }"), /^78 compose\.yaml:4: 'condition' must be/],
    [service("depends_on: [a]"), /^78 compose\.yaml makes no system/],
    ["services:\n  a:\n    command: sleep '9\n", /^78 compose\.yaml:3: a quote is never closed/],
  ];
  for (const [text, refusal] of table) assert.match(refusalOf({ "compose.yaml": text }), refusal);
});
