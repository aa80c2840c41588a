// schema.ts: the part of JSON Schema that the API needs: one source for the check and the OpenAPI document. Pure.

export type Schema = {
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  readonly default?: unknown;
  readonly items?: Schema;
  readonly maxItems?: number;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | Schema;
  readonly $ref?: string;
};

/** Every way in which the value is not as the schema says, with its path. */
export function violations(value: unknown, schema: Schema, path = ""): readonly string[] {
  const here = path === "" ? "the value" : path;
  if (schema.type !== undefined && ![schema.type].flat().some((type) => isOf(value, type))) {
    return [`${here} must be ${[schema.type].flat().join(" or ")}`];
  }
  if (schema.enum !== undefined && !schema.enum.includes(value)) {
    return [`${here} must be one of ${schema.enum.join(", ")}`];
  }
  if (typeof value === "number") return numberFaults(value, schema, here);
  if (typeof value === "string") return textFaults(value, schema, here);
  if (Array.isArray(value)) {
    const { items, maxItems } = schema;
    if (maxItems !== undefined && value.length > maxItems) {
      return [`${here} must have at most ${maxItems} items`];
    }
    if (items === undefined) return [];
    return value.flatMap((item, index) => violations(item, items, `${path}[${index}]`));
  }
  if (typeof value === "object" && value !== null) {
    return objectFaults(value as Readonly<Record<string, unknown>>, schema, path);
  }
  return [];
}

function isOf(value: unknown, type: string): boolean {
  switch (type) {
    case "null":
      return value === null;
    case "array":
      return Array.isArray(value);
    case "object":
      return typeof value === "object" && value !== null && !Array.isArray(value);
    case "integer":
      return Number.isSafeInteger(value);
    case "number":
      return typeof value === "number" && Number.isFinite(value);
    default:
      return typeof value === type;
  }
}

function numberFaults(value: number, { minimum, maximum }: Schema, here: string): string[] {
  const faults: string[] = [];
  if (minimum !== undefined && value < minimum) faults.push(`${here} must be at least ${minimum}`);
  if (maximum !== undefined && value > maximum) faults.push(`${here} must be at most ${maximum}`);
  return faults;
}

function textFaults(value: string, schema: Schema, here: string): string[] {
  const { minLength = 0, maxLength = Infinity, pattern } = schema;
  if (value.length < minLength || value.length > maxLength) {
    return [`${here} must have ${minLength} to ${maxLength} characters`];
  }
  if (pattern !== undefined && !new RegExp(pattern, "u").test(value)) {
    return [`${here} must match ${pattern}`];
  }
  return [];
}

function objectFaults(
  value: Readonly<Record<string, unknown>>,
  { properties = {}, required = [], additionalProperties = true }: Schema,
  path: string,
): string[] {
  const at = (key: string): string => (path === "" ? key : `${path}.${key}`);
  const missing = required
    .filter((key) => !Object.hasOwn(value, key))
    .map((key) => `${at(key)} is missing`);
  const faults = Object.entries(value).flatMap(([key, item]) => {
    const known = Object.hasOwn(properties, key) ? properties[key] : undefined;
    if (known !== undefined) return violations(item, known, at(key));
    if (additionalProperties === false) {
      const names = Object.keys(properties);
      const offer = names.length === 0 ? "nothing is taken here" : `known: ${names.join(", ")}`;
      return [`${at(key)} is not known (${offer})`];
    }
    return typeof additionalProperties === "object"
      ? violations(item, additionalProperties, at(key))
      : [];
  });
  return [...missing, ...faults];
}
