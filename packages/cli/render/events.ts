// events.ts: one event as one readable line: when, who, what, why. Pure.
import type { SystemEvent } from "@skelly-jelly/contract";
import { clockTime, duration } from "./amounts.ts";
import { type Look, paintHealth, paintState, paintSystem } from "./state.ts";
import { harmless, padEnd } from "./width.ts";

/** `null` for what only programs want to see (readings). */
export function renderEvent(event: SystemEvent, nameWidth: number, look: Look): string | null {
  const says = sayEvent(event, look);
  if (says === null) return null;
  const who = "module" in event && event.module !== null ? event.module : look.symbols.dot;
  return (
    `${look.paint.dim(clockTime(event.timeMs))}  ` +
    `${look.paint.bold(padEnd(who, nameWidth))}  ${says}`
  );
}

type StateChange = Extract<SystemEvent, { type: "module-state-changed" }>;

/** A fall, not a step of a start or a stop that still carries an older failure. */
const hasFailed = ({ from, to, failure }: StateChange): boolean =>
  to === "failed" ||
  to === "backing-off" ||
  (to === "waiting" && failure !== null && from !== "backing-off");

/** Worth a line of its own beside a list that shows every state. */
export function isNews(event: SystemEvent): boolean {
  if (event.type === "module-state-changed") return hasFailed(event);
  return event.type !== "module-health-changed" && event.type !== "system-status-changed";
}

/** Something is not as it should be. */
export function isWarning(event: SystemEvent): boolean {
  switch (event.type) {
    case "module-state-changed":
      return hasFailed(event);
    case "module-health-changed":
      return event.to === "unhealthy" || event.to === "degraded";
    case "config-changed":
      return event.outcome === "refused" || event.outcome === "rolled-back";
    case "system-status-changed":
      return event.to === "critical" || event.to === "degraded";
    case "usage-read":
    case "note":
      return false;
    default:
      return true;
  }
}

/** What it says, without when and of whom. */
export function sayEvent(event: SystemEvent, look: Look): string | null {
  const { paint, symbols } = look;
  const why = (text: string): string => {
    const clean = harmless(text, false).trim();
    return clean === "" ? "" : `  ${paint.dim(clean)}`;
  };
  switch (event.type) {
    case "module-state-changed": {
      const move = `${paint.dim(`${event.from} ${symbols.arrow}`)} ${paintState(event.to, look)}`;
      if (event.failure !== null && hasFailed(event)) {
        return `${move}  ${harmless(event.failure.message, false)}`;
      }
      const pid = event.pid === null || event.to !== "running" ? "" : ` (pid ${event.pid})`;
      return `${move}${pid}${why(event.cause)}`;
    }
    case "module-health-changed": {
      const issues = event.issues.map(({ message }) => message).join("; ");
      return `health ${paintHealth(event.to, look)}, was ${event.from}${why(issues)}`;
    }
    case "recovery-step": {
      const attempt = event.attempt > 0 ? ` (attempt ${event.attempt})` : "";
      const delay = event.delayMs > 0 ? ` in ${duration(event.delayMs)}` : "";
      const outcome = event.outcome === "started" ? delay : ` ${event.outcome.replace("-", " ")}`;
      const shown = `recovery: ${event.strategy}${attempt}${outcome}`;
      const color = event.outcome === "recovered" ? "green" : "yellow";
      const gaveUp = event.outcome === "gave-up" || event.outcome === "failed";
      // The state change that comes with it has told the failure already.
      return paint[gaveUp ? "red" : color](shown);
    }
    case "error-reported": {
      const state = event.resolved ? paint.green("resolved") : paint.red(event.severity);
      return `error ${state}: ${event.errorType}: ${harmless(event.message, false)}`;
    }
    case "limit-passed": {
      const reading = `at ${round(event.value)}, limit ${round(event.limit)}`;
      return `${paint.yellow(event.what)} ${reading}: ${event.step}`;
    }
    case "usage-read":
      return null;
    case "config-changed": {
      const good = event.outcome === "applied" || event.outcome === "restarted";
      const outcome = paint[good ? "green" : "red"](event.outcome);
      const versions = `version ${event.previousVersion} ${symbols.arrow} ${event.version}`;
      return `configuration ${outcome}: ${versions}${why(`by ${event.by}`)}`;
    }
    case "config-rejected": {
      const problems = harmless(event.problems.join("; "), false);
      return `${paint.red("configuration refused")}: ${problems}`;
    }
    case "system-status-changed": {
      const reasons = why(event.reasons.join("; "));
      return `system ${paintSystem(event.to, look)}, was ${event.from}${reasons}`;
    }
    case "note":
      return harmless(event.message, false);
    default:
      // An event of a newer daemon: shown as it is rather than hidden.
      return paint.dim(JSON.stringify(event));
  }
}

const round = (value: number): number => Math.round(value * 10) / 10;
