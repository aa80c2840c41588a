// read-yaml.ts: YAML with the place of every key and value; anchors and merge keys are followed.
import { type Path, type Problem, pathText } from "@skelly-jelly/contract";
import { type Document, isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument } from "yaml";
import { createPlaces, type Parsed, type Place, type Places, syntaxProblem } from "./places.ts";

const DEPTH_MAX = 200;
/** An anchor may be used this often; more is a bomb. */
const ALIASES_MAX = 1000;

export function readYaml(text: string): Parsed {
  const lines = new LineCounter();
  const places = createPlaces();
  // Duplicate keys are found below, where both lines are known.
  const document = parseDocument(text, { lineCounter: lines, merge: true, uniqueKeys: false });
  const placeAt = (offset: number): Place => {
    const { line, col } = lines.linePos(offset);
    return { line, column: col };
  };
  const problems: Problem[] = document.errors.map(({ message, pos }) =>
    syntaxProblem(firstLine(message), placeAt(pos[0])),
  );
  for (const { message, pos } of document.warnings) {
    problems.push(syntaxProblem(firstLine(message), placeAt(pos[0]), { severity: "warning" }));
  }
  if (document.errors.length > 0) return { value: undefined, places, problems };
  try {
    const value: unknown = document.toJS({ maxAliasCount: ALIASES_MAX });
    walk({ document, places, placeAt, problems, seen: new Set() }, document.contents, []);
    return { value, places, problems };
  } catch (error) {
    // The library throws for anchors that are missing, or used so often that they would fill the
    // memory.
    const message = error instanceof Error ? error.message : String(error);
    return { value: undefined, places, problems: [...problems, syntaxProblem(message, null)] };
  }
}

type Walk = {
  readonly document: Document;
  readonly places: Places;
  readonly placeAt: (offset: number) => Place;
  readonly problems: Problem[];
  /** Groups whose keys have been looked through for duplicates: an anchor is reported once. */
  readonly seen: Set<unknown>;
};

function walk(use: Walk, node: unknown, path: Path): void {
  if (path.length > DEPTH_MAX) return;
  if (isAlias(node)) {
    // The place of the alias itself; what is inside stands where the anchor is.
    walk(use, node.resolve(use.document), path);
    if (node.range) use.places.add(path, "value", use.placeAt(node.range[0]));
    return;
  }
  if (!isMap(node) && !isSeq(node) && !isScalar(node)) return;
  if (node.range) use.places.add(path, "value", use.placeAt(node.range[0]));
  if (isSeq(node)) {
    node.items.forEach((item, index) => {
      walk(use, item, [...path, index]);
    });
  }
  if (!isMap(node)) return;
  const firstAt = new Map<string, Place>();
  const merged = node.items.filter(({ key }) => isMerge(key));
  // What is merged in comes first: the group's own keys win.
  for (const { value } of merged) walkMerged(use, value, path);
  for (const { key, value } of node.items) {
    if (!isScalar(key) || isMerge(key)) continue;
    const name = String(key.value);
    const here = [...path, name];
    const place = key.range ? use.placeAt(key.range[0]) : null;
    const before = firstAt.get(name);
    if (place !== null && before === undefined) {
      firstAt.set(name, place);
      use.places.add(here, "key", place);
    }
    if (before !== undefined && !use.seen.has(node)) use.problems.push(twice(here, place, before));
    walk(use, value, here);
  }
  use.seen.add(node);
}

/** The library gives a merge key a symbol, so that a plain text `<<` stays a key. */
const isMerge = (key: unknown): boolean =>
  isScalar(key) && typeof key.value === "symbol" && key.value.description === "<<";

function walkMerged(use: Walk, value: unknown, path: Path): void {
  const source = isAlias(value) ? value.resolve(use.document) : value;
  if (isSeq(source)) for (const item of source.items) walkMerged(use, item, path);
  else if (isMap(source)) walk(use, source, path);
}

const twice = (path: Path, place: Place | null, before: Place): Problem =>
  syntaxProblem(
    `'${path[path.length - 1]}' is written twice; the first is on line ${before.line}`,
    place,
    {
      code: "duplicate-key",
      path: pathText(path),
      at: "key",
      suggestion: "remove or rename one of the two",
    },
  );

const firstLine = (message: string): string =>
  (message.split("\n")[0] ?? message).replace(/ at line \d+, column \d+:?$/, "");
