// terminal.ts: where output goes and how it may look there. The only reader of colour settings.
import { type Paint, paint } from "./render/paint.ts";
import { type Symbols, symbols } from "./render/symbols.ts";

/** The part of a stream that is written to. */
export type Sink = {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
};

export type Terminal = {
  /** Results: stdout. */
  print(line: string): void;
  /** Text without a line end; for live drawing on a TTY. */
  draw(text: string): void;
  /** What went wrong, and notices: stderr. */
  complain(line: string): void;
  readonly isTTY: boolean;
  /** `Infinity` when it is not a terminal: nothing is cut for a file. */
  width(): number;
  height(): number;
  readonly paint: Paint;
  readonly symbols: Symbols;
  nowMs(): number;
};

export type Environment = Readonly<Record<string, string | undefined>>;

export function openTerminal(
  out: Sink,
  error: Sink,
  env: Environment,
  options: { readonly noColor: boolean } = { noColor: false },
): Terminal {
  const isTTY = out.isTTY === true;
  return {
    print: (line) => void out.write(`${line}\n`),
    draw: (text) => void out.write(text),
    complain: (line) => void error.write(`${line}\n`),
    // A dumb terminal cannot move its cursor: it gets plain lines.
    isTTY: isTTY && env["TERM"] !== "dumb",
    width: () => (isTTY ? (out.columns ?? 80) : Number.POSITIVE_INFINITY),
    height: () => (isTTY ? (out.rows ?? 24) : Number.POSITIVE_INFINITY),
    paint: paint(!options.noColor && wantsColor(isTTY, env)),
    symbols: symbols(isUtf8(env)),
    nowMs: () => Date.now(),
  };
}

/** FORCE_COLOR decides first (as in Node), then NO_COLOR, then what the terminal is. */
export function wantsColor(isTTY: boolean, env: Environment): boolean {
  const forced = env["FORCE_COLOR"];
  if (forced !== undefined) return forced !== "0" && forced !== "false";
  if ((env["NO_COLOR"] ?? "") !== "") return false;
  return isTTY && env["TERM"] !== "dumb";
}

export function isUtf8(env: Environment): boolean {
  const locale = env["LC_ALL"] || env["LC_CTYPE"] || env["LANG"] || "";
  return /utf-?8/i.test(locale);
}
