// json-schema.ts: the JSON Schema (draft 2020-12) of the configuration file, made from the same
// shapes as its check.
import type { Json, JsonObject } from "../json.ts";
import type { Key, ObjectShape, Shape } from "./shape.ts";
import { SYSTEM_SHAPE } from "./system-keys.ts";

const DURATION_PATTERN = "^\\s*[0-9]+(\\.[0-9]+)?\\s*(ms|s|m|h|d)?\\s*$";
const SIZE_PATTERN = "^\\s*[0-9]+(\\.[0-9]+)?\\s*(B|kB|KB|MB|GB|TB|KiB|MiB|GiB|TiB)?\\s*$";

export function jsonSchema(): JsonObject {
  const definitions = new Map<string, JsonObject>();
  const root = ofObject(SYSTEM_SHAPE, definitions);
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "Skelly system",
    description: "What `skelly up` runs: a system of modules and the policies over them.",
    ...root,
    $defs: Object.fromEntries(
      [...definitions].filter(([, value]) => Object.keys(value).length > 0),
    ),
  };
}

type Definitions = Map<string, JsonObject>;

function ofShape(shape: Shape, definitions: Definitions): JsonObject {
  switch (shape.kind) {
    case "text":
      return {
        type: "string",
        ...(shape.among.length > 0 && { enum: shape.among }),
        ...(shape.pattern !== null && { pattern: shape.pattern }),
      };
    case "flag":
      return { type: "boolean" };
    case "exactly":
      return { const: shape.value };
    case "number":
      return {
        type: shape.whole ? "integer" : "number",
        ...(Math.abs(shape.min) < Number.MAX_SAFE_INTEGER && { minimum: shape.min }),
        ...(Math.abs(shape.max) < Number.MAX_SAFE_INTEGER && { maximum: shape.max }),
      };
    case "duration":
      return { type: ["string", "number"], pattern: DURATION_PATTERN, minimum: 0 };
    case "size":
      return { type: ["string", "number"], pattern: SIZE_PATTERN, minimum: 0 };
    case "choice":
      return { enum: shape.values };
    case "list":
      return {
        type: "array",
        items: ofShape(shape.of, definitions),
        ...(shape.atLeast > 0 && { minItems: shape.atLeast }),
      };
    case "map":
      return {
        type: "object",
        additionalProperties: ofShape(shape.of, definitions),
        ...(shape.keys !== null && { propertyNames: { pattern: shape.keys.pattern.source } }),
      };
    case "object":
      return reference(shape, definitions);
    case "either":
      return { anyOf: shape.options.map((option) => ofShape(option, definitions)) };
    case "data":
      return { type: "object" };
    case "held":
      return { not: {} };
  }
}

/** Every object is defined once, by its name. */
function reference(shape: ObjectShape, definitions: Definitions): JsonObject {
  const name = shape.name.replace(/\s+(\w)/g, (_, letter: string) => letter.toUpperCase());
  if (!definitions.has(name)) {
    // Taken before it is filled, so that a shape may hold itself.
    definitions.set(name, {});
    definitions.set(name, ofObject(shape, definitions));
  }
  return { $ref: `#/$defs/${name}` };
}

function ofObject(shape: ObjectShape, definitions: Definitions): JsonObject {
  const keys = Object.entries(shape.keys).filter(([, { shape: each }]) => each.kind !== "held");
  const needed = keys.filter(([, key]) => key.needed === true).map(([name]) => name);
  const refused = Object.entries(shape.refused).map(([name, reason]) => {
    return [name, { not: {}, description: `Not built yet: ${reason}.` }] as const;
  });
  return {
    type: "object",
    additionalProperties: false,
    ...(shape.extensible && { patternProperties: { "^x-": {} } }),
    properties: Object.fromEntries([
      ...keys.map(([name, key]) => [name, ofKey(key, definitions)] as const),
      ...refused,
    ]),
    ...(needed.length > 0 && { required: needed }),
    ...(shape.exactlyOne.length > 0 && {
      oneOf: shape.exactlyOne.map((name) => ({ required: [name] })),
    }),
  };
}

function ofKey(key: Key, definitions: Definitions): JsonObject {
  const prose = key.defaultIsProse === true && key.default !== undefined;
  return {
    description: prose ? `${key.description} Default: ${String(key.default)}.` : key.description,
    ...(key.default !== undefined && !prose && { default: key.default as Json }),
    ...(key.example !== undefined && { examples: [key.example] }),
    ...ofShape(key.shape, definitions),
  };
}
