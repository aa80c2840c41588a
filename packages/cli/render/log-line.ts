// log-line.ts: a module's line for people (`module | text`) and for programs. Pure.
import type { LogLine } from "../log-files/log-line.ts";
import { clockTime } from "./amounts.ts";
import { colorOf } from "./paint.ts";
import type { Look } from "./state.ts";
import { harmless, padEnd } from "./width.ts";

export function renderLogLine(
  line: LogLine,
  options: { readonly nameWidth: number; readonly times: boolean },
  look: Look,
): string {
  const { paint, symbols } = look;
  const name = paint[colorOf(line.module)](`${padEnd(line.module, options.nameWidth)} |`);
  const time = options.times ? `${paint.dim(clockTime(line.timeMs))} ` : "";
  const late = line.late ? paint.yellow("~ ") : "";
  const text = harmless(line.text, paint.on);
  const error = line.stream === "err" && paint.on ? paint.red(symbols.bar === "|" ? "!" : "▏") : "";
  return `${time}${name} ${late}${error}${text}`;
}

export const logLineJson = (line: LogLine): string =>
  JSON.stringify({
    time: line.time,
    module: line.module,
    stream: line.stream,
    ...(line.late && { late: true }),
    text: line.text,
  });
