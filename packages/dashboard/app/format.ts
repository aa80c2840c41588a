// format.ts: numbers and times as people read them. Pure.
import type {
  HealthStatus,
  LifecycleState,
  SystemEvent,
  SystemStatus,
} from "@skelly-jelly/contract";

export function bytes(value: number | null): string {
  if (value === null) return "–";
  const units = ["B", "kB", "MB", "GB", "TB"];
  let unit = 0;
  let left = value;
  while (left >= 1000 && unit < units.length - 1) {
    left /= 1000;
    unit += 1;
  }
  return `${left < 10 && unit > 0 ? left.toFixed(1) : Math.round(left)} ${units[unit]}`;
}

export function duration(ms: number | null): string {
  if (ms === null) return "–";
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  const seconds = ms / 1_000;
  if (seconds < 60)
    return `${seconds < 10 ? seconds.toFixed(1).replace(/\.0$/, "") : Math.floor(seconds)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return both(minutes, "min", Math.floor(seconds % 60), "s");
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return both(hours, "h", minutes % 60, "min");
  return both(Math.floor(hours / 24), "d", hours % 24, "h");
}

const both = (more: number, unit: string, less: number, small: string): string =>
  less === 0 ? `${more} ${unit}` : `${more} ${unit} ${less} ${small}`;

export const percent = (value: number | null): string =>
  value === null ? "–" : `${value < 10 ? value.toFixed(1) : Math.round(value)} %`;

export const number = (value: number | null): string =>
  value === null
    ? "–"
    : Number.isInteger(value)
      ? value.toLocaleString("en")
      : value.toLocaleString("en", { maximumFractionDigits: 3 });

/** `queueDepth` → `queue depth`; the unit that ends it shapes the number. */
export function named(name: string): string {
  return name
    .replace(/^metrics\./, "")
    .replace(/(Ms|Bytes|Percent)$/, "")
    .replace(/([a-z0-9])([A-Z])/g, "$1 $2")
    .toLowerCase();
}

export function reading(name: string, value: number | null): string {
  if (/Ms$/.test(name)) return duration(value);
  if (/Bytes$/.test(name)) return bytes(value);
  if (/Percent$/.test(name)) return percent(value);
  return number(value);
}

const two = (value: number): string => String(value).padStart(2, "0");

export function clock(timeMs: number): string {
  const time = new Date(timeMs);
  const day = `${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}`;
  return `${day}.${String(time.getMilliseconds()).padStart(3, "0")}`;
}

export const dayAndTime = (timeMs: number): string =>
  new Date(timeMs).toLocaleString("en-GB", {
    day: "numeric",
    month: "short",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
  });

/** Shapes beside colours: both say the same. */
export const SYMBOL: Record<LifecycleState, string> = {
  "not-started": "○",
  waiting: "◌",
  starting: "◐",
  running: "●",
  paused: "‖",
  "backing-off": "↻",
  stopping: "◑",
  stopped: "○",
  completed: "✓",
  failed: "✕",
};

export type Tone = "good" | "busy" | "warn" | "bad" | "quiet";

export function toneOf(state: LifecycleState, health: HealthStatus = "unknown"): Tone {
  if (state === "failed" || (state === "running" && health === "unhealthy")) return "bad";
  if (state === "backing-off" || state === "paused") return "warn";
  if (state === "running") return health === "degraded" ? "warn" : "good";
  if (state === "completed") return "good";
  return state === "starting" || state === "stopping" || state === "waiting" ? "busy" : "quiet";
}

export const systemTone = (status: SystemStatus): Tone =>
  (
    ({
      healthy: "good",
      degraded: "warn",
      critical: "bad",
      starting: "busy",
      stopping: "busy",
      stopped: "quiet",
    }) as const
  )[status];

/** What an event says, for people; `null` for readings. */
export function sentence(
  event: SystemEvent,
): { readonly text: string; readonly tone: Tone } | null {
  switch (event.type) {
    case "module-state-changed": {
      // A step of a new start still carries the failure before it: that was told then.
      const fell = event.to === "failed" || event.to === "backing-off";
      const why = (fell ? event.failure?.message : undefined) ?? event.cause;
      return {
        text: `${event.from} → ${event.to}${why === "" ? "" : `: ${why}`}`,
        tone: toneOf(event.to),
      };
    }
    case "module-health-changed": {
      const issues = event.issues.map(({ message }) => message).join("; ");
      const tone = event.to === "unhealthy" ? "bad" : event.to === "degraded" ? "warn" : "good";
      return { text: `health ${event.from} → ${event.to}${issues && `: ${issues}`}`, tone };
    }
    case "recovery-step": {
      const attempt = event.attempt > 0 ? `, attempt ${event.attempt}` : "";
      const delay = event.delayMs > 0 ? ` in ${duration(event.delayMs)}` : "";
      const tone =
        event.outcome === "recovered" ? "good" : event.outcome === "gave-up" ? "bad" : "warn";
      return {
        text: `recovery by ${event.strategy}${attempt}: ${event.outcome.replace("-", " ")}${delay}`,
        tone,
      };
    }
    case "error-reported":
      return {
        text: `${event.resolved ? "resolved" : `${event.severity} error`}: ${event.errorType}: ${event.message}`,
        tone: event.resolved ? "good" : "warn",
      };
    case "limit-passed":
      return {
        text: `${event.what} ${number(event.value)} of ${number(event.limit)}: ${event.step}`,
        tone: "warn",
      };
    case "config-changed":
      return {
        text: `configuration ${event.outcome}: version ${event.previousVersion} → ${event.version}, by ${event.by}`,
        tone: event.outcome === "applied" || event.outcome === "restarted" ? "good" : "bad",
      };
    case "config-rejected":
      return { text: `configuration refused: ${event.problems.join("; ")}`, tone: "bad" };
    case "system-status-changed":
      return {
        text: `system ${event.from} → ${event.to}${event.reasons.length > 0 ? `: ${event.reasons.join("; ")}` : ""}`,
        tone: systemTone(event.to),
      };
    case "note":
      return { text: event.message, tone: "quiet" };
    default:
      return null;
  }
}

/** What the terminal's reader is told to do next, this page's reader has before him. */
export const withoutAdvice = (text: string): string =>
  text.replace(/ Read `skelly logs [^`]*`\.?/g, "");
