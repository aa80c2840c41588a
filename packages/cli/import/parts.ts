// parts.ts: what all importers need: ids, environments, folders.
import { existsSync, readFileSync } from "node:fs";
import { basename, dirname, extname, isAbsolute, join, relative, resolve } from "node:path";
import { parseDotenv, referenceIn } from "@skelly-jelly/contract";
import { MODULE_ID_RULE } from "@skelly-jelly/contract/internal";
import type { Source, WritableModule } from "./imported.ts";
import { malformed, type Notes } from "./notes.ts";
import { type Mixed, plainText, type Variable } from "./variables.ts";

/** Gives every name of the source an id of its own. */
export class Ids {
  readonly #given = new Set<string>();

  of(name: string): string {
    const repaired = MODULE_ID_RULE.repaired(name) || "module";
    const free = repaired === "all" ? "my-all" : repaired;
    let id = free;
    for (let number = 2; this.#given.has(id); number += 1) id = `${free.slice(0, 58)}-${number}`;
    this.#given.add(id);
    return id;
  }
}

/** A value of `env` that means just this text. */
export const literalText = (value: string): string =>
  referenceIn(value) !== null || value.startsWith("literal:") ? `literal:${value}` : value;

export type EnvPair = readonly [name: string, value: Mixed];
export type EnvParts = {
  readonly env: Readonly<Record<string, string>>;
  /** Values made of variables and text: the shell puts them together. */
  readonly exports: readonly EnvPair[];
};

const ENV_NAME = /^[A-Za-z_][A-Za-z0-9_.-]*$/;

/** The last of two equal names wins. `inFile`: names that the module gets from an envFile. */
export function envParts(
  pairs: readonly EnvPair[],
  inFile: ReadonlySet<string>,
  refuse: (name: string) => void,
): EnvParts {
  const env = new Map<string, string>();
  const exports = new Map<string, Mixed>();
  for (const [name, value] of pairs) {
    env.delete(name);
    exports.delete(name);
    const text = plainText(value);
    const alone = value.length === 1 ? (value[0] as string | Variable) : "";
    if (!ENV_NAME.test(name)) refuse(name);
    else if (text !== null) env.set(name, literalText(text));
    else if (typeof alone === "string" || !/^\$\{\w+\??\}$/.test(alone.shell))
      exports.set(name, value);
    // A variable of the same name comes to the module by itself.
    else if (alone.name === name) continue;
    else if (inFile.has(alone.name)) exports.set(name, value);
    else env.set(name, `env:${alone.name}`);
  }
  return { env: Object.fromEntries(env), exports: [...exports] };
}

export function refuseName(notes: Notes, module: string, line: number | null) {
  return (name: string): void =>
    notes.add({
      module,
      what: `the environment variable '${name}'`,
      line,
      instead: "Rename it: letters, digits and '_', not beginning with a digit.",
    });
}

/** `NAME=value` lines; without `=` the value is the one of the shell. */
export const envPair = (text: string, read: (value: string) => Mixed): EnvPair => {
  const equals = text.indexOf("=");
  if (equals >= 0) return [text.slice(0, equals), read(text.slice(equals + 1))];
  return [text, [{ name: text, shell: `\${${text}}` }]];
};

/**
 * From the folder of the new file; `null`: that folder itself. What was `written` as an absolute
 * path elsewhere stays one.
 */
export function pathFrom(outFolder: string, target: string, written: string): string | null {
  const path = relative(outFolder, target);
  if (path === "") return null;
  if (path !== ".." && !path.startsWith("../")) return `./${path}`;
  return isAbsolute(written) ? target : path;
}

/** `cwd`, where it is not the folder of the new file. */
export function placeIn(
  config: WritableModule,
  outFolder: string,
  folder: string,
  written = "",
): void {
  const cwd = pathFrom(outFolder, folder, written);
  if (cwd !== null) config.cwd = cwd;
}

export type DotenvFile = {
  readonly path: string;
  readonly values: Readonly<Record<string, string>>;
};

/** The `.env` beside a file, which many products read unasked. */
export function dotenvBeside(folder: string, shownFolder: string): DotenvFile | null {
  const path = join(folder, ".env");
  if (!existsSync(path)) return null;
  const { entries, problems } = parseDotenv(readFileSync(path, "utf8"));
  const [problem] = problems;
  if (problem !== undefined) {
    throw malformed(join(shownFolder, ".env"), problem.line, `the line ${problem.message}`);
  }
  return { path, values: Object.fromEntries(entries) };
}

/** Files that the product lays over this one unasked. */
export function noteOverrides({ file, shown, folder, notes }: Source): void {
  const ending = extname(file);
  const name = `${basename(file, ending)}.override`;
  for (const other of [`${name}.yaml`, `${name}.yml`].filter((each) =>
    existsSync(join(folder, each)),
  )) {
    notes.add({
      module: null,
      what: "what is laid over it",
      line: null,
      file: join(dirname(shown), other),
      instead: "Only the one file is imported: write here what that one changes.",
    });
  }
}

/** Paths of envFiles as the new file names them. */
export const envFilesFrom = (
  outFolder: string,
  folder: string,
  files: readonly string[],
): readonly string[] => files.map((file) => relative(outFolder, resolve(folder, file)) || file);
