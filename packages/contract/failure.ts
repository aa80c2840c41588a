// failure.ts: the table of failures. Each has a code, a sentence, and says what to do next.

/** The seed's six kinds; the kind may choose the rung of the recovery ladder. */
export type FailureKind =
  | "startup"
  | "dependency"
  | "resource"
  | "health-check"
  | "configuration"
  | "communication";

const ms = (value: number): string =>
  value >= 1000 ? `${Math.round(value / 100) / 10} s` : `${Math.round(value)} ms`;

type Exit = { readonly code: number | null; readonly signal: string | null };

const howItEnded = ({ code, signal }: Exit): string =>
  signal === null ? `exited with code ${code ?? "unknown"}` : `was killed by ${signal}`;

/** Key: the code. Value: kind, and the sentence made from what is known. */
export const FAILURES = {
  START_TIMEOUT: {
    kind: "startup",
    says: (p: { module: string; waitedMs: number; waitedFor: string }) =>
      `'${p.module}' was not ready after ${ms(p.waitedMs)} (waited for ${p.waitedFor}). ` +
      `Read \`skelly logs ${p.module}\`, or raise its startupTimeout.`,
  },
  SPAWN_FAILED: {
    kind: "startup",
    says: (p: { module: string; reason: string }) =>
      `'${p.module}' could not be started: ${p.reason}. Check its command and cwd.`,
  },
  COMMAND_NOT_FOUND: {
    kind: "startup",
    says: (p: { module: string; command: string }) =>
      `'${p.module}' could not be started: '${p.command}' was not found or may not be run. ` +
      `Check the command, its path and its permissions.`,
  },
  EXITED_EARLY: {
    kind: "startup",
    says: (p: { module: string } & Exit) =>
      `'${p.module}' ${howItEnded(p)} before it was ready. Read \`skelly logs ${p.module}\`.`,
  },
  EXITED: {
    kind: "startup",
    says: (p: { module: string } & Exit) =>
      `'${p.module}' ${howItEnded(p)}. Read \`skelly logs ${p.module}\`.`,
  },
  START_REFUSED: {
    kind: "startup",
    says: (p: { module: string; message: string }) =>
      `'${p.module}' failed in its start(): ${p.message}. Read \`skelly logs ${p.module}\`.`,
  },
  SYSTEM_START_TIMEOUT: {
    kind: "startup",
    says: (p: { waitedMs: number; notReady: readonly string[] }) =>
      `The system was not up after ${ms(p.waitedMs)}; not ready: ${p.notReady.join(", ")}. ` +
      `Raise orchestrator.startupTimeout, or see why with \`skelly logs\`.`,
  },
  DEPENDENCY_FAILED: {
    kind: "dependency",
    says: (p: { module: string; dependency: string }) =>
      `'${p.module}' cannot start: its dependency '${p.dependency}' has failed. ` +
      `Fix that one, then \`skelly recover ${p.dependency}\`.`,
  },
  UNHEALTHY: {
    kind: "health-check",
    says: (p: { module: string; misses: number; message: string }) =>
      `'${p.module}' failed ${p.misses} health checks in a row: ${p.message}. ` +
      `Read \`skelly logs ${p.module}\`.`,
  },
  OUT_OF_MEMORY: {
    kind: "resource",
    says: (p: { module: string; limitBytes: number | null }) =>
      `'${p.module}' was killed by the kernel for memory` +
      `${p.limitBytes === null ? "" : ` at its limit of ${p.limitBytes} bytes`}. ` +
      `Raise limits.memory, or find the leak.`,
  },
  LIMIT_EXCEEDED: {
    kind: "resource",
    says: (p: { module: string; what: string; value: number; limit: number }) =>
      `'${p.module}' used ${p.value} of ${p.limit} ${p.what}. Raise limits.${p.what}, or find the leak.`,
  },
  CONFIG_REFUSED: {
    kind: "configuration",
    says: (p: { module: string; message: string }) =>
      `'${p.module}' refused its configuration: ${p.message}. The last good one stays in force.`,
  },
  CONFIG_INVALID: {
    kind: "configuration",
    says: (p: { module: string; message: string }) =>
      `'${p.module}' cannot run with its configuration: ${p.message}. Correct it; it is not retried.`,
  },
  REPORTED: {
    kind: "communication",
    says: (p: { module: string; message: string }) =>
      `'${p.module}' reported an error: ${p.message}.`,
  },
  CHANNEL_LOST: {
    kind: "communication",
    says: (p: { module: string; forMs: number }) =>
      `'${p.module}' lives but has not answered on its control channel for ${ms(p.forMs)}.`,
  },
  HOST_DIED: {
    kind: "communication",
    says: (p: { module: string; host: string }) =>
      `'${p.module}' ended because its worker host '${p.host}' died; it is started again with it.`,
  },
  STOP_TIMEOUT: {
    kind: "startup",
    says: (p: { module: string; waitedMs: number }) =>
      `'${p.module}' did not stop within ${ms(p.waitedMs)} and was killed. ` +
      `Raise its stop.timeout if it needs longer.`,
  },
  NOT_GONE: {
    kind: "resource",
    says: (p: { module: string; pids: readonly number[] }) =>
      `'${p.module}' left processes that even SIGKILL did not end: ${p.pids.join(", ")}. ` +
      `They are in the kernel's hands (see their stack in /proc/PID/stack).`,
  },
  RESTARTS_SPENT: {
    kind: "startup",
    says: (p: { module: string; attempts: number; last: string }) =>
      `Gave up on '${p.module}' after ${p.attempts} restart attempts; last: ${p.last} ` +
      `Fix the cause, then \`skelly recover ${p.module}\`.`,
  },
  DEAF: {
    kind: "communication",
    says: (p: { module: string; misses: number; timeoutMs: number }) =>
      `'${p.module}' lives but does not answer: ${p.misses} checks in a row heard nothing within ` +
      `${ms(p.timeoutMs)}. It hangs, or its event loop is blocked; read \`skelly logs ${p.module}\`.`,
  },
  TOO_SLOW: {
    kind: "health-check",
    says: (p: { module: string; misses: number; timeoutMs: number; tookMs: number }) =>
      `'${p.module}' answers too late: ${p.misses} checks in a row took longer than ` +
      `${ms(p.timeoutMs)} (the last ${ms(p.tookMs)}). Raise liveness.timeout, or give it less to do.`,
  },
  OWN_BUG: {
    kind: "communication",
    says: (p: { module: string }) =>
      `A bug in Skelly met '${p.module}', which was ended; the others go on. ` +
      `Please report what \`skelly events ${p.module}\` says.`,
  },
  LOST_SIGHT: {
    kind: "communication",
    says: (p: { module: string }) =>
      `The parent process of '${p.module}' was killed from outside; the module was ended with it, ` +
      `so that it never runs twice.`,
  },
} as const satisfies Record<string, { kind: FailureKind; says: (p: never) => string }>;

export type FailureCode = keyof typeof FAILURES;

export type Failure = {
  readonly code: FailureCode;
  readonly kind: FailureKind;
  readonly message: string;
};

/** Makes a failure from its code and what is known. */
export function failure<C extends FailureCode>(
  code: C,
  known: Parameters<(typeof FAILURES)[C]["says"]>[0],
): Failure {
  const entry = FAILURES[code] as { kind: FailureKind; says: (p: typeof known) => string };
  return { code, kind: entry.kind, message: entry.says(known) };
}
