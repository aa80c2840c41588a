// find-config.ts: which configuration is meant: the one named, or the nearest upwards from here.
import { existsSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { CommandError, EXIT } from "./exit-codes.ts";

/** In this order where a folder has several. */
export const CONFIG_NAMES = ["ts", "mts", "js", "mjs", "json", "yaml", "yml"].map(
  (ending) => `skelly.config.${ending}`,
);

export type FoundConfig = {
  readonly file: string;
  /** Others in the same folder, which are not read. */
  readonly ignored: readonly string[];
};

/** `null` when there is none here or above. A file that was named must be there. */
export function findConfig(named: string | null, from: string): FoundConfig | null {
  if (named !== null) return { file: namedFile(resolve(from, named), named), ignored: [] };
  for (let folder = resolve(from); ; folder = dirname(folder)) {
    const [file, ...ignored] = namesIn(folder);
    if (file !== undefined) return { file, ignored };
    if (folder === dirname(folder)) return null;
  }
}

/** Throws, saying how to make one. */
export function requireConfig(named: string | null, from: string): FoundConfig {
  const found = findConfig(named, from);
  if (found !== null) return found;
  throw new CommandError(EXIT.badConfig, `No skelly.config.* in ${from} or above it.`, [
    "Write one with `skelly init`, or name one with -c FILE.",
  ]);
}

/** A folder may be named too: then the file in it is meant. */
function namedFile(path: string, named: string): string {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat?.isFile()) return path;
  const inside = stat?.isDirectory() ? namesIn(path)[0] : undefined;
  if (inside !== undefined) return inside;
  const problem = stat === undefined ? "is not there" : "is not a configuration file";
  throw new CommandError(EXIT.badConfig, `${named} ${problem} (looked at ${path}).`);
}

const namesIn = (folder: string): string[] =>
  CONFIG_NAMES.map((name) => join(folder, name)).filter((path) => existsSync(path));
