// waterfall.ts: a start-up as bars of text, its critical path, and what differs from another run. Pure.
import type { Comparison, Difference } from "../analyze/compare.ts";
import { type Bar, endOf, insteadOfTime, type Waterfall } from "../analyze/waterfall.ts";
import { duration } from "./amounts.ts";
import type { Look } from "./state.ts";
import { padEnd, padStart, widthOf } from "./width.ts";

/** How wide it is drawn where there is no terminal. */
const FILE_WIDTH = 100;
const BAR_MIN = 10;
const BAR_MAX = 120;

export function renderWaterfall(name: string, waterfall: Waterfall, look: Look): string[] {
  const { paint } = look;
  const endMs = endOf(waterfall);
  const names = Math.max(6, ...waterfall.bars.map(({ module }) => widthOf(module)));
  const fixed = 2 + names + 2 + 2 + COLUMNS.length * (COLUMN + 1);
  const screen = Number.isFinite(look.width) ? look.width : FILE_WIDTH;
  const room = Math.min(BAR_MAX, Math.max(BAR_MIN, screen - fixed));
  const titles = COLUMNS.map((title) => padStart(title, COLUMN)).join(" ");
  return [
    headOf(name, waterfall, look),
    "",
    paint.dim(`  ${padEnd("MODULE", names)}  ${axis(endMs, room)}  ${titles}`),
    ...waterfall.bars.map((bar) => barLine(bar, { names, room, endMs }, look)),
    "",
    ...pathLines(waterfall, look),
  ];
}

const COLUMNS = ["WAITED", "STARTED", "SHARE"];
const COLUMN = 7;

function headOf(
  name: string,
  { number, runs, startedAt, durationMs, outcome }: Waterfall,
  look: Look,
) {
  const { paint, symbols } = look;
  const took =
    durationMs === null ? "" : ` ${outcome === "up" ? "in" : "after"} ${duration(durationMs)}`;
  const words = { up: paint.green("up"), failed: paint.red("failed"), unfinished: "not up yet" };
  const which = number === 1 ? "the last" : `${number} from the end`;
  const facts = [`run of ${startedAt}`, `${which} of ${runs}`].join(` ${symbols.dot} `);
  return `${paint.bold(name)}  ${words[outcome]}${took}  ${paint.dim(facts)}`;
}

function axis(endMs: number, room: number): string {
  const end = duration(endMs);
  return `0${padStart(end, room - 1)}`;
}

type Scale = { readonly names: number; readonly room: number; readonly endMs: number };

function barLine(bar: Bar, { names, room, endMs }: Scale, look: Look): string {
  const { paint } = look;
  const utf8 = look.symbols.ellipsis.length === 1;
  const [wait, work] = utf8 ? ["·", "█"] : [".", "#"];
  const color = bar.readyMs === null ? paint.red : bar.critical ? paint.yellow : paint.cyan;
  const at = (ms: number): number => Math.min(room, Math.round((ms / endMs) * room));
  const from = at(bar.waitingMs ?? bar.startingMs ?? 0);
  const start = bar.startingMs === null ? room : at(bar.startingMs);
  // What took no time to be seen is drawn as the least that can be seen.
  const first = Math.min(start, bar.startingMs === null ? room : room - 1);
  const end = bar.startingMs === null ? room : Math.max(first + 1, at(bar.readyMs ?? endMs));
  const drawn =
    " ".repeat(Math.min(from, first)) +
    paint.dim(wait.repeat(Math.max(0, first - from))) +
    color(work.repeat(Math.max(0, end - first)));
  const amounts = [
    bar.waitedMs === null ? "-" : duration(bar.waitedMs),
    bar.tookMs === null ? insteadOfTime(bar) : duration(bar.tookMs),
    bar.share === null ? "" : `${Math.round(bar.share * 100)}%`,
  ].map((text) => padStart(text, COLUMN));
  const mark = bar.critical ? paint.yellow(utf8 ? "▸" : ">") : " ";
  const tries = bar.attempts > 1 ? paint.yellow(`  ${bar.attempts} attempts`) : "";
  const line = `${mark} ${padEnd(bar.module, names)}  ${padEnd(drawn, room)}  ${amounts.join(" ")}`;
  return `${line}${tries}`.trimEnd();
}

function pathLines({ criticalPath }: Waterfall, { paint, symbols }: Look): string[] {
  if (criticalPath.length === 0) return ["No module was ready: there is no critical path."];
  const steps = criticalPath.map(
    ({ module, fromMs, toMs }) => `${module} ${paint.dim(duration(toMs - fromMs))}`,
  );
  return [`${paint.bold("Critical path")}  ${steps.join(` ${symbols.arrow} `)}`];
}

/** What differs, the greatest first. */
export function renderComparison(comparison: Comparison, look: Look): string[] {
  const { paint } = look;
  const { modules, startedAt, beforeMs, nowMs, differenceMs } = comparison;
  const names = Math.max(11, ...modules.map(({ module }) => widthOf(module)));
  const columns = ["BEFORE", "NOW", "CHANGE"].map((title) => padStart(title, COLUMN + 2));
  const whole = { module: "the system", beforeMs, nowMs, differenceMs };
  return [
    "",
    `${paint.bold("Compared")}  ${paint.dim(`with the run of ${startedAt}`)}`,
    "",
    paint.dim(`  ${padEnd("STARTED IN", names)} ${columns.join(" ")}`),
    ...[whole, ...modules].map((each) => differenceLine(each, names, look)),
  ];
}

function differenceLine(difference: Difference, names: number, { paint, symbols }: Look): string {
  const { module, beforeMs, nowMs, differenceMs } = difference;
  const amount = (ms: number | null): string =>
    padStart(ms === null ? symbols.dash : duration(ms), COLUMN + 2);
  const sign = (differenceMs ?? 0) < 0 ? "-" : "+";
  const change =
    differenceMs === null ? symbols.dash : `${sign}${duration(Math.abs(differenceMs))}`;
  const color =
    differenceMs === null || differenceMs === 0
      ? paint.dim
      : sign === "+"
        ? paint.red
        : paint.green;
  return `  ${padEnd(module, names)} ${amount(beforeMs)} ${amount(nowMs)} ${color(padStart(change, COLUMN + 2))}`;
}
