// read-code-places.ts: where the keys of a configuration stand in a TypeScript or JavaScript file.
// Reads the object literal that the file gives to `defineSystem` or exports; what is computed has
// the place around it.
import { type Path, type Problem, pathText } from "@skelly-jelly/contract";
import { createPlaces, type Place, type Places, placesIn, syntaxProblem } from "./places.ts";

export type CodePlaces = Places & {
  /** Keys that are written twice: the program itself keeps the last and says nothing. */
  readonly problems: readonly Problem[];
};

const DEPTH_MAX = 100;
const OPEN = "([{";
const CLOSE = ")]}";

export function readCodePlaces(text: string): CodePlaces {
  const places = createPlaces();
  const problems: Problem[] = [];
  const placeAt = placesIn(text);
  const start = literalStart(text);
  if (start !== null) literal(start, []);
  return { ...places, problems };

  /** Notes what stands at `at`; returns where it ends. */
  function literal(from: number, path: Path): number {
    const at = blank(text, from);
    places.add(path, "value", placeAt(at));
    if (path.length < DEPTH_MAX && text[at] === "{") return restOf(group(at, path));
    if (path.length < DEPTH_MAX && text[at] === "[") return restOf(items(at, path));
    return restOf(at);
  }

  function group(open: number, path: Path): number {
    let at = blank(text, open + 1);
    const firstAt = new Map<string, number>();
    while (at < text.length && text[at] !== "}") {
      const key = keyAt(text, at);
      const after = key === null ? at : blank(text, key.end);
      const plain = key !== null && (text[after] === ":" || /[,}]/.test(text[after] ?? ""));
      if (plain) {
        const here = [...path, key.name];
        const before = firstAt.get(key.name);
        if (before === undefined) firstAt.set(key.name, at);
        else problems.push(writtenTwice(key.name, here, placeAt(at), placeAt(before)));
        places.add(here, "key", placeAt(at));
        at = text[after] === ":" ? literal(after + 1, here) : after;
      } else {
        at = restOf(at);
      }
      if (text[at] === ",") at += 1;
      else if (text[at] !== "}") return text.length;
      at = blank(text, at);
    }
    return at + 1;
  }

  function items(open: number, path: Path): number {
    let at = blank(text, open + 1);
    for (let index = 0; at < text.length && text[at] !== "]"; index += 1) {
      // After a spread nobody knows which index is which.
      if (text.startsWith("...", at)) return restOf(open);
      at = literal(at, [...path, index]);
      if (text[at] === ",") at += 1;
      else if (text[at] !== "]") return text.length;
      at = blank(text, at);
    }
    return at + 1;
  }

  /** The `,` or closing bracket that ends the expression begun before `from`. */
  function restOf(from: number): number {
    let depth = 0;
    let at = from;
    while (at < text.length) {
      const next = blank(text, at);
      if (next !== at) {
        at = next;
        continue;
      }
      const char = text[at] ?? "";
      if (depth === 0 && (char === "," || CLOSE.includes(char))) return at;
      if (OPEN.includes(char)) depth += 1;
      if (CLOSE.includes(char)) depth -= 1;
      at = pastToken(text, at);
    }
    return at;
  }
}

const writtenTwice = (key: string, path: Path, place: Place, first: Place): Problem =>
  syntaxProblem(`'${key}' is written twice; the first is on line ${first.line}`, place, {
    code: "duplicate-key",
    path: pathText(path),
    at: "key",
    suggestion: "remove or rename one of the two",
  });

/** Where the `{` of the configuration is, or `null` when it cannot be seen. */
function literalStart(text: string): number | null {
  const exported = /\bexport\s+default\s+([A-Za-z_$][\w$]*)\s*(?:;|$|satisfies|as\b)/m.exec(
    text,
  )?.[1];
  const patterns = [
    /\bdefineSystem\s*(?:<[^(]*>)?\s*\(\s*(?=\{)/,
    /\bexport\s+default\s*\(?\s*(?=\{)/,
    /\bexport\s+default\s+(?:async\s+)?(?:\([^)]*\)|\w+)\s*=>\s*\(\s*(?=\{)/,
    ...(exported === undefined
      ? []
      : [new RegExp(`\\b${exported.replaceAll("$", "\\$")}\\s*(?::[^=]+)?=\\s*(?=\\{)`)]),
  ];
  for (const pattern of patterns) {
    const match = pattern.exec(text);
    if (match !== null) return match.index + match[0].length;
  }
  return null;
}

/** Past white space and comments. */
function blank(text: string, from: number): number {
  const space = /(?:\s+|\/\/[^\n]*|\/\*[\s\S]*?\*\/)*/y;
  space.lastIndex = from;
  return from + (space.exec(text)?.[0].length ?? 0);
}

function keyAt(text: string, at: number): { readonly name: string; readonly end: number } | null {
  const key = /([A-Za-z_$][\w$]*)|"((?:[^"\\\n]|\\.)*)"|'((?:[^'\\\n]|\\.)*)'/y;
  key.lastIndex = at;
  const match = key.exec(text);
  if (match === null) return null;
  return { name: match[1] ?? match[2] ?? match[3] ?? "", end: at + match[0].length };
}

/** Past one string, template or regular expression, else past one character. */
function pastToken(text: string, at: number): number {
  const char = text[at];
  const pattern =
    char === '"'
      ? /"(?:[^"\\\n]|\\.)*"/y
      : char === "'"
        ? /'(?:[^'\\\n]|\\.)*'/y
        : char === "`"
          ? /`(?:[^`\\]|\\[\s\S])*`/y
          : char === "/" && /[(,=:[!&|?{};]\s*$/.test(text.slice(Math.max(0, at - 20), at))
            ? /\/(?:[^/\\\n[]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\//y
            : null;
  if (pattern === null) return at + 1;
  pattern.lastIndex = at;
  return at + (pattern.exec(text)?.[0].length ?? 1);
}
