// progress.ts: a start or a stop while it happens: a live list on a terminal, else plain lines.
import type { SystemEvent } from "@skelly-jelly/contract";
import { lookOf } from "../look.ts";
import { isNews, isWarning, renderEvent } from "../render/events.ts";
import { type Goal, renderProgress } from "../render/progress.ts";
import { cut, widthOf } from "../render/width.ts";
import type { Terminal } from "../terminal.ts";
import type { SystemView } from "./system-view.ts";

const FRAME_MS = 100;
const NAME_WIDTH_MAX = 24;

export type ProgressOptions = {
  readonly goal: Goal;
  /** Events as NDJSON, and nothing else. */
  readonly json: boolean;
  readonly quiet: boolean;
};

export interface Progress {
  event(event: SystemEvent): void;
  /** A line that stays, above what is drawn. */
  line(text: string): void;
  /** Starts the list anew, for another goal. */
  begin(goal: Goal): void;
  /** Takes the list away; lines are printed as they come from now on. */
  close(): void;
}

export function openProgress(
  terminal: Terminal,
  options: ProgressOptions,
  view: SystemView,
): Progress {
  const live = terminal.isTTY && !options.json && !options.quiet;
  let drawn = 0;
  let frame = 0;
  let timer: NodeJS.Timeout | null = null;
  let goal = options.goal;
  let beganMs = terminal.nowMs();

  const nameWidth = (): number =>
    Math.min(NAME_WIDTH_MAX, Math.max(8, ...[...view.modules.keys()].map(widthOf)));
  const erase = (): string => (drawn === 0 ? "\r\u001b[K" : `\u001b[${drawn}A\r\u001b[J`);
  const draw = (above: readonly string[]): void => {
    const now = terminal.nowMs();
    const look = lookOf(terminal);
    const lines = renderProgress(
      view,
      goal,
      { now, beganMs, frame, rows: terminal.height() },
      look,
    );
    // A line that fills the last column would wrap, and the list would then be one row taller.
    const cuts = lines.map((line) => cut(line, terminal.width() - 1, terminal.symbols.ellipsis));
    terminal.draw(erase() + [...above, ...cuts].map((line) => `${line}\n`).join(""));
    drawn = cuts.length;
  };
  const line = (text: string): void => {
    if (timer === null) terminal.print(text);
    else draw([text]);
  };
  const begin = (next: Goal): void => {
    goal = next;
    beganMs = terminal.nowMs();
    if (!live || timer !== null) return;
    drawn = 0;
    draw([]);
    timer = setInterval(() => {
      frame++;
      draw([]);
    }, FRAME_MS);
  };

  begin(goal);
  return {
    line,
    begin,
    event(event) {
      if (options.json) return terminal.print(JSON.stringify(event));
      const shown = options.quiet ? isWarning(event) : timer === null || isNews(event);
      const text = shown ? renderEvent(event, nameWidth(), lookOf(terminal)) : null;
      if (text !== null) line(text);
    },
    close() {
      if (timer === null) return;
      clearInterval(timer);
      timer = null;
      terminal.draw(erase());
      drawn = 0;
    },
  };
}
