// watch-config.ts: the configuration file is watched; a change is read apart, and applied whole or not at all.
import { type FSWatcher, watch } from "node:fs";
import { basename, dirname } from "node:path";
import { isError, type Problem, type SystemDescriptor } from "@skelly-jelly/contract";
import { evaluateApart } from "../read-config/evaluate-apart.ts";

/** Editors write a file several times over; they have their say first. */
const DEBOUNCE_MS = 150;

type Use = {
  readonly file: string;
  readonly profile: string | null;
  readonly nodePath: string;
  readonly program: string;
  readonly apply: (system: SystemDescriptor) => Promise<void>;
  readonly rejected: (problems: readonly Problem[]) => void;
  readonly log: (message: string) => void;
};

export type ConfigWatch = {
  /** Reads it now, whether it changed or not. */
  reload(): void;
  close(): void;
};

export function watchConfig(use: Use): ConfigWatch {
  const watchers = new Map<string, FSWatcher>();
  const names = new Map<string, Set<string>>();
  let timer: NodeJS.Timeout | null = null;
  let reading: Promise<void> = Promise.resolve();
  let closed = false;

  const changed = (): void => {
    if (timer !== null) clearTimeout(timer);
    timer = setTimeout(() => {
      timer = null;
      reading = reading.then(read);
    }, DEBOUNCE_MS);
  };

  const read = async (): Promise<void> => {
    if (closed) return;
    const evaluate = { node: use.nodePath, program: use.program };
    const { system, problems, sources } = await evaluateApart(use.file, evaluate, {
      profile: use.profile,
    });
    if (closed) return;
    watchSources(sources);
    if (system === null || problems.some(isError)) return use.rejected(problems);
    await use.apply(system);
  };

  /** Folders are watched, not files: editors put a new file in the old one's place. */
  const watchSources = (sources: readonly string[]): void => {
    for (const source of sources) {
      const folder = dirname(source);
      const known = names.get(folder) ?? new Set();
      known.add(basename(source));
      names.set(folder, known);
      if (watchers.has(folder)) continue;
      try {
        const watcher = watch(folder, { persistent: false }, (_type, name) => {
          if (name === null || names.get(folder)?.has(name)) changed();
        });
        watcher.on("error", (error) => use.log(`${folder} is no longer watched: ${error.message}`));
        watchers.set(folder, watcher);
      } catch (error) {
        use.log(`${folder} cannot be watched: ${String(error)}`);
      }
    }
  };

  watchSources([use.file]);
  return {
    reload: changed,
    close() {
      closed = true;
      if (timer !== null) clearTimeout(timer);
      for (const watcher of watchers.values()) watcher.close();
    },
  };
}
