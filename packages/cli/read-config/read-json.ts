// read-json.ts: JSON with the place of every key and value. Trailing commas and comments are named
// and passed over, so that the rest is checked too.
import { type Path, type Problem, pathText } from "@skelly-jelly/contract";
import { createPlaces, type Parsed, placesIn, syntaxProblem } from "./places.ts";

const DEPTH_MAX = 200;

/** Ends the reading; what it says has been reported. */
class Unreadable extends Error {}

export function readJson(text: string): Parsed {
  const places = createPlaces();
  const problems: Problem[] = [];
  const placeAt = placesIn(text);
  let at = text.startsWith("\uFEFF") ? 1 : 0;

  const say = (message: string, offset: number, rest: Partial<Problem> = {}): void => {
    problems.push(syntaxProblem(message, placeAt(offset), rest));
  };
  const stop = (message: string, offset = at): never => {
    say(message, offset);
    throw new Unreadable(message);
  };
  const found = (): string => (at >= text.length ? "the file ends" : `found '${text[at]}'`);

  function space(): void {
    for (;;) {
      while (/[ \t\r\n]/.test(text[at] ?? "")) at += 1;
      const two = text.slice(at, at + 2);
      if (two !== "//" && two !== "/*" && text[at] !== "#") return;
      say("JSON has no comments", at, { suggestion: "remove it, or use YAML or TypeScript" });
      const end = two === "/*" ? text.indexOf("*/", at) : text.indexOf("\n", at);
      at = end === -1 ? text.length : end + (two === "/*" ? 2 : 0);
    }
  }

  function value(path: Path): unknown {
    if (path.length > DEPTH_MAX) stop(`nested deeper than ${DEPTH_MAX} levels`);
    space();
    places.add(path, "value", placeAt(at));
    const char = text[at];
    if (char === "{") return group(path);
    if (char === "[") return listOf(path);
    if (char === '"') return textValue();
    const word = /[^\s,\]}:"]+/y;
    word.lastIndex = at;
    const written = word.exec(text)?.[0] ?? "";
    const parsed = plain(written);
    if (parsed === undefined) {
      stop(
        char === "'"
          ? "text stands in double quotes in JSON"
          : `expected a value, but ${written === "" ? found() : `found '${written}'`}`,
      );
    }
    at += written.length;
    return parsed;
  }

  function textValue(): string {
    const start = at;
    const whole = /"(?:[^"\\\n]|\\.)*"/y;
    whole.lastIndex = at;
    const written = whole.exec(text)?.[0];
    if (written === undefined) return stop("this text is never closed", start);
    at += written.length;
    try {
      return JSON.parse(written) as string;
    } catch {
      return stop("this text holds an escape that JSON does not know", start);
    }
  }

  function group(path: Path): unknown {
    const entries = new Map<string, unknown>();
    const firstAt = new Map<string, number>();
    at += 1;
    for (space(); text[at] !== "}"; space()) {
      const keyAt = at;
      if (text[at] !== '"') stop(`expected a key in double quotes, but ${found()}`);
      const key = textValue();
      const here = [...path, key];
      const before = firstAt.get(key);
      if (before !== undefined) {
        say(`'${key}' is written twice; the first is on line ${placeAt(before).line}`, keyAt, {
          code: "duplicate-key",
          path: pathText(here),
          at: "key",
          suggestion: "remove or rename one of the two",
        });
      } else {
        firstAt.set(key, keyAt);
        places.add(here, "key", placeAt(keyAt));
      }
      space();
      if (text[at] !== ":") stop(`expected ':' after '${key}', but ${found()}`);
      at += 1;
      entries.set(key, value(here));
      if (!goesOn("}")) break;
    }
    at += 1;
    return Object.fromEntries(entries);
  }

  function listOf(path: Path): unknown {
    const items: unknown[] = [];
    at += 1;
    for (space(); text[at] !== "]"; space()) {
      items.push(value([...path, items.length]));
      if (!goesOn("]")) break;
    }
    at += 1;
    return items;
  }

  /** Past the comma; false at the closing bracket. */
  function goesOn(close: "}" | "]"): boolean {
    space();
    if (text[at] === close) return false;
    if (text[at] !== ",") stop(`expected ',' or '${close}', but ${found()}`);
    const comma = at;
    at += 1;
    space();
    if (text[at] === close) {
      say(`a comma before '${close}' is not allowed in JSON`, comma, { suggestion: "remove it" });
    }
    return true;
  }

  try {
    const whole = value([]);
    space();
    if (at < text.length) stop(`expected the end of the file, but ${found()}`);
    return { value: whole, places, problems };
  } catch (error) {
    if (error instanceof Unreadable) return { value: undefined, places, problems };
    throw error;
  }
}

function plain(word: string): unknown {
  if (word === "true" || word === "false") return word === "true";
  if (word === "null") return null;
  return /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/.test(word) ? Number(word) : undefined;
}
