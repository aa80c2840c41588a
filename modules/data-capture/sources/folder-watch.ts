// folder-watch.ts: watches folders and all below them, one watch for each folder, up to a limit.
import type { FSWatcher } from "node:fs";
import { watch } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";

export type FolderWatchOptions = {
  readonly folders: readonly string[];
  /** Names of folders that are not entered; hidden ones never are. */
  readonly ignored: readonly string[];
  readonly foldersMax: number;
  /** A name inside a watched folder changed; the name is the caller's to forget. */
  onChange(name: string, how: "change" | "rename"): void;
};

export type FolderWatch = {
  readonly watched: number;
  /** True when there were more folders than the limit. */
  readonly incomplete: boolean;
  /** Reason of the first folder that could not be watched. */
  readonly trouble: string | null;
  close(): void;
};

export async function watchFolders(options: FolderWatchOptions): Promise<FolderWatch> {
  const watchers = new Map<string, FSWatcher>();
  const ignored = new Set(options.ignored);
  let closed = false;
  let incomplete = false;
  let trouble: string | null = null;
  const skipped = (name: string): boolean => name.startsWith(".") || ignored.has(name);

  function unwatch(folder: string): void {
    watchers.get(folder)?.close();
    watchers.delete(folder);
  }

  function watchOne(folder: string): boolean {
    if (closed || watchers.has(folder)) return false;
    if (watchers.size >= options.foldersMax) {
      incomplete = true;
      return false;
    }
    try {
      const watcher = watch(folder, { persistent: false }, (how, name) => {
        if (name === null || skipped(name) || name.endsWith("~")) return;
        options.onChange(name, how === "rename" ? "rename" : "change");
        // A new folder may be among the renamed; one that is gone closes its own watch.
        if (how === "rename") void enter(join(folder, name));
      });
      watcher.on("error", () => unwatch(folder));
      watchers.set(folder, watcher);
      return true;
    } catch (error) {
      trouble ??= error instanceof Error ? error.message : String(error);
      return false;
    }
  }

  /** Breadth first, so that the limit cuts off the deepest. */
  async function enter(root: string): Promise<void> {
    const queue = [root];
    for (let folder = queue.shift(); folder !== undefined; folder = queue.shift()) {
      const entries = await readdir(folder, { withFileTypes: true }).catch(() => null);
      if (entries === null) {
        unwatch(folder);
        continue;
      }
      if (!watchOne(folder)) continue;
      for (const entry of entries) {
        if (entry.isDirectory() && !skipped(entry.name)) queue.push(join(folder, entry.name));
      }
    }
  }

  for (const folder of options.folders) await enter(folder);
  return {
    get watched() {
      return watchers.size;
    },
    get incomplete() {
      return incomplete;
    },
    get trouble() {
      return trouble;
    },
    close() {
      closed = true;
      for (const folder of [...watchers.keys()]) unwatch(folder);
    },
  };
}
