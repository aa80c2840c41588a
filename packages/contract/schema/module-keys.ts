// module-keys.ts: every key of one module in the configuration file: what it is, its default, an
// example.
import { MODULE_ID } from "../ids.ts";
import {
  BUS_KEYS,
  EDGE_KEYS,
  LIMITS_KEYS,
  LOGS_KEYS,
  NUMBER_LIMIT_KEYS,
  RECOVERY_KEYS,
  STOP_KEYS,
} from "./module-part-keys.ts";
import { PROBE_KEYS, READY_KEYS } from "./probe-keys.ts";
import type { Key, KeyRule, Shape } from "./shape.ts";
import * as is from "./shape.ts";

const NOT_BUILT = "leave it out; it is recognised so that it is never silently ignored";

export const MODULE_ID_RULE: KeyRule = {
  noun: "module id",
  pattern: MODULE_ID,
  says:
    "lower-case letters, digits, '-', '_' and '.', at most 64, " +
    "beginning with a letter or digit",
  repaired: (key) =>
    key
      .replace(/([a-z0-9])([A-Z])/g, "$1-$2")
      .toLowerCase()
      .replace(/[^a-z0-9._-]+/g, "-")
      .replace(/^[^a-z0-9]+|[-._]+$/g, "")
      .slice(0, 64),
};

const FILE: Shape = is.text({ says: "a path" });

export const MODULE_KEYS = {
  command: {
    shape: is.either(is.text({ says: "a command" }), is.words),
    description: "The program: a list of words, or text that the shell runs.",
    example: ["python3", "capture.py"],
  },
  entry: {
    shape: FILE,
    description: "A file whose default export is a `defineModule(...)`, relative to this file.",
    example: "./api/main.ts",
  },
  definition: {
    shape: {
      kind: "held",
      says: "what defineModule() returns",
      accepts: (value) =>
        typeof value === "object" &&
        value !== null &&
        Symbol.for("skelly.module-definition") in value,
    },
    description: "A `defineModule(...)` held by the program that embeds the library (in-process).",
  },
  run: {
    shape: is.choice("process", "worker", "in-process"),
    description: "How it is brought to life; `worker` and `in-process` need an `entry`.",
    default: "process",
  },
  task: {
    shape: is.flag,
    description: "It runs to completion; others wait for `condition: completed`.",
    default: false,
  },
  required: {
    shape: is.flag,
    description: "Its failure is the system's failure; an optional one leaves the system degraded.",
    default: true,
  },
  instances: { shape: is.whole(1, 1000), description: "How many replicas run.", default: 1 },
  profiles: {
    shape: is.list(is.text({ says: "a profile's name" })),
    description: "It takes part only when one of these profiles is chosen; none: always.",
    default: [],
    example: ["dev"],
  },
  dependsOn: {
    shape: is.either(
      is.list(is.text({ says: "a module's id" })),
      is.map(is.object("edge", EDGE_KEYS, { aliases: { when: "condition" } })),
    ),
    description: "The modules it needs: a list of ids, or ids with conditions.",
    default: [],
    example: ["storage"],
  },
  cwd: {
    shape: FILE,
    description: "Its working directory, relative to this file.",
    default: "the directory of this file",
    defaultIsProse: true,
    example: "./api",
  },
  env: {
    shape: is.map(
      is.either(
        is.text({ accepts: () => true }),
        is.number(-Number.MAX_VALUE, Number.MAX_VALUE),
        is.flag,
      ),
      {
        noun: "environment name",
        pattern: /^[A-Za-z_][A-Za-z0-9_.-]*$/,
        says: "letters, digits and '_', not beginning with a digit",
        repaired: (key) => key.replace(/[^A-Za-z0-9_]+/g, "_").replace(/^(\d)/, "_$1"),
      },
    ),
    description:
      "Added to its environment. `env:NAME` and `file:PATH` are references to secrets, read when " +
      "it starts; `literal:` before a value keeps it as it is.",
    default: {},
    example: { LOG_LEVEL: "info", API_KEY: "env:SHOP_API_KEY" },
  },
  envFile: {
    shape: is.either(FILE, is.list(FILE)),
    description: "Files of `KEY=VALUE` lines, read when it starts; `env` wins over them.",
    example: ".env",
  },
  user: {
    shape: is.either(is.text({ says: "a user's name" }), is.whole(0, 2 ** 32 - 2, "a user id")),
    description: "Run it as this user; needs root.",
    default: "the orchestrator's",
    defaultIsProse: true,
    example: "nobody",
  },
  umask: {
    shape: is.text({ says: 'octal digits in quotes such as "022"', pattern: "^0?[0-7]{3}$" }),
    description: "Its file mode creation mask, octal, in quotes.",
    default: "the orchestrator's",
    defaultIsProse: true,
    example: "022",
  },
  startupTimeout: {
    shape: is.duration(1),
    description: "How long it may take to become ready.",
    default: "30s, or the system's if that is shorter",
    defaultIsProse: true,
    example: "30s",
  },
  stop: {
    shape: is.object("stop", STOP_KEYS),
    description: "How it is stopped.",
    default: { signal: "SIGTERM", timeout: "10s" },
  },
  ready: {
    shape: is.either(
      is.exactly(false),
      is.object("ready probe", READY_KEYS, {
        exactlyOne: ["http", "tcp", "exec", "log", "notifyFd"],
        refused: { notify: "use notifyFd: 3; a newline on that file descriptor says 'ready'" },
        aliases: { command: "exec", url: "http", port: "tcp", period: "interval" },
      }),
    ),
    description: "How it is known that dependents may start; `false`: as soon as it runs.",
    default: "the module itself for `entry`, nothing for commands",
    defaultIsProse: true,
    example: { tcp: 5432 },
  },
  liveness: {
    shape: is.either(
      is.exactly(false),
      is.object("liveness probe", PROBE_KEYS, {
        exactlyOne: ["http", "tcp", "exec"],
        aliases: { command: "exec", url: "http", port: "tcp", period: "interval" },
      }),
    ),
    description: "How it is known that it still does its work; `false`: nothing asks.",
    default: "the module itself for `entry`, nothing for commands",
    defaultIsProse: true,
    example: { exec: ["pg_isready"], interval: "10s", timeout: "2s", threshold: 3 },
  },
  healthLimits: {
    shape: is.map(is.object("number limit", NUMBER_LIMIT_KEYS)),
    description: "Limits of the numbers that its health reports, by name.",
    default: {},
    example: { queueDepth: { warn: 100, fail: 1000 } },
  },
  restart: {
    shape: is.choice("always", "on-failure", "never"),
    description: "Which ends count as failures; a service's exit 0 does under `always`.",
    default: "`always`; `on-failure` for a task",
    defaultIsProse: true,
    example: "always",
  },
  successExitCodes: {
    shape: is.list(is.whole(0, 255, "an exit code")),
    description: "Exit codes that mean success.",
    default: [0],
  },
  autoRecovery: {
    shape: is.flag,
    description: "Whether its failures are recovered from without being asked.",
    default: "the system's",
    defaultIsProse: true,
    example: true,
  },
  recovery: {
    shape: is.object("recovery", RECOVERY_KEYS),
    description: "What is done about its failures.",
  },
  stableAfter: {
    shape: is.duration(),
    description: "A run this long forgives earlier failures.",
    default: "60s",
  },
  limits: {
    shape: is.object("limits", LIMITS_KEYS, {
      aliases: { cpu: "cpuPercent", mem: "memory", files: "fileHandles", ram: "memory" },
    }),
    description: "What it may use.",
    default: {},
  },
  config: {
    shape: is.data,
    description: "Its own configuration; `env:NAME` and `file:PATH` are references to secrets.",
    default: {},
    example: { pageSize: 20 },
  },
  logs: {
    shape: is.object("logs", LOGS_KEYS),
    description: "How its log is kept.",
    default: { maxSize: "10MB", keep: 5 },
  },
  bus: {
    shape: is.either(is.flag, is.object("bus permissions", BUS_KEYS)),
    description: "Whether it joins the event bus, and what it may publish and subscribe to.",
    default: "`true` for `entry` modules, `false` for commands",
    defaultIsProse: true,
    example: { publish: ["capture.>"], subscribe: ["capture.*"] },
  },
  hub: {
    shape: is.flag,
    description: "This module is the system's event bus; alone, it runs Skelly's own hub.",
    default: false,
  },
} satisfies Record<string, Key>;

export const MODULE_SHAPE = is.object("module", MODULE_KEYS, {
  refused: { watch: NOT_BUILT, schedule: NOT_BUILT, pty: NOT_BUILT, reload: NOT_BUILT },
  aliases: {
    cmd: "command",
    script: "command",
    exec: "command",
    environment: "env",
    healthcheck: "liveness",
    healthCheck: "liveness",
    readiness: "ready",
    readinessProbe: "ready",
    replicas: "instances",
    workingDir: "cwd",
    shutdownTimeout: "stop.timeout",
    stopTimeout: "stop.timeout",
    stopSignal: "stop.signal",
    logRotate: "logs",
    needs: "dependsOn",
    requires: "dependsOn",
  },
});
