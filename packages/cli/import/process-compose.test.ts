// process-compose.test.ts: what each key of a process-compose.yaml becomes.
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the formats' own variables
import assert from "node:assert/strict";
import { test } from "node:test";
import { moduleOf, notesOf, refusalOf, tryImport } from "./import.harness.ts";

const process_ = (lines: string, more = ""): string =>
  `${more}processes:\n  a:\n    command: sleep 9\n${lines.replace(/^/gm, "    ")}\n`;
const of = (lines: string, more = "") =>
  moduleOf({
    "process-compose.yaml": process_(lines, more),
    ".env": "FROM_FILE=1\n",
    "a.env": "",
    "dir/x": "",
  });

test("each key of a process becomes ours, with its numbers", () => {
  // biome-ignore format: a table is read by column
  const table: readonly (readonly [string, string, unknown])[] = [
    ["description: x", "restart", "never"],
    ["availability: { restart: always }", "recovery", { ladder: [{ restart: { attempts: "unlimited", backoff: "1s", backoffMax: "1s" } }] }],
    ["availability: { restart: on_failure, backoff_seconds: 3, max_restarts: 2 }", "recovery",
      { ladder: [{ restart: { attempts: 2, backoff: "3s", backoffMax: "3s" } }] }],
    ["availability: { restart: on_failure }", "restart", "on-failure"],
    ["availability: { restart: exit_on_failure }", "restart", "never"],
    ["shutdown: { signal: 2, timeout_seconds: 4, parent_only: true }", "stop", { signal: "SIGINT", timeout: "4s" }],
    ["replicas: 3", "instances", 3],
    ["disabled: true", "profiles", ["disabled"]],
    ["working_dir: ./dir", "cwd", "./dir"],
    ["working_dir: /", "cwd", "/"],
    ["env_file: a.env", "envFile", [".env", "a.env"]],
    ["description: x", "envFile", ".env"],
    ["environment: [A=1, 'B=$${x}']", "env", { A: "1", B: "${x}" }],
    ["environment: { A: 1, B: '${HOME}' }", "env", { A: "1", B: "env:HOME" }],
    ["environment: { A: '${FROM_FILE}' }", "command", 'export A="${FROM_FILE}"; sleep 9'],
    ["ready_log_line: 'up (1.0)'", "ready", { log: "up \\(1\\.0\\)" }],
  ];
  for (const [lines, key, value] of table) assert.deepEqual(of(lines)[key], value, lines);
});

test("probes: seconds, thresholds, defaults, and time to become ready", () => {
  const ready =
    "readiness_probe:\n  http_get: { host: localhost, path: /up, port: 81, status_code: 204 }";
  assert.deepEqual(of(`${ready}\n  initial_delay_seconds: 30\n  failure_threshold: 6`)["ready"], {
    http: { url: "http://localhost:81/up", status: 204 },
    interval: "10s",
    timeout: "1s",
    threshold: 6,
  });
  assert.equal(
    of(`${ready}\n  initial_delay_seconds: 30\n  failure_threshold: 6`)["startupTimeout"],
    "90s",
  );
  const live =
    "liveness_probe: { exec: { command: 'test -e x', working_dir: dir }, period_seconds: 2, success_threshold: 2 }";
  assert.deepEqual(of(live)["liveness"], {
    exec: "cd dir && test -e x",
    interval: "2s",
    timeout: "1s",
    threshold: 3,
    successThreshold: 2,
  });
});

test("commands: templates are filled in, bash gets what only bash knows, a shell of one's own is used", () => {
  const command = (line: string, more = ""): unknown =>
    moduleOf({ "process-compose.yaml": `${more}processes:\n  a: { command: '${line}' }\n` })[
      "command"
    ];
  assert.equal(command("echo {{.A}} $$B ${C}", "vars: { A: hi }\n"), "echo hi $B ${C}");
  assert.deepEqual(command("[[ 1 ]] && sleep 9"), ["bash", "-c", "[[ 1 ]] && sleep 9"]);
  assert.deepEqual(command("sleep 9", "shell: { shell_command: zsh, shell_argument: -c }\n"), [
    "zsh",
    "-c",
    "sleep 9",
  ]);
  const entry = "processes:\n  a: { entrypoint: [echo, 'a b', '${X}'] }\n";
  assert.equal(moduleOf({ "process-compose.yaml": entry })["command"], `exec echo 'a b' "\${X}"`);
});

test("replicas that ask which they are become modules of their own, for dependents too", () => {
  const { system } = tryImport({
    "process-compose.yaml":
      "processes:\n  w: { command: 'sleep 9 # ${PC_REPLICA_NUM}', replicas: 2 }\n  b: { command: sleep 9, depends_on: { w: {} } }\n",
  });
  assert.deepEqual(Object.keys(system.modules), ["w-0", "w-1", "b"]);
  assert.deepEqual(system.modules["w-1"]?.["env"], { PC_REPLICA_NUM: "1" });
  assert.deepEqual(system.modules["b"]?.["dependsOn"], {
    "w-0": { condition: "started" },
    "w-1": { condition: "started" },
  });
});

test("conditions, and tasks for those whose end is awaited", () => {
  const { system } = tryImport({
    "process-compose.yaml": `processes:
  done: { command: "true" }
  log: { command: sleep 9, ready_log_line: up }
  b:
    command: sleep 9
    depends_on:
      done: { condition: process_completed }
      log: { condition: process_log_ready }
  c: { command: sleep 9, depends_on: { done: { condition: process_completed_successfully }, b: { condition: process_healthy } } }
`,
  });
  assert.equal(system.modules["done"]?.["task"], true);
  assert.deepEqual(system.modules["b"]?.["dependsOn"], ["done", "log"]);
  assert.deepEqual(system.modules["c"]?.["dependsOn"], ["done", "b"]);
});

test("what has no place here is named, with its line", () => {
  const result = tryImport({
    "process-compose.yaml": process_(
      "namespace: x\nis_daemon: true\nshutdown: { command: stop it }\nodd: 1\navailability: { restart: exit_on_failure }",
      "is_strict: true\nenv_cmds: { A: date }\n",
    ),
  });
  assert.deepEqual(notesOf(result), [
    "a: is_daemon (process-compose.yaml:7)",
    "a: restart: exit_on_failure (process-compose.yaml:10)",
    "a: shutdown.command (stop it) (process-compose.yaml:8)",
    "a: namespace (process-compose.yaml:6)",
    "a: odd (process-compose.yaml:9)",
    "*: is_strict (process-compose.yaml:1)",
    "*: env_cmds (process-compose.yaml:2)",
  ]);
});

test("a file that makes no sense is refused with its place and exit code 78", () => {
  const table: readonly (readonly [string, RegExp])[] = [
    ["processes: {\n", /^78 process-compose\.yaml:\d+: /],
    ["processes: {}\n", /^78 process-compose\.yaml:1: it names no process/],
    ["processes:\n  a: { namespace: x }\n", /^78 process-compose\.yaml:2: 'a' has no command/],
    [process_("replicas: some"), /^78 process-compose\.yaml:4: 'replicas' must be a number/],
    [
      process_("depends_on: { a: { condition: tidy } }"),
      /^78 process-compose\.yaml:4: 'tidy' is no condition/,
    ],
    [
      process_("readiness_probe: { period_seconds: 1 }"),
      /^78 process-compose\.yaml:4: a probe needs/,
    ],
    [process_("shutdown: { signal: 99 }"), /^78 process-compose\.yaml:4: 'signal' must be/],
    [
      "processes:\n  a: { command: x, depends_on: { b: {} } }\n  b: { command: x, depends_on: { a: {} } }\n",
      /^78 .*makes no system/,
    ],
  ];
  for (const [text, refusal] of table)
    assert.match(refusalOf({ "process-compose.yaml": text }), refusal);
});
