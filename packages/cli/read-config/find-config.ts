// find-config.ts: finds the configuration file upwards from a directory.
import { statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";

/** In this order where a directory has several. */
export const CONFIG_NAMES: readonly string[] = [
  "ts",
  "mts",
  "js",
  "mjs",
  "json",
  "yaml",
  "yml",
].map((ending) => `skelly.config.${ending}`);

/** The absolute path, or `null` when no directory up to the root has one. */
export function findConfig(startDirectory: string): string | null {
  for (let directory = resolve(startDirectory); ; directory = dirname(directory)) {
    const name = CONFIG_NAMES.find((each) => isFile(join(directory, each)));
    if (name !== undefined) return join(directory, name);
    if (dirname(directory) === directory) return null;
  }
}

/** A directory that may not be looked into has no configuration for us. */
const isFile = (path: string): boolean => {
  try {
    return statSync(path).isFile();
  } catch {
    return false;
  }
};
