// config-path.ts: one value inside a configuration, named as people name it:
// `capture.sources[0].path`.
import type { Json, JsonObject } from "../json.ts";
import type { Path } from "./problem.ts";

/** So that `config set big[1000000000] 1` cannot fill the memory. */
const INDEX_MAX = 10_000;

/** The steps of `a.b[0]["odd key"]`, or `null` when the text is no path. */
export function parsePath(text: string): Path | null {
  const steps: (string | number)[] = [];
  const step = /(?:^|\.)([^.[\]"]+)|\[(\d+)\]|\["((?:[^"\\]|\\.)*)"\]/y;
  while (step.lastIndex < text.length) {
    const match = step.exec(text);
    if (match === null) return null;
    const [, name, index, quoted] = match;
    if (name !== undefined) steps.push(name);
    else if (index !== undefined) steps.push(Number(index));
    else steps.push((quoted ?? "").replace(/\\(.)/g, "$1"));
  }
  return steps.length === 0 ? null : steps;
}

/** `undefined` when there is nothing at that path. */
export function getAtPath(config: unknown, path: string | Path): unknown {
  const steps = typeof path === "string" ? parsePath(path) : path;
  if (steps === null) return undefined;
  return steps.reduce<unknown>((value, step) => {
    if (typeof value !== "object" || value === null) return undefined;
    return Object.hasOwn(value, step)
      ? (value as Record<string | number, unknown>)[step]
      : undefined;
  }, config);
}

export type SetResult =
  | { readonly ok: true; readonly config: JsonObject }
  | { readonly ok: false; readonly message: string };

/**
 * A copy with the value in place; `undefined` removes it. Groups on the way are made, lists only
 * grow by one.
 */
export function setAtPath(
  config: JsonObject,
  path: string | Path,
  value: Json | undefined,
): SetResult {
  const steps = typeof path === "string" ? parsePath(path) : path;
  if (steps === null || typeof steps[0] !== "string") {
    const message = `'${String(path)}' is no path; write for example a.b[0]`;
    return { ok: false, message };
  }
  const next = placed(config, steps, value, "");
  return typeof next === "string"
    ? { ok: false, message: next }
    : { ok: true, config: next.value as JsonObject };
}

/** The changed value, or why it cannot be. */
function placed(
  current: Json | undefined,
  [step, ...rest]: Path,
  value: Json | undefined,
  above: string,
): { readonly value: Json } | string {
  if (step === undefined) return { value: value ?? null };
  const here = above === "" ? "the configuration" : `'${above}'`;
  if (typeof step === "number") {
    if (current !== undefined && !isList(current)) return `${here} is no list`;
    const items = current ?? [];
    if (step > items.length || step >= INDEX_MAX) {
      return `${here} has ${items.length} items; [${items.length}] would be the next`;
    }
    if (rest.length === 0 && value === undefined) return { value: items.toSpliced(step, 1) };
    const inner = placed(items[step], rest, value, `${above}[${step}]`);
    if (typeof inner === "string") return inner;
    return { value: [...items.slice(0, step), inner.value, ...items.slice(step + 1)] };
  }
  if (current !== undefined && !isGroup(current)) return `${here} is no group of keys`;
  const group = current ?? {};
  const others = Object.entries(group).filter(([key]) => key !== step);
  if (rest.length === 0 && value === undefined) return { value: Object.fromEntries(others) };
  const before = Object.hasOwn(group, step) ? group[step] : undefined;
  const inner = placed(before, rest, value, above === "" ? step : `${above}.${step}`);
  if (typeof inner === "string") return inner;
  // In its old place when it was there, so that a rewritten file keeps its order.
  return before === undefined
    ? { value: Object.fromEntries([...others, [step, inner.value]]) }
    : {
        value: Object.fromEntries(
          Object.entries(group).map(([key, item]) => [key, key === step ? inner.value : item]),
        ),
      };
}

const isList = (value: Json): value is readonly Json[] => Array.isArray(value);
const isGroup = (value: Json): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);
