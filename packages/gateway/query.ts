// query.ts: a query string as the route's schema wants it: numbers as numbers, flags as flags.
import { HttpProblem } from "./problem.ts";
import { type Schema, violations } from "./schema.ts";

type Value = string | number | boolean;

export function readQuery(
  text: string,
  known: Readonly<Record<string, Schema>>,
): Readonly<Record<string, Value>> {
  const values: Record<string, Value> = {};
  const problems: string[] = [];
  for (const [name, raw] of new URLSearchParams(text)) {
    const schema = Object.hasOwn(known, name) ? known[name] : undefined;
    if (schema === undefined) {
      const names = Object.keys(known);
      problems.push(`'${name}' is not known${names.length > 0 ? ` (${names.join(", ")})` : ""}`);
    } else if (Object.hasOwn(values, name)) problems.push(`'${name}' is given twice`);
    else {
      const value = converted(raw, schema);
      problems.push(...violations(value, schema, name));
      values[name] = value;
    }
  }
  if (problems.length === 0) return values;
  throw new HttpProblem(400, "The query is not valid.", {
    code: "INVALID",
    problems: problems.slice(0, 20),
  });
}

function converted(raw: string, { type }: Schema): Value {
  if (type === "boolean") {
    if (raw === "" || raw === "1" || raw === "true") return true;
    if (raw === "0" || raw === "false") return false;
  }
  if ((type === "integer" || type === "number") && /^-?\d{1,16}(\.\d+)?$/.test(raw)) {
    return Number(raw);
  }
  return raw;
}
