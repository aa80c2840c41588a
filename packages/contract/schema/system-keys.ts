// system-keys.ts: every key of the configuration file above its modules.
import { MODULE_ID_RULE, MODULE_SHAPE } from "./module-keys.ts";
import type { Key } from "./shape.ts";
import * as is from "./shape.ts";

export const ORCHESTRATOR_KEYS = {
  startupTimeout: {
    shape: is.duration(1),
    description: "How long the whole system may take to start.",
    default: "60s",
  },
  shutdownTimeout: {
    shape: is.duration(1),
    description: "How long the whole system may take to stop; then everything is killed.",
    default: "30s",
  },
  moduleStartDelay: {
    shape: is.duration(),
    description: "Pause between the start of one module and the next.",
    default: "0s",
  },
  parallelStartup: {
    shape: is.flag,
    description: "Modules whose dependencies are met start together; false: one after the other.",
    default: true,
  },
  startConcurrency: {
    shape: is.whole(1, 10_000),
    description: "How many modules may be starting at once.",
    default: 32,
  },
  healthCheckInterval: {
    shape: is.duration(10),
    description: "Time from one health check of a module to the next.",
    default: "30s",
  },
  healthCheckTimeout: {
    shape: is.duration(1),
    description: "How long the answer to a health check may take.",
    default: "5s",
  },
  unhealthyThreshold: {
    shape: is.whole(1, 1000),
    description: "Failed checks in a row that make a module unhealthy.",
    default: 3,
  },
  autoRecovery: {
    shape: is.flag,
    description: "Whether failures are recovered from without being asked.",
    default: true,
  },
  maxRecoveryAttempts: {
    shape: is.whole(0, 100),
    description: "Restarts before giving up.",
    default: 3,
  },
  recoveryBackoff: {
    shape: is.duration(),
    description: "The delay before the second restart; it doubles. The first is at once.",
    default: "10s",
  },
  recoveryConcurrency: {
    shape: is.whole(1, 1000),
    description: "How many recoveries may run at once.",
    default: 4,
  },
  resourceCheckInterval: {
    shape: is.duration(100),
    description: "Time from one reading of what modules use to the next.",
    default: "10s",
  },
  throttleThreshold: {
    shape: is.number(0.01, 1),
    description: "Share of a limit at which a module is warned and slowed.",
    default: 0.9,
  },
  onOrchestratorDeath: {
    shape: is.choice("survive", "stop-with-me"),
    description: "What the modules do when the orchestrator dies.",
    default: "`survive` under the command, `stop-with-me` in the library",
    defaultIsProse: true,
    example: "survive",
  },
} satisfies Record<string, Key>;

export const SYSTEM_BUS_KEYS = {
  port: {
    shape: is.whole(1, 65_535, "a port"),
    description: "The port of the event bus on 127.0.0.1.",
    default: "any free one",
    defaultIsProse: true,
    example: 4222,
  },
} satisfies Record<string, Key>;

const ORCHESTRATOR = is.object("orchestrator", ORCHESTRATOR_KEYS, {
  aliases: { healthInterval: "healthCheckInterval", retries: "maxRecoveryAttempts" },
});
const SYSTEM_BUS = is.object("bus", SYSTEM_BUS_KEYS);
const MODULES = is.map(MODULE_SHAPE, MODULE_ID_RULE);

export const PROFILE_KEYS = {
  orchestrator: { shape: ORCHESTRATOR, description: "Laid over the system's `orchestrator`." },
  bus: { shape: SYSTEM_BUS, description: "Laid over the system's `bus`." },
  modules: { shape: MODULES, description: "Laid over the system's `modules`, key by key." },
} satisfies Record<string, Key>;

export const SYSTEM_KEYS = {
  $schema: {
    shape: is.text({ says: "a path or URL of the JSON Schema" }),
    description: "The JSON Schema of this file, for editors.",
    example: "./node_modules/skelly-jelly/skelly.schema.json",
  },
  name: {
    shape: is.text({
      says: "a name of letters, digits, '-', '_' and '.', at most 64",
      pattern: "^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$",
    }),
    description: "The system's name.",
    default: "the name of the file's directory",
    defaultIsProse: true,
    example: "shop",
  },
  orchestrator: { shape: ORCHESTRATOR, description: "Policies over all modules.", default: {} },
  bus: { shape: SYSTEM_BUS, description: "The event bus.", default: {} },
  modules: {
    shape: MODULES,
    description: "The modules by id.",
    example: { api: { command: ["node", "api.js"] } },
  },
  profiles: {
    shape: is.map(is.object("profile", PROFILE_KEYS)),
    description: "Changes that are laid over the file when a profile is chosen (`--profile dev`).",
    default: {},
    example: { dev: { modules: { api: { env: { LOG_LEVEL: "debug" } } } } },
  },
} satisfies Record<string, Key>;

export const SYSTEM_SHAPE = is.object("system", SYSTEM_KEYS, {
  extensible: true,
  aliases: {
    services: "modules",
    processes: "modules",
    apps: "modules",
    ...Object.fromEntries(
      Object.keys(ORCHESTRATOR_KEYS).map((key) => [key, `orchestrator.${key}`]),
    ),
  },
});
