// module-log.ts: the module's lines: `message key=value …`, one line a call, values as JSON.
import type { ModuleLog } from "../define-module.ts";

export type WriteLine = (line: string) => void;

/** debug and info go to `out`, warn and error to `err`. */
export function moduleLog(out: WriteLine, err: WriteLine): ModuleLog {
  return {
    debug: (message, fields) => out(lineOf(message, fields)),
    info: (message, fields) => out(lineOf(message, fields)),
    warn: (message, fields) => err(lineOf(message, fields)),
    error: (message, fields) => err(lineOf(message, fields)),
  };
}

/** The log of a process: its own stdout and stderr. */
export const processLog: ModuleLog = moduleLog(
  (line) => void process.stdout.write(`${line}\n`),
  (line) => void process.stderr.write(`${line}\n`),
);

export function lineOf(message: string, fields: object = {}): string {
  const pairs = Object.entries(fields)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => ` ${key}=${shownAs(value)}`);
  return message.replaceAll("\n", "\\n") + pairs.join("");
}

const PLAIN = /^[\w.:/@+-]+$/;

function shownAs(value: unknown): string {
  if (typeof value === "string" && PLAIN.test(value)) return value;
  if (value instanceof Error) return JSON.stringify(value.stack ?? value.message);
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    // Loops and bigints have no JSON; a log line is no place to throw.
    return JSON.stringify(String(value));
  }
}

/** What went wrong, in a line. */
export const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);

/** With the stack, for logs. */
export const stackOf = (error: unknown): string =>
  error instanceof Error ? (error.stack ?? error.message) : String(error);
