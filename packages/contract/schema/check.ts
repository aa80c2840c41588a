// check.ts: holds a value against its shape. Reports everything that is wrong, and returns what is
// right.
import { durationMs, sizeBytes } from "../units.ts";
import { didYouMean, nearest } from "./nearest.ts";
import { type Path, type Problem, problem, shown } from "./problem.ts";
import { expected, inWords, type Key, type ObjectShape, type Shape } from "./shape.ts";

/** Deeper than any configuration; also ends what refers to itself. */
const DEPTH_MAX = 64;
/** A timer of the platform that is asked for more than 24.8 days fires at once. */
const DURATION_MAX_MS = 24 * 24 * 3_600_000;
const KEYS_NAMED_MAX = 16;

type Report = (found: Problem) => void;

/**
 * The value without what is wrong in it, `undefined` when nothing of it can be used. So later
 * checks can go on with the rest, and one report names everything.
 */
export function check(shape: Shape, value: unknown, path: Path, report: Report): unknown {
  const wrong = (suggestion: string | null = null): undefined => {
    report(
      problem({
        code: "wrong-value",
        path,
        message: `${nameOf(path)} must be ${expected(shape)}, but is ${shown(value)}`,
        suggestion,
      }),
    );
    return undefined;
  };
  switch (shape.kind) {
    case "text":
      if (typeof value !== "string") return wrong(quoted(value, shape.accepts));
      return shape.accepts(value) ? value : wrong(didYouMean(value, shape.among));
    case "flag":
      if (typeof value === "boolean") return value;
      return wrong(value === "yes" || value === "on" ? "write true" : null);
    case "exactly":
      return value === shape.value ? value : wrong();
    case "number": {
      if (typeof value !== "number" || !Number.isFinite(value)) {
        const meant = typeof value === "string" && value.trim() !== "" ? Number(value) : Number.NaN;
        return wrong(Number.isFinite(meant) ? `write ${meant} without quotes` : null);
      }
      const fits = value >= shape.min && value <= shape.max;
      return fits && (!shape.whole || Number.isInteger(value)) ? value : wrong();
    }
    case "duration": {
      const ms = typeof value === "string" || typeof value === "number" ? durationMs(value) : null;
      if (ms === null) return wrong(unitRepaired(value, ["ms", "s", "m", "h", "d"]));
      if (ms > DURATION_MAX_MS) return wrong("the most is 24d");
      return ms >= shape.minMs ? value : wrong(`the least is ${shape.minMs} ms`);
    }
    case "size": {
      const bytes =
        typeof value === "string" || typeof value === "number" ? sizeBytes(value) : null;
      return bytes === null || bytes > Number.MAX_SAFE_INTEGER
        ? wrong(unitRepaired(value, ["B", "kB", "MB", "GB", "TB"]))
        : value;
    }
    case "choice":
      if (typeof value === "string" && shape.values.includes(value)) return value;
      return wrong(typeof value === "string" ? didYouMean(value, shape.values) : null);
    case "list": {
      if (!Array.isArray(value) || value.length < shape.atLeast) return wrong();
      const items = value.map((item, index) => check(shape.of, item, [...path, index], report));
      // Without its wrong items the others would stand in other places.
      return items.includes(undefined) ? undefined : items;
    }
    case "map":
      return isPlain(value) ? checkMap(shape, value, path, report) : wrong();
    case "object":
      return isPlain(value) ? checkObject(shape, value, path, report) : wrong();
    case "either": {
      const type = typeName(value);
      const option = shape.options.find((each) =>
        each.kind === "exactly" ? each.value === value : typesOf(each).includes(type),
      );
      return option === undefined ? wrong() : check(option, value, path, report);
    }
    case "data":
      return checkData(value, path, report, 0);
    case "held":
      return shape.accepts(value) ? value : wrong();
  }
}

type Plain = Readonly<Record<string, unknown>>;

export function isPlain(value: unknown): value is Plain {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  // A config from another realm has another Object; what counts is that it is nobody's instance.
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

function checkObject(shape: ObjectShape, value: Plain, path: Path, report: Report): Plain {
  const right: [string, unknown][] = [];
  for (const [name, item] of Object.entries(value)) {
    if (shape.extensible && name.startsWith("x-")) continue;
    const key = Object.hasOwn(shape.keys, name) ? shape.keys[name] : undefined;
    if (key === undefined) report(unknownKey(shape, name, path));
    else if (item !== undefined) {
      const kept = check(key.shape, item, [...path, name], (found) => report(shownBy(key, found)));
      if (kept !== undefined) right.push([name, kept]);
    }
  }
  for (const [name, { needed, example }] of Object.entries(shape.keys)) {
    if (needed !== true || value[name] !== undefined) continue;
    report(
      missing(path, `'${name}' is missing`, example === undefined ? null : { [name]: example }),
    );
  }
  if (shape.exactlyOne.length > 0) {
    const given = shape.exactlyOne.filter((name) => value[name] !== undefined);
    const words = inWords(shape.exactlyOne.map((name) => `'${name}'`));
    // A mistyped or refused key has been reported; that it is missing is not a second mistake.
    const strange = Object.keys(value).some((name) => !Object.hasOwn(shape.keys, name));
    if (given.length === 0 && !strange) {
      report(missing(path, `${nameOf(path)} needs one of ${words}`, null));
    }
    for (const extra of given.slice(1)) {
      report(
        problem({
          code: "too-many",
          path: [...path, extra],
          at: "key",
          message:
            `${nameOf(path)} has '${given[0]}' and '${extra}', ` + `but takes only one of ${words}`,
          suggestion: `remove '${extra}' or '${given[0]}'`,
        }),
      );
    }
  }
  return Object.fromEntries(right);
}

/** The key's own example is nearer to what was meant than the shape's. */
const shownBy = (key: Key, found: Problem): Problem =>
  found.suggestion !== null || key.example === undefined || found.code !== "wrong-value"
    ? found
    : { ...found, suggestion: `for example ${JSON.stringify(key.example)}` };

const missing = (path: Path, message: string, example: object | null): Problem =>
  problem({
    code: "missing-key",
    path,
    at: "key",
    message,
    suggestion: example === null ? null : `for example ${JSON.stringify(example).slice(1, -1)}`,
  });

function unknownKey(shape: ObjectShape, name: string, path: Path): Problem {
  const at = { path: [...path, name], at: "key" } as const;
  const reason = Object.hasOwn(shape.refused, name) ? shape.refused[name] : undefined;
  if (reason !== undefined) {
    return problem({
      ...at,
      code: "not-built",
      message: `'${name}' is not built yet`,
      suggestion: reason,
    });
  }
  const alias = Object.hasOwn(shape.aliases, name) ? shape.aliases[name] : undefined;
  const known = Object.keys(shape.keys);
  const close = alias === undefined ? nearest(name, known) : null;
  const names = [...known].sort().join(", ");
  return problem({
    ...at,
    code: "unknown-key",
    message: `unknown key '${name}'`,
    suggestion:
      alias !== undefined
        ? `here it is called '${alias}'`
        : close !== null
          ? `did you mean '${close}'?`
          : known.length <= KEYS_NAMED_MAX
            ? `known here: ${names}`
            : `docs/configuration.md lists the keys of a ${shape.name}`,
  });
}

function checkMap(
  shape: Extract<Shape, { kind: "map" }>,
  value: Plain,
  path: Path,
  report: Report,
): Plain {
  const right: [string, unknown][] = [];
  for (const [name, item] of Object.entries(value)) {
    const rule = shape.keys;
    if (rule !== null && !rule.pattern.test(name)) {
      const repaired = rule.repaired(name);
      report(
        problem({
          code: "bad-name",
          path: [...path, name],
          at: "key",
          message: `'${name}' is no ${rule.noun}: ${rule.says}`,
          suggestion: rule.pattern.test(repaired) ? `for example '${repaired}'` : null,
        }),
      );
    }
    const kept = check(shape.of, item, [...path, name], report);
    if (kept !== undefined) right.push([name, kept]);
  }
  return Object.fromEntries(right);
}

function checkData(value: unknown, path: Path, report: Report, depth: number): unknown {
  const wrong = (what: string): undefined => {
    const message = `${nameOf(path)} must be plain data, but ${what}`;
    report(problem({ code: "wrong-value", path, message }));
    return undefined;
  };
  if (depth > DEPTH_MAX) return wrong(`is nested deeper than ${DEPTH_MAX} levels`);
  if (value === null || typeof value === "string" || typeof value === "boolean") return value;
  if (typeof value === "number") return Number.isFinite(value) ? value : wrong("is not a number");
  if (Array.isArray(value)) {
    return value.map((item, index) => checkData(item, [...path, index], report, depth + 1) ?? null);
  }
  if (!isPlain(value))
    return wrong(`is ${typeof value === "object" ? "an instance" : shown(value)}`);
  const kept = Object.entries(value)
    .filter(([, item]) => item !== undefined)
    .map(([name, item]) => [name, checkData(item, [...path, name], report, depth + 1)] as const)
    .filter(([, item]) => item !== undefined);
  return Object.fromEntries(kept);
}

type TypeName = "string" | "number" | "boolean" | "list" | "object" | "none";

function typeName(value: unknown): TypeName {
  if (Array.isArray(value)) return "list";
  if (typeof value === "object") return value === null ? "none" : "object";
  if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") {
    return typeof value as TypeName;
  }
  return "none";
}

function typesOf(shape: Shape): readonly TypeName[] {
  switch (shape.kind) {
    case "text":
    case "choice":
      return ["string"];
    case "flag":
    case "exactly":
      return ["boolean"];
    case "number":
      return ["number"];
    case "duration":
    case "size":
      return ["string", "number"];
    case "list":
      return ["list"];
    case "either":
      return shape.options.flatMap(typesOf);
    default:
      return ["object"];
  }
}

const nameOf = (path: Path): string => {
  const last = path[path.length - 1];
  const owner = path.findLast((step) => typeof step === "string");
  if (last === undefined) return "the system";
  return typeof last === "number" ? `item ${last + 1} of '${owner}'` : `'${last}'`;
};

/** YAML and JSON make a number of what was meant as text. */
const quoted = (value: unknown, accepts: (text: string) => boolean): string | null =>
  (typeof value === "number" || typeof value === "boolean") && accepts(String(value))
    ? `write "${value}" with quotes`
    : null;

/** `"10 secs"` -> did you mean "10s"? */
function unitRepaired(value: unknown, units: readonly string[]): string | null {
  const parts = typeof value === "string" ? /^\s*(\d+(?:\.\d+)?)\s*([A-Za-z]+)/.exec(value) : null;
  if (parts === null) return null;
  const written = (parts[2] ?? "").toLowerCase();
  const unit =
    units.find((each) => each.toLowerCase() === written) ??
    (written.startsWith("mil") || written === "msec"
      ? units.find((each) => each === "ms")
      : units.find((each) => each.toLowerCase()[0] === written[0] && each !== "ms"));
  return unit === undefined ? null : `did you mean "${parts[1]}${unit}"?`;
}
