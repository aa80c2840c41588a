// log-folder.ts: which log files there are, and whose they are.
import { readdirSync } from "node:fs";
import { basename, dirname, join } from "node:path";

export type LogFile = {
  /** `api`, `api#2`, `skelly:bus`. */
  readonly instance: string;
  /** As people see it: a single replica without its number. */
  readonly shown: string;
  readonly path: string;
};

/** The present log of every instance; empty when nothing has run yet. */
export function logFilesIn(folder: string): LogFile[] {
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
  const files = names
    .filter((name) => name.endsWith(".log"))
    .sort()
    .map((name) => ({ instance: instanceOf(name), path: join(folder, name) }));
  const replicated = new Set(
    files.filter(({ instance }) => /#(?!1$)/.test(instance)).map(({ instance }) => idOf(instance)),
  );
  return files.map((file) => {
    const single = !replicated.has(idOf(file.instance));
    return { ...file, shown: single ? idOf(file.instance) : file.instance };
  });
}

/** The orchestrator writes `#` as `@` and `:` as `=` in file names. */
const instanceOf = (name: string): string =>
  name.slice(0, -".log".length).replaceAll("@", "#").replaceAll("=", ":");

const idOf = (instance: string): string => instance.replace(/#\d+$/, "");

/** `api` means all its instances; `api#2` that one. */
export const belongsTo = (instance: string, module: string): boolean =>
  instance === module || instance.startsWith(`${module}#`);

/** Older parts, newest first: `api.log.1`, `api.log.2` … */
export function rotatedParts({ path }: LogFile): string[] {
  const folder = dirname(path);
  const start = `${basename(path)}.`;
  return readdirSync(folder)
    .filter((name) => name.startsWith(start) && /^\d+$/.test(name.slice(start.length)))
    .sort((a, b) => Number(a.slice(start.length)) - Number(b.slice(start.length)))
    .map((name) => join(folder, name));
}
