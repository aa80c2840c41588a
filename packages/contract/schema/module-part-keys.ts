// module-part-keys.ts: the keys of the groups inside one module: edges, stop, limits, logs, bus,
// recovery.
import { RUNG_KEYS } from "./rung-keys.ts";
import type { Key } from "./shape.ts";
import * as is from "./shape.ts";
import { isSignal, SIGNALS } from "./signals.ts";

const REACTION = is.choice("wait", "pause", "degrade", "restart", "stop", "ignore");

export const EDGE_KEYS = {
  condition: {
    shape: is.choice("started", "healthy", "completed"),
    description: "What must hold before this module starts.",
    default: "`healthy`; `completed` for a task",
    defaultIsProse: true,
    example: "healthy",
  },
  whenDown: {
    shape: REACTION,
    description: "What this module does when the dependency goes down while both run.",
    default: "wait",
  },
  whenDegraded: {
    // No `restart`: a dependency that degrades is no other life to start again for.
    shape: is.choice("wait", "pause", "degrade", "stop", "ignore"),
    description: "What this module does while the dependency is degraded.",
    default: "ignore",
  },
} satisfies Record<string, Key>;

export const STOP_KEYS = {
  signal: {
    shape: is.text({
      says: "a signal",
      accepts: isSignal,
      among: SIGNALS,
    }),
    description: "The signal that asks the module to end.",
    default: "SIGTERM",
    example: "SIGINT",
  },
  timeout: {
    shape: is.duration(),
    description: "How long it may take to end before it is killed.",
    default: "10s",
  },
} satisfies Record<string, Key>;

export const LIMITS_KEYS = {
  cpuPercent: {
    shape: is.number(1, 102_400, "percent of one core"),
    description:
      "Percent of one core; 250 is two and a half. Never a failure: the module is slowed, by the kernel's " +
      "control groups where they may be written, else by requests, priority and pauses.",
    default: "no limit",
    defaultIsProse: true,
    example: 50,
  },
  memory: {
    shape: is.size,
    description:
      "Memory of its whole process tree. Where control groups may be written the kernel ends who passes " +
      "it; elsewhere readings are watched, and it is asked to do less before it fails.",
    default: "no limit",
    defaultIsProse: true,
    example: "512MB",
  },
  fileHandles: {
    shape: is.whole(1, 10_000_000),
    description: "Open file handles: of each process by the kernel, of the whole tree by readings.",
    default: "no limit",
    defaultIsProse: true,
    example: 1000,
  },
  threads: {
    shape: is.whole(1, 1_000_000),
    description:
      "Processes and threads of its whole tree. Where control groups may be written no more can be made.",
    default: "no limit",
    defaultIsProse: true,
    example: 64,
  },
} satisfies Record<string, Key>;

export const LOGS_KEYS = {
  maxSize: {
    shape: is.size,
    description: "Size at which a log file is put aside and a new one begun.",
    default: "10MB",
  },
  keep: {
    shape: is.whole(0, 1000),
    description: "How many files put aside are kept.",
    default: 5,
  },
} satisfies Record<string, Key>;

const SUBJECTS = is.list(
  is.text({
    says: 'a subject such as "capture.raw", "capture.*" or "skelly.>"',
    pattern: "^[^\\s.]+(\\.[^\\s.]+)*$",
  }),
);
export const SUBJECT_RULE_KEYS = {
  allow: {
    shape: SUBJECTS,
    description: "Subjects that it may use; `*` is one token, `>` the rest.",
    default: [">"],
  },
  deny: { shape: SUBJECTS, description: "Subjects that it may not use.", default: [] },
} satisfies Record<string, Key>;
const SUBJECT_RULE = is.either(SUBJECTS, is.object("subject rule", SUBJECT_RULE_KEYS));

export const BUS_KEYS = {
  publish: { shape: SUBJECT_RULE, description: "What it may publish.", default: [">"] },
  subscribe: { shape: SUBJECT_RULE, description: "What it may subscribe to.", default: [">"] },
} satisfies Record<string, Key>;

export const NUMBER_LIMIT_KEYS = {
  warn: {
    shape: is.number(-Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER),
    description: "Above this the module is degraded.",
    example: 100,
  },
  fail: {
    shape: is.number(-Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER),
    description: "Above this the module is unhealthy.",
    example: 1000,
  },
} satisfies Record<string, Key>;

export const RECOVERY_KEYS = {
  ladder: {
    shape: is.list(
      is.either(
        is.choice("restart", "restart-with-reset", "system-restart", "manual"),
        is.object("rung", RUNG_KEYS, { exactlyOne: Object.keys(RUNG_KEYS) }),
      ),
      1,
    ),
    description:
      "What is tried when the module fails, in order. " +
      "It ends in `manual` also where that is not written.",
    default: "restart (`maxRecoveryAttempts`, `recoveryBackoff`), then manual",
    defaultIsProse: true,
    example: [{ restart: { attempts: 3, backoff: "1s" } }, "manual"],
  },
} satisfies Record<string, Key>;
