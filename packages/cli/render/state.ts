// state.ts: the words and colours of states, the same everywhere.
import type {
  HealthStatus,
  LifecycleState,
  ModuleStatus,
  SystemStatus,
} from "@skelly-jelly/contract";
import type { Color, Paint } from "./paint.ts";
import type { Symbols } from "./symbols.ts";

/** How something is drawn: the terminal's answers, without the terminal. */
export type Look = {
  readonly paint: Paint;
  readonly symbols: Symbols;
  /** Columns; `Infinity` for a file. */
  readonly width: number;
};

const STATE_COLORS: Readonly<Record<LifecycleState, Color>> = {
  "not-started": "dim",
  waiting: "dim",
  starting: "cyan",
  running: "green",
  paused: "yellow",
  "backing-off": "yellow",
  stopping: "cyan",
  stopped: "dim",
  completed: "green",
  failed: "red",
};

const HEALTH_COLORS: Readonly<Record<HealthStatus, Color>> = {
  unknown: "dim",
  healthy: "green",
  degraded: "yellow",
  unhealthy: "red",
};

const SYSTEM_COLORS: Readonly<Record<SystemStatus, Color>> = {
  starting: "cyan",
  healthy: "green",
  degraded: "yellow",
  critical: "red",
  stopping: "cyan",
  stopped: "dim",
};

export const stateColor = (state: LifecycleState): Color => STATE_COLORS[state] ?? "dim";

export const paintState = (state: LifecycleState, { paint }: Look): string =>
  paint[stateColor(state)](state);

export const paintHealth = (health: HealthStatus, { paint }: Look): string =>
  paint[HEALTH_COLORS[health] ?? "dim"](health);

export const paintSystem = (status: SystemStatus, { paint }: Look): string =>
  paint[SYSTEM_COLORS[status] ?? "dim"](status);

/** The sign before a module's name: its state, or a warning when it runs but is not well. */
export function sign(module: Pick<ModuleStatus, "state" | "health">, look: Look): string {
  const unwell = module.health === "degraded" || module.health === "unhealthy";
  if (module.state === "running" && unwell) {
    return look.paint[HEALTH_COLORS[module.health]](look.symbols.warning);
  }
  return look.paint[stateColor(module.state)](look.symbols.states[module.state] ?? "?");
}

export function systemSign(status: SystemStatus, { paint, symbols }: Look): string {
  const drawn: Record<SystemStatus, string> = {
    starting: symbols.states.starting,
    healthy: symbols.states.running,
    degraded: symbols.warning,
    critical: symbols.bad,
    stopping: symbols.states.stopping,
    stopped: symbols.states.stopped,
  };
  return paint[SYSTEM_COLORS[status] ?? "dim"](drawn[status] ?? "?");
}
