// file-activity.ts: that files change in the folders the user named, counted by class; never which
// ones.
import { stat } from "node:fs/promises";
import type { FileClass } from "@skelly-jelly/events";
import { fileClassOf } from "../privacy.ts";
import type { Sink, Source } from "../source.ts";
import type { FolderWatch } from "./folder-watch.ts";
import { watchFolders } from "./folder-watch.ts";

export type FileActivityOptions = {
  readonly folders: readonly string[];
  readonly ignoredFolders: readonly string[];
  readonly everyMs: number;
  readonly foldersMax: number;
  onNote(message: string): void;
};

export function createFileActivity(options: FileActivityOptions): Source {
  const counts = new Map<FileClass, { changedCount: number; renamedCount: number }>();
  let sink: Sink | null = null;
  let watched: FolderWatch | null = null;

  return {
    id: "file-activity",
    everyMs: options.everyMs,
    async available() {
      for (const folder of options.folders) {
        const found = await stat(folder).catch(() => null);
        if (found?.isDirectory() === true) return { ok: true };
      }
      return { ok: false, reason: "none of the folders named in `folders` is there" };
    },
    async start(into) {
      sink = into;
      watched = await watchFolders({
        folders: options.folders,
        ignored: options.ignoredFolders,
        foldersMax: options.foldersMax,
        onChange(name, how) {
          const fileClass = fileClassOf(name);
          const count = counts.get(fileClass) ?? { changedCount: 0, renamedCount: 0 };
          counts.set(fileClass, count);
          if (how === "rename") count.renamedCount += 1;
          else count.changedCount += 1;
        },
      });
      if (watched.incomplete) {
        options.onNote(`only the first ${watched.watched} folders are watched`);
      }
      if (watched.trouble !== null) options.onNote(`a folder is not watched: ${watched.trouble}`);
    },
    stop() {
      watched?.close();
      watched = null;
      sink = null;
      counts.clear();
    },
    sample() {
      for (const [fileClass, count] of counts) sink?.emit({ kind: "file", fileClass, ...count });
      counts.clear();
    },
  };
}
