// places.ts: where each key and value of a configuration stands in its file, and problems put
// there.
import { type Path, type Problem, parsePath, pathText } from "@skelly-jelly/contract";

export type Place = { readonly line: number; readonly column: number };
export type Places = {
  add(path: Path, part: "key" | "value", place: Place): void;
  /** The place of the path, or of the nearest thing around it that has one. */
  find(path: string, part: "key" | "value"): Place | null;
};

/** More than any configuration; what stands beyond has the place of what is around it. */
const PLACES_MAX = 200_000;

export function createPlaces(): Places {
  const keys = new Map<string, Place>();
  const values = new Map<string, Place>();
  return {
    add(path, part, place) {
      const into = part === "key" ? keys : values;
      if (into.size < PLACES_MAX) into.set(pathText(path), place);
    },
    find(path, part) {
      const first = part === "key" ? keys : values;
      const second = part === "key" ? values : keys;
      const found = first.get(path) ?? second.get(path);
      if (found !== undefined) return found;
      // Around it, the key says more than where its value begins.
      for (let steps = parsePath(path) ?? []; steps.length > 1; ) {
        steps = steps.slice(0, -1);
        const around = keys.get(pathText(steps)) ?? values.get(pathText(steps));
        if (around !== undefined) return around;
      }
      return values.get("") ?? null;
    },
  };
}

export function placed(problems: readonly Problem[], places: Places): readonly Problem[] {
  return problems.map((each) => {
    if (each.line !== null) return each;
    const found = places.find(each.path, each.at);
    return found === null ? each : { ...each, line: found.line, column: found.column };
  });
}

/** Turns offsets in a text into places. */
export function placesIn(text: string): (offset: number) => Place {
  const starts = [0];
  for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  return (offset) => {
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: offset - (starts[low] ?? 0) + 1 };
  };
}

/** What a reader of one format gives back. */
export type Parsed = {
  /** `undefined`: it could not be read. */
  readonly value: unknown;
  readonly places: Places;
  readonly problems: readonly Problem[];
};

export function syntaxProblem(
  message: string,
  place: Place | null,
  rest: Partial<Problem> = {},
): Problem {
  return {
    severity: "error",
    code: "syntax",
    path: "",
    at: "value",
    file: null,
    line: place?.line ?? null,
    column: place?.column ?? null,
    message,
    suggestion: null,
    ...rest,
  };
}
