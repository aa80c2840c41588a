// machine.ts: the real machine, as the check of a configuration asks it.
import { accessSync, constants, readdirSync, readFileSync, statSync } from "node:fs";
import { resolve } from "node:path";
import type { MachineChecks } from "../schema/machine-checks.ts";

/** Larger than any envFile; a mistaken path must not fill the memory. */
const TEXT_MAX_BYTES = 1024 * 1024;

const exists: MachineChecks["exists"] = (path) => {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined) return null;
  return found.isFile() ? "file" : found.isDirectory() ? "directory" : "other";
};

const mayRun = (path: string): boolean => {
  try {
    // Most directories of a PATH lack the command; to ask so that nothing is thrown is much cheaper.
    if (statSync(path, { throwIfNoEntry: false })?.isFile() !== true) return false;
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
};

/** Answers `null` for what may not be looked at: to this user it is not there. */
const orNull = <T>(ask: () => T): T | null => {
  try {
    return ask();
  } catch {
    return null;
  }
};

export const machine: MachineChecks = {
  exists: (path) => orNull(() => exists(path)),
  findCommand(name, cwd, env) {
    if (name === "") return null;
    const candidates = name.includes("/")
      ? [resolve(cwd, name)]
      : (env["PATH"] ?? "").split(":").map((directory) => resolve(cwd, directory, name));
    return candidates.find(mayRun) ?? null;
  },
  names: (directory) => orNull(() => readdirSync(directory)) ?? [],
  readText: (path) =>
    orNull(() => (statSync(path).size > TEXT_MAX_BYTES ? null : readFileSync(path, "utf8"))),
};
