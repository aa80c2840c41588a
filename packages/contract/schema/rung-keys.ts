// rung-keys.ts: the keys of one rung of the recovery ladder.
import type { Key } from "./shape.ts";
import * as is from "./shape.ts";

export const RESTART_KEYS = {
  attempts: {
    shape: is.either(is.whole(1, Number.MAX_SAFE_INTEGER), is.choice("unlimited")),
    description:
      "How often it is tried inside the window; `unlimited`, or more than 1000: it never escalates.",
    default: "the system's `maxRecoveryAttempts`; 1 with reset",
    defaultIsProse: true,
    example: 3,
  },
  backoff: {
    shape: is.duration(),
    description: "The delay before the second attempt; it doubles. The first is at once.",
    default: "the system's `recoveryBackoff`",
    defaultIsProse: true,
    example: "1s",
  },
  backoffMax: { shape: is.duration(), description: "The longest delay.", default: "60s" },
  window: {
    shape: is.duration(1),
    description: "The time in which attempts are counted.",
    default: "5m, or twice the sum of the delays if that is longer",
    defaultIsProse: true,
    example: "5m",
  },
} satisfies Record<string, Key>;

export const DEGRADED_KEYS = {
  level: {
    shape: is.text({ says: "the name of a level" }),
    description: "One of the levels that the module declares.",
    example: "reduced",
    needed: true,
  },
  returnAfter: {
    shape: is.duration(1),
    description: "After this long without failure it goes back to full.",
    default: "5m",
  },
} satisfies Record<string, Key>;

export const SYSTEM_RESTART_KEYS = {
  attempts: { shape: is.whole(1, 100), description: "How often inside the window.", default: 1 },
  window: {
    shape: is.duration(1),
    description: "The time in which attempts count.",
    default: "1h",
  },
} satisfies Record<string, Key>;

const RESTART = is.object("restart", RESTART_KEYS, {
  aliases: { max: "attempts", retries: "attempts", delay: "backoff" },
});

export const RUNG_KEYS = {
  restart: { shape: RESTART, description: "Start it again.", example: { attempts: 3 } },
  "restart-with-reset": {
    shape: RESTART,
    description: "Start it again with its state forgotten (`reset`).",
    example: { attempts: 1 },
  },
  "degraded-mode": {
    shape: is.object("degraded mode", DEGRADED_KEYS),
    description: "Start it at a lower level.",
    example: { level: "reduced" },
  },
  "system-restart": {
    shape: is.object("system restart", SYSTEM_RESTART_KEYS),
    description: "Stop and start the whole system.",
    example: { attempts: 1 },
  },
  manual: { shape: is.exactly(true), description: "Wait for `skelly recover`.", example: true },
} satisfies Record<string, Key>;
