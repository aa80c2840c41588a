// secrets.ts: references to secrets. The descriptor keeps the reference; the value exists only
// where a module is started. What was resolved can be masked in anything that is printed.
import { resolve } from "node:path";
import type { Json } from "../json.ts";
import { parseDotenv } from "./dotenv.ts";
import { type Path, type Problem, problem } from "./problem.ts";

export type Reference =
  | { readonly kind: "env"; readonly name: string }
  | { readonly kind: "file"; readonly path: string }
  /** One key of an envFile. */
  | { readonly kind: "env-file"; readonly path: string; readonly key: string };

const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;
const LITERAL = "literal:";

/** `env:NAME` or `file:PATH`, else `null`. A `file://` URL is an ordinary value. */
export function referenceIn(value: string): Reference | null {
  if (value.startsWith("env:") && NAME.test(value.slice(4))) {
    return { kind: "env", name: value.slice(4) };
  }
  if (value.startsWith("envfile:") && value.includes("#")) {
    const hash = value.lastIndexOf("#");
    return { kind: "env-file", path: value.slice(8, hash), key: value.slice(hash + 1) };
  }
  if (value.startsWith("file:") && value.length > 5 && !value.startsWith("file://")) {
    return { kind: "file", path: value.slice(5) };
  }
  return null;
}

export const envFileReference = (path: string, key: string): string => `envfile:${path}#${key}`;

/**
 * `file:` references with relative paths, made absolute: they are relative to the configuration
 * file.
 */
export function withAbsoluteReferences(value: Json, directory: string): Json {
  return mapTexts(value, [], (text) => {
    const reference = referenceIn(text);
    return reference?.kind === "file" ? `file:${resolve(directory, reference.path)}` : text;
  });
}

export type SecretSources = {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Throws when it cannot be read. */
  readonly readFile: (path: string) => string;
};

export type Resolved<T extends Json> = {
  readonly values: T;
  /** What must not be printed; give it to `maskSecrets`. */
  readonly secrets: readonly string[];
  readonly problems: readonly Problem[];
};

/** Replaces every reference by its value. What cannot be read is a problem, and stays as it was. */
export function resolveSecrets<T extends Json>(values: T, sources: SecretSources): Resolved<T> {
  const secrets = new Set<string>();
  const problems: Problem[] = [];
  const files = new Map<string, ReadonlyMap<string, string>>();

  const envFile = (path: string): ReadonlyMap<string, string> => {
    const known = files.get(path) ?? new Map(parseDotenv(sources.readFile(path)).entries);
    files.set(path, known);
    return known;
  };
  const look = (reference: Reference): string | undefined => {
    if (reference.kind === "env") return sources.env[reference.name];
    // Editors end a file with a newline; a secret does not.
    if (reference.kind === "file") return sources.readFile(reference.path).replace(/\r?\n$/, "");
    return envFile(reference.path).get(reference.key);
  };

  const resolved = mapTexts(values, [], (text, path) => {
    if (text.startsWith(LITERAL)) return text.slice(LITERAL.length);
    const reference = referenceIn(text);
    if (reference === null) return text;
    let value: string | undefined;
    let reason = "is not set";
    try {
      value = look(reference);
    } catch (error) {
      reason = `cannot be read (${error instanceof Error ? error.message : String(error)})`;
    }
    if (value === undefined) {
      problems.push(
        problem({ code: "secret-missing", path, message: `${named(reference)} ${reason}` }),
      );
      return text;
    }
    if (reference.kind !== "env-file" || looksSecret(reference.key)) secrets.add(value);
    return value;
  });
  return { values: resolved as T, secrets: [...secrets], problems };
}

export function named(reference: Reference): string {
  if (reference.kind === "env") return `the environment variable '${reference.name}'`;
  if (reference.kind === "file") return `the file '${reference.path}'`;
  return `'${reference.key}' in '${reference.path}'`;
}

/** An envFile holds settings too; masking `info` everywhere would only hide the log. */
const looksSecret = (key: string): boolean =>
  /SECRET|TOKEN|PASS|KEY|CREDENTIAL|PRIVATE|AUTH|DSN|_URL$|_URI$/i.test(key);

/**
 * Shorter than this a secret is also an ordinary word; masking it would hide text and guard
 * nothing.
 */
const MASKED_MIN = 4;

/** The text with every secret in it replaced by `***`. */
export function maskSecrets(text: string, secrets: readonly string[]): string {
  return [...secrets]
    .filter((secret) => secret.length >= MASKED_MIN)
    .sort((a, b) => b.length - a.length)
    .reduce((masked, secret) => masked.replaceAll(secret, "***"), text);
}

/** Every reference in a value, with its path. */
export function referencesIn(value: Json): readonly (readonly [Path, Reference])[] {
  const found: [Path, Reference][] = [];
  mapTexts(value, [], (text, path) => {
    const reference = referenceIn(text);
    if (reference !== null) found.push([path, reference]);
    return text;
  });
  return found;
}

function mapTexts(value: Json, path: Path, change: (text: string, path: Path) => string): Json {
  if (typeof value === "string") return change(value, path);
  if (typeof value !== "object" || value === null) return value;
  if (isList(value)) return value.map((item, index) => mapTexts(item, [...path, index], change));
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, mapTexts(item, [...path, key], change)]),
  );
}

const isList = (value: Json): value is readonly Json[] => Array.isArray(value);
