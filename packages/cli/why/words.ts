// words.ts: times, failures and causes as parts of a sentence. Pure.
import { clockTime } from "../render/amounts.ts";

/** "12:03:04"; with the day when it is not today's. */
export function at(timeMs: number, nowMs: number): string {
  const time = clockTime(timeMs).slice(0, 8);
  const day = dayOf(timeMs);
  return day === dayOf(nowMs) ? time : `${day} ${time}`;
}

function dayOf(ms: number): string {
  const date = new Date(ms);
  const two = (value: number): string => String(value).padStart(2, "0");
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

/**
 * What happened, without whom it happened to and without the advice:
 * "'api' exited with code 7. Read `skelly logs api`." -> "exited with code 7".
 */
export function shortly(message: string, module: string): string {
  const told = message
    .replace(/^Gave up on '[^']+' after/, "was given up after")
    .replace(/^The parent process of '[^']+' was/, "lost its parent process, which was")
    .replace(/ Its dependency '[^']+' is down, so it waits for that\.$/, "")
    .replace(/; it is started again with it(?=\.|$)/, "")
    .replaceAll(`'${module}' `, "");
  const end = /\.(?= [A-Z`]|$)/.exec(told);
  return (end === null ? told : told.slice(0, end.index)).trim();
}

/** The dependency that a cause speaks of; `null` when it speaks of none. */
export const dependencyIn = (cause: string): string | null =>
  /dependency '([^']+)'/.exec(cause)?.[1] ?? null;

/** What people or the system asked for: a story begins there. */
const ASKED: Readonly<Record<string, string>> = {
  "started by request": "somebody asked for it (`skelly start`, the page or the API)",
  "stopped by request": "somebody asked for it (`skelly stop`, the page or the API)",
  "restarted by request": "somebody asked for it (`skelly restart`, the page or the API)",
  "recovered by request": "somebody asked for it (`skelly recover`, the page or the API)",
  "no longer wanted": "it was no longer wanted",
  "the system starts": "the system was started",
  "the system stops": "the system was stopped",
};

export const isAsked = (cause: string): boolean => cause in ASKED || cause.startsWith("adopted");

export const causeWords = (cause: string, module: string): string =>
  ASKED[cause] ?? shortly(cause, module);

/** "failed 3 checks: no answer" -> "failed 3 checks at 12:03:04: no answer". */
export const timed = (words: string, time: string): string =>
  words.replace(/(?=[:;] )|$/, ` at ${time}`);

export function list(words: readonly string[]): string {
  if (words.length < 2) return words.join("");
  return `${words.slice(0, -1).join(", ")} and ${words.at(-1)}`;
}
