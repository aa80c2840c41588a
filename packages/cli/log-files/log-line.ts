// log-line.ts: one line of a module's log file: `ISO-time out|err|out~|err~ text`. Pure.

export type LogLine = {
  readonly module: string;
  /** ISO 8601, as written. */
  readonly time: string;
  readonly timeMs: number;
  readonly stream: "out" | "err";
  /** Written while the orchestrator was away: `time` is when it was read. */
  readonly late: boolean;
  readonly text: string;
};

const LINE = /^(\d{4}-\d\d-\d\dT[\d:.]+Z) (out|err)(~?) ?(.*)$/s;

/** `null` for what is no such line (a torn one at a rotation). */
export function parseLogLine(module: string, line: string): LogLine | null {
  const match = LINE.exec(line);
  if (match === null) return null;
  const [, time = "", stream, late, text = ""] = match;
  const timeMs = Date.parse(time);
  if (Number.isNaN(timeMs)) return null;
  return { module, time, timeMs, stream: stream as "out" | "err", late: late === "~", text };
}

/** Several modules' lines as one story; lines of one module keep their order. */
export function mergeByTime(lists: readonly (readonly LogLine[])[]): LogLine[] {
  return lists
    .flat()
    .map((line, index) => ({ line, index }))
    .sort((a, b) => a.line.timeMs - b.line.timeMs || a.index - b.index)
    .map(({ line }) => line);
}
