// progress.ts: the live list: each module, how far, how long, what it waits for. Pure.
import { type ModuleView, type SystemView, waitsFor } from "../live/system-view.ts";
import { duration } from "./amounts.ts";
import { type Look, sign, stateColor } from "./state.ts";
import { harmless, padEnd, padStart, widthOf } from "./width.ts";

export type Goal = "up" | "down";

export type ProgressMoment = {
  readonly now: number;
  readonly beganMs: number;
  /** Of the spinner. */
  readonly frame: number;
  /** Of the terminal; the list never grows taller. */
  readonly rows: number;
};

const STATE_WIDTH = "backing-off".length;
const TIME_WIDTH = "59m 59s".length;

export function renderProgress(
  view: SystemView,
  goal: Goal,
  moment: ProgressMoment,
  look: Look,
): string[] {
  const modules = [...view.modules.values()].filter(({ hidden }) => !hidden);
  const open = modules.filter((module) => !isSettled(module, goal));
  // The head, and the line below the list on which the cursor stands.
  const room = Math.max(1, moment.rows - 3);
  const shown = (modules.length <= room ? modules : open).slice(0, room);
  const nameWidth = Math.max(0, ...shown.map(({ id }) => widthOf(id)));
  return [
    headLine(view, goal, modules.length, modules.length - open.length, moment, look),
    ...shown.map((module) => moduleLine(view, module, goal, nameWidth, moment, look)),
  ];
}

function headLine(
  view: SystemView,
  goal: Goal,
  total: number,
  settled: number,
  { now, beganMs, frame }: ProgressMoment,
  { paint, symbols }: Look,
): string {
  const spin = symbols.spinner[frame % symbols.spinner.length] ?? "";
  const verb = goal === "up" ? "starting" : "stopping";
  const done = goal === "up" ? "up" : "stopped";
  const facts = `${settled} of ${total} ${done}  ${duration(now - beganMs)}`;
  return `${paint.cyan(spin)} ${verb} ${paint.bold(view.name)}  ${paint.dim(facts)}`;
}

function moduleLine(
  view: SystemView,
  module: ModuleView,
  goal: Goal,
  nameWidth: number,
  { now }: ProgressMoment,
  look: Look,
): string {
  const { paint } = look;
  const { state } = module;
  const took = state === "running" ? module.tookMs : null;
  const shown = isWaiting(module)
    ? null
    : (took ?? (isMoving(module) ? now - module.sinceMs : null));
  const time = padStart(shown === null ? "" : duration(shown), TIME_WIDTH);
  const word = padEnd(state, STATE_WIDTH);
  return (
    `  ${sign(module, look)} ${padEnd(module.id, nameWidth)}  ${paint[stateColor(state)](word)}  ` +
    `${paint.dim(time)}  ${paint.dim(sayWhy(view, module, goal))}`
  ).trimEnd();
}

function sayWhy(view: SystemView, module: ModuleView, goal: Goal): string {
  if (module.failure !== null && module.state !== "running") {
    return harmless(module.failure.message, false);
  }
  if (goal === "down" || !isWaiting(module)) return "";
  const missing = waitsFor(view, module);
  return missing.length === 0 ? "" : `waits for ${missing.join(", ")}`;
}

const isWaiting = ({ state }: ModuleView): boolean =>
  state === "waiting" || state === "not-started";
const isMoving = ({ state }: ModuleView): boolean =>
  state === "starting" || state === "stopping" || state === "backing-off";

function isSettled({ state }: ModuleView, goal: Goal): boolean {
  if (state === "completed" || state === "failed" || state === "stopped") return true;
  return goal === "up" ? state === "running" : state === "not-started";
}
