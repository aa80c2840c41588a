// module-message.ts: checks what a module says, since modules are written in any language.
import type {
  HealthIssue,
  HealthStatus,
  ModuleMessage,
  Severity,
  ThreadName,
} from "@skelly-jelly/contract";

type Said = Readonly<Record<string, unknown>>;
type Check = (said: Said) => ModuleMessage | string;

const STATUSES: readonly string[] = ["unknown", "healthy", "degraded", "unhealthy"];
const SEVERITIES: readonly string[] = ["low", "medium", "high", "critical"];
const OUTCOMES = ["applied", "accepted", "restart-needed", "refused"];
const ISSUES_MAX = 64;
const NUMBERS_MAX = 256;

/** Returns the message, with what may be left out filled in; or a sentence that says what is wrong. */
export function checkModuleMessage(said: unknown): ModuleMessage | string {
  if (!isObject(said)) return "a message must be a JSON object";
  const type = String(said["type"]);
  const check = Object.hasOwn(CHECKS, type) ? CHECKS[type as ModuleMessage["type"]] : undefined;
  return check === undefined ? `'${type}' is not a message that a module may send` : check(said);
}

const CHECKS: Readonly<Record<ModuleMessage["type"], Check>> = {
  hello: (said) =>
    isText(said["token"]) && isText(said["incarnation"])
      ? {
          type: "hello",
          token: said["token"],
          incarnation: said["incarnation"],
          pid: numberOr(said["pid"], 0),
          configVersion: numberOr(said["configVersion"], 0),
        }
      : "hello needs token and incarnation",
  ready: () => ({ type: "ready" }),
  stopped: () => ({ type: "stopped" }),
  "start-failed": (said) => ({
    type: "start-failed",
    message: textOr(said["message"], "no message"),
    retry: said["retry"] !== false,
  }),
  health: (said) => {
    const status = said["status"];
    if (!STATUSES.includes(String(status))) return `health.status must be one of ${STATUSES}`;
    return {
      type: "health",
      check: typeof said["check"] === "number" ? said["check"] : null,
      status: status as HealthStatus,
      issues: issuesIn(said["issues"]),
      numbers: numbersIn(said["numbers"]),
    };
  },
  "config-answer": (said) => {
    const { version, phase, outcome } = said;
    if (typeof version !== "number") return "config-answer.version must be a number";
    if (phase !== "prepare" && phase !== "commit") return "config-answer.phase is not known";
    if (!OUTCOMES.includes(String(outcome))) {
      return `config-answer.outcome must be one of ${OUTCOMES}`;
    }
    return {
      type: "config-answer",
      version,
      phase,
      outcome: outcome as Extract<ModuleMessage, { type: "config-answer" }>["outcome"],
      ...messageIn(said),
    };
  },
  "level-answer": (said) =>
    isText(said["level"]) && typeof said["ok"] === "boolean"
      ? { type: "level-answer", level: said["level"], ok: said["ok"], ...messageIn(said) }
      : "level-answer needs level and ok",
  "pause-answer": (said) =>
    typeof said["paused"] === "boolean"
      ? { type: "pause-answer", paused: said["paused"] }
      : "pause-answer needs paused",
  "throttle-answer": (said) =>
    typeof said["applied"] === "boolean"
      ? { type: "throttle-answer", applied: said["applied"] }
      : "throttle-answer needs applied",
  "reset-answer": (said) =>
    typeof said["ok"] === "boolean"
      ? { type: "reset-answer", ok: said["ok"], ...messageIn(said) }
      : "reset-answer needs ok",
  error: (said) =>
    SEVERITIES.includes(String(said["severity"]))
      ? {
          type: "error",
          severity: said["severity"] as Severity,
          errorType: textOr(said["errorType"], "unknown"),
          message: textOr(said["message"], "no message"),
        }
      : `error.severity must be one of ${SEVERITIES}`,
  // The next four come from worker hosts, which are ours; the runner ignores them from others.
  "thread-spawned": (said) => {
    const thread = threadIn(said);
    return thread === null ? NO_THREAD : { type: "thread-spawned", ...thread };
  },
  "thread-ended": (said) => {
    const thread = threadIn(said);
    if (thread === null) return NO_THREAD;
    return {
      type: "thread-ended",
      ...thread,
      code: numberOrNull(said["code"]),
      message: isText(said["message"]) ? said["message"] : null,
      outOfMemory: said["outOfMemory"] === true,
    };
  },
  "thread-list": (said) => ({ type: "thread-list", threads: threadsIn(said["threads"]) }),
  "thread-usage": (said) => ({
    type: "thread-usage",
    threads: listIn(said["threads"]).flatMap((thread) => {
      const name = threadIn(thread);
      if (name === null) return [];
      return [
        {
          ...name,
          cpuPercent: numberOrNull(thread["cpuPercent"]),
          heapBytes: numberOrNull(thread["heapBytes"]),
          eventLoopUtilization: numberOrNull(thread["eventLoopUtilization"]),
        },
      ];
    }),
  }),
};

const NO_THREAD = "a thread is named by instance and incarnation";

const numberOrNull = (value: unknown): number | null => (typeof value === "number" ? value : null);
const listIn = (value: unknown): Said[] => (Array.isArray(value) ? value.filter(isObject) : []);
const threadsIn = (value: unknown): ThreadName[] =>
  listIn(value).flatMap((said) => threadIn(said) ?? []);

function threadIn({ instance, incarnation }: Said): ThreadName | null {
  return isText(instance) && typeof incarnation === "number" ? { instance, incarnation } : null;
}

export const isObject = (value: unknown): value is Said =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const isText = (value: unknown): value is string => typeof value === "string";
const textOr = (value: unknown, otherwise: string): string => (isText(value) ? value : otherwise);
const numberOr = (value: unknown, otherwise: number): number =>
  typeof value === "number" ? value : otherwise;
const messageIn = ({ message }: Said): { message?: string } => (isText(message) ? { message } : {});

function issuesIn(value: unknown): HealthIssue[] {
  if (!Array.isArray(value)) return [];
  return value.slice(0, ISSUES_MAX).flatMap((issue: unknown) => {
    if (!isObject(issue) || !isText(issue["message"])) return [];
    const severity = issue["severity"];
    const known = SEVERITIES.includes(String(severity)) ? (severity as Severity) : "medium";
    return [{ severity: known, message: issue["message"] }];
  });
}

function numbersIn(value: unknown): Record<string, number> {
  if (!isObject(value)) return {};
  const numbers: Record<string, number> = {};
  for (const [name, number] of Object.entries(value).slice(0, NUMBERS_MAX)) {
    if (typeof number === "number" && Number.isFinite(number)) numbers[name] = number;
  }
  return numbers;
}
