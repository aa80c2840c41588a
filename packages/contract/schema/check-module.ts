// check-module.ts: what can be wrong with one module when each of its keys is right by itself.
import type { OrchestratorSettings } from "../descriptor.ts";
import { RESERVED_PREFIX } from "../ids.ts";
import { durationMs } from "../units.ts";
import { MODULE_SHAPE } from "./module-keys.ts";
import { nearest } from "./nearest.ts";
import type { Finding, Path } from "./problem.ts";
import { WAYS } from "./profile.ts";
import { longestDelaysMs, resolveLadder, UNLIMITED_ATTEMPTS } from "./resolve-ladder.ts";
import type { Duration, ModuleConfig, RungConfig } from "./system-config.ts";

type Report = (finding: Finding) => void;

export type ModuleCheck = {
  readonly id: string;
  readonly module: ModuleConfig;
  readonly settings: OrchestratorSettings;
  /** True when a program embeds the library; then it may hold definitions. */
  readonly embedded: boolean;
  /** The keys as written, also those that are unknown or whose value is wrong. */
  readonly keys: readonly string[];
  readonly report: Report;
};

/** It means "every module" in commands and subjects. */
const RESERVED_IDS: ReadonlySet<string> = new Set(["all"]);

export function checkModule(check: ModuleCheck): void {
  const { id, report } = check;
  if (id.startsWith(RESERVED_PREFIX) || RESERVED_IDS.has(id)) {
    report({
      code: "reserved-id",
      path: ["modules", id],
      at: "key",
      message: `the id '${id}' is kept for Skelly itself`,
      suggestion: `for example 'my-${id.replace(RESERVED_PREFIX, "")}'`,
    });
  }
  checkRun(check);
  checkTask(check);
  checkTimes(check);
  checkLadder(check);
  checkNumbers(check);
}

function checkRun({ id, module, keys, embedded, report }: ModuleCheck): void {
  const path = ["modules", id];
  const ways = WAYS.filter((way) => keys.includes(way));
  const inOurProgram = module.run === "worker" || module.run === "in-process";
  // A mistyped `comand` has been reported; that nothing runs is not a second mistake.
  const meant = keys.some((key) => nearest(key, WAYS) !== null || key in MODULE_SHAPE.aliases);
  if (ways.length === 0 && module.hub !== true && !meant) {
    report({
      code: "nothing-to-run",
      path,
      at: "key",
      message: `'${id}' has nothing to run`,
      suggestion: 'write command: ["program", "argument"] or entry: ./main.ts',
    });
  }
  if (ways.length > 1) {
    report({
      code: "too-many",
      path: [...path, ways[1] ?? ""],
      at: "key",
      message: `'${id}' has both '${ways[0]}' and '${ways[1]}'`,
      suggestion: "keep one",
    });
  }
  if (inOurProgram && module.command !== undefined) {
    report({
      code: "run-needs-entry",
      path: [...path, "run"],
      message: `'${id}' is to run as '${module.run}', but has a command: only a process can`,
      suggestion: "write run: process, or entry: ./main.ts in place of the command",
    });
  }
  if (module.definition !== undefined && !embedded) {
    report({
      code: "definition-in-file",
      path: [...path, "definition"],
      message: `'${id}' holds a definition, but the command runs modules in processes of their own`,
      suggestion: "put it in a file as its default export and write entry: ./that-file.ts",
    });
  }
  if (module.definition !== undefined && (module.run === "process" || module.run === "worker")) {
    report({
      code: "run-needs-entry",
      path: [...path, "run"],
      message: `'${id}' holds a definition, which can only run in-process`,
      suggestion: "write run: in-process, or entry: in place of definition:",
    });
  }
  if (inOurProgram) {
    for (const key of ["user", "umask"] as const) {
      if (module[key] === undefined) continue;
      report({
        code: "process-only",
        path: [...path, key],
        at: "key",
        message: `'${key}' needs a process of its own, but '${id}' is to run as '${module.run}'`,
        suggestion: `write run: process, or remove '${key}'`,
      });
    }
    for (const key of ["fileHandles", "threads"] as const) {
      if (module.limits?.[key] === undefined) continue;
      report({
        severity: "warning",
        code: "not-measured",
        path: [...path, "limits", key],
        at: "key",
        message: `limits.${key} of '${id}' cannot be measured: a ${module.run} has none of its own`,
        suggestion: "write run: process to have it enforced",
      });
    }
    if (module.ready !== undefined && module.ready !== false && "notifyFd" in module.ready) {
      report({
        code: "process-only",
        path: [...path, "ready", "notifyFd"],
        at: "key",
        message: `'notifyFd' needs a process of its own, but '${id}' is to run as '${module.run}'`,
        suggestion: "leave 'ready' out: an entry says itself when it is ready",
      });
    }
  }
  if (module.hub === true && (module.run === "worker" || module.run === "in-process")) {
    report({
      code: "hub-in-process",
      path: [...path, "run"],
      message: `the hub '${id}' must have a process of its own, so that a flood slows nobody else`,
      suggestion: "write run: process",
    });
  }
}

function checkTask({ id, module, report }: ModuleCheck): void {
  if (module.task !== true) return;
  const path = ["modules", id];
  if (module.liveness !== undefined && module.liveness !== false) {
    report({
      code: "task-with-liveness",
      path: [...path, "liveness"],
      at: "key",
      message: `'${id}' is a task: it ends, so nothing can ask whether it is alive`,
      suggestion: "remove 'liveness' or 'task'",
    });
  }
  if (module.ready !== undefined && module.ready !== false) {
    report({
      code: "task-with-ready",
      path: [...path, "ready"],
      at: "key",
      message: `'${id}' is a task: it is done when it has ended, and never ready`,
      suggestion: "remove 'ready' or 'task'",
    });
  }
  if (module.restart === "always") {
    report({
      code: "task-restarts-always",
      path: [...path, "restart"],
      message: `'${id}' is a task, but restart: always would run it for ever`,
      suggestion: "write restart: on-failure",
    });
  }
  if (module.hub === true) {
    report({
      code: "hub-task",
      path: [...path, "task"],
      message: `'${id}' is the event bus's hub and so cannot be a task`,
      suggestion: "remove 'task'",
    });
  }
}

function checkTimes({ id, module, settings, report }: ModuleCheck): void {
  const path = ["modules", id];
  const exceeds = (at: Path, own: Duration | undefined, key: keyof OrchestratorSettings): void => {
    const ms = own === undefined ? 0 : (durationMs(own) ?? 0);
    const limitMs = settings[key] as number;
    if (ms <= limitMs) return;
    const name = key.replace(/Ms$/, "");
    report({
      severity: "warning",
      code: "longer-than-system",
      path: [...path, ...at],
      message:
        `${at.join(".")} of '${id}' (${ms} ms) is longer than ` +
        `the system's ${name} (${limitMs} ms)`,
      suggestion: `raise orchestrator.${name}, or lower this`,
    });
  };
  exceeds(["startupTimeout"], module.startupTimeout, "startupTimeoutMs");
  exceeds(["stop", "timeout"], module.stop?.timeout, "shutdownTimeoutMs");
  for (const key of ["ready", "liveness"] as const) {
    const probe = module[key];
    if (probe === undefined || probe === false || probe.timeout === undefined) continue;
    const timeoutMs = durationMs(probe.timeout) ?? 0;
    const intervalMs = durationMs(probe.interval ?? Number.MAX_SAFE_INTEGER) ?? 0;
    if (timeoutMs <= intervalMs) continue;
    report({
      severity: "warning",
      code: "timeout-over-interval",
      path: [...path, key, "timeout"],
      message:
        `the ${key} probe of '${id}' may take longer (${timeoutMs} ms) ` +
        `than its interval (${intervalMs} ms)`,
      suggestion: "questions never overlap, so it would be asked less often than it says",
    });
  }
}

function checkLadder({ id, module, settings, report }: ModuleCheck): void {
  const ladder = module.recovery?.ladder ?? [];
  const path = ["modules", id, "recovery", "ladder"];
  const end = ladder.findIndex((rung) => rung === "manual" || (rung as RungConfig).manual === true);
  if (end !== -1 && end < ladder.length - 1) {
    report({
      code: "unreachable-rung",
      path: [...path, end + 1],
      message: `nothing comes after 'manual' in the ladder of '${id}'`,
      suggestion: "move 'manual' to the end",
    });
  }
  ladder.forEach((written, index) => {
    const [rung] = resolveLadder([written], settings);
    if (rung?.kind !== "restart" && rung?.kind !== "restart-with-reset") return;
    if (rung.attempts === UNLIMITED_ATTEMPTS) {
      if (index === ladder.length - 1 || index + 1 === end) return;
      report({
        code: "unreachable-rung",
        path: [...path, index + 1],
        message: `nothing comes after 'unlimited' attempts in the ladder of '${id}'`,
        suggestion: "limit the attempts, or move that rung to the end",
      });
      return;
    }
    const delaysMs = longestDelaysMs(rung.attempts, rung.backoffMs, rung.backoffMaxMs);
    if (delaysMs >= rung.windowMs) {
      report({
        code: "contradiction",
        path: [...path, index],
        message:
          `the ladder of '${id}' would never escalate: ${rung.attempts} attempts may take ` +
          `${delaysMs} ms, the window is ${rung.windowMs} ms`,
        suggestion: "lower backoffMax or attempts, or widen the window",
      });
    }
  });
}

function checkNumbers({ id, module, report }: ModuleCheck): void {
  for (const [name, { warn, fail }] of Object.entries(module.healthLimits ?? {})) {
    if (warn === undefined || fail === undefined || warn <= fail) continue;
    report({
      code: "contradiction",
      path: ["modules", id, "healthLimits", name],
      message: `healthLimits.${name} of '${id}' warns at ${warn}, above its fail at ${fail}`,
      suggestion: `write warn: ${fail}, fail: ${warn}`,
    });
  }
}
