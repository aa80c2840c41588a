// shape.ts: what a value of the configuration may look like, as data. The check, the JSON Schema
// and the reference page are all made from it.
import type { Json } from "../json.ts";

export type Shape =
  | {
      readonly kind: "text";
      /** What it must be, with its article: `a port`, `a regular expression`. */
      readonly says: string;
      readonly accepts: (text: string) => boolean;
      /** For the JSON Schema. */
      readonly pattern: string | null;
      /** Words among which the nearest is named. */
      readonly among: readonly string[];
    }
  | { readonly kind: "flag" }
  | { readonly kind: "exactly"; readonly value: boolean }
  | {
      readonly kind: "number";
      readonly min: number;
      readonly max: number;
      readonly whole: boolean;
      readonly says: string;
    }
  | { readonly kind: "duration"; readonly minMs: number }
  | { readonly kind: "size" }
  | { readonly kind: "choice"; readonly values: readonly string[] }
  | { readonly kind: "list"; readonly of: Shape; readonly atLeast: number }
  | { readonly kind: "map"; readonly of: Shape; readonly keys: KeyRule | null }
  | ObjectShape
  /** Told apart by their JSON type, so at most one of each type. */
  | { readonly kind: "either"; readonly options: readonly Shape[] }
  /** Any plain data; the modules' own business. */
  | { readonly kind: "data" }
  /** Something only a program can hold, such as what `defineModule` returns. */
  | { readonly kind: "held"; readonly says: string; readonly accepts: (value: unknown) => boolean };

export type ObjectShape = {
  readonly kind: "object";
  /** Its name in the JSON Schema and in messages: `module`. */
  readonly name: string;
  readonly keys: Readonly<Record<string, Key>>;
  /** Known, and refused by name: key to reason. */
  readonly refused: Readonly<Record<string, string>>;
  /** What other products call it: their word to ours. */
  readonly aliases: Readonly<Record<string, string>>;
  readonly exactlyOne: readonly string[];
  /** Keys that begin with `x-` are the user's own: a home for YAML anchors. */
  readonly extensible: boolean;
};

export type Key = {
  readonly shape: Shape;
  readonly description: string;
  /** As the reference shows it; text when it depends on something else. */
  readonly default?: Json;
  /** True when `default` is a sentence and not a value. */
  readonly defaultIsProse?: boolean;
  readonly example?: Json;
  readonly needed?: boolean;
};

export type KeyRule = {
  readonly noun: string;
  readonly pattern: RegExp;
  readonly says: string;
  readonly repaired: (key: string) => string;
};

type TextRule = {
  readonly says?: string;
  readonly accepts?: (text: string) => boolean;
  readonly pattern?: string;
  readonly among?: readonly string[];
};

export const text = (rule: TextRule = {}): Shape => ({
  kind: "text",
  says: rule.says ?? "text",
  accepts:
    rule.accepts ??
    (rule.pattern === undefined
      ? (value) => value.trim() !== ""
      : (value) => new RegExp(rule.pattern ?? "", "u").test(value)),
  pattern: rule.pattern ?? null,
  among: rule.among ?? [],
});
export const flag: Shape = { kind: "flag" };
export const exactly = (value: boolean): Shape => ({ kind: "exactly", value });
export const whole = (min: number, max: number, says = "a whole number"): Shape => ({
  kind: "number",
  min,
  max,
  whole: true,
  says,
});
export const number = (min: number, max: number, says = "a number"): Shape => ({
  kind: "number",
  min,
  max,
  whole: false,
  says,
});
export const duration = (minMs = 0): Shape => ({ kind: "duration", minMs });
export const size: Shape = { kind: "size" };
export const choice = (...values: string[]): Shape => ({ kind: "choice", values });
export const list = (of: Shape, atLeast = 0): Shape => ({ kind: "list", of, atLeast });
export const map = (of: Shape, keys: KeyRule | null = null): Shape => ({ kind: "map", of, keys });
export const either = (...options: Shape[]): Shape => ({ kind: "either", options });
/** A program and its arguments; YAML makes numbers of ports and the like. */
export const words: Shape = list(
  either(text({ accepts: () => true }), number(-Number.MAX_VALUE, Number.MAX_VALUE)),
  1,
);
export const data: Shape = { kind: "data" };

export const object = (
  name: string,
  keys: Readonly<Record<string, Key>>,
  rules: {
    readonly refused?: Readonly<Record<string, string>>;
    readonly aliases?: Readonly<Record<string, string>>;
    readonly exactlyOne?: readonly string[];
    readonly extensible?: boolean;
  } = {},
): ObjectShape => ({
  kind: "object",
  name,
  keys,
  refused: rules.refused ?? {},
  aliases: rules.aliases ?? {},
  exactlyOne: rules.exactlyOne ?? [],
  extensible: rules.extensible ?? false,
});

/** What was expected, in words, with an example where words are not enough. */
export function expected(shape: Shape): string {
  switch (shape.kind) {
    case "text":
    case "held":
      return shape.says;
    case "flag":
      return "true or false";
    case "exactly":
      return String(shape.value);
    case "number":
      return `${shape.says}${range(shape.min, shape.max)}`;
    case "duration":
      return 'a duration such as "30s", "500ms" or "5m" (a plain number is milliseconds)';
    case "size":
      return 'a size such as "512MB" or "1GiB" (a plain number is bytes)';
    case "choice":
      return inWords(shape.values.map((value) => `'${value}'`));
    case "list":
      return `a list${shape.atLeast > 0 ? ` of at least ${shape.atLeast}` : ""}`;
    case "map":
    case "object":
    case "data":
      return "a group of keys";
    case "either":
      return inWords(shape.options.map(expected));
  }
}

const range = (min: number, max: number): string => {
  if (max >= Number.MAX_SAFE_INTEGER) return min > 0 ? ` of at least ${min}` : "";
  return ` from ${min} to ${max}`;
};

export const inWords = (words: readonly string[]): string =>
  words.length < 2
    ? (words[0] ?? "nothing")
    : `${words.slice(0, -1).join(", ")} or ${words[words.length - 1]}`;
