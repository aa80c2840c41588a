// log-follow.ts: what modules write from now on, across rotations, without the daemon.
import { closeSync, type FSWatcher, fstatSync, openSync, readSync, statSync, watch } from "node:fs";
import { StringDecoder } from "node:string_decoder";
import { type LogFile, logFilesIn } from "./log-folder.ts";
import { type LogLine, mergeByTime, parseLogLine } from "./log-line.ts";

/** Also without a word from the system (a network file system tells nothing). */
const LOOK_EVERY_MS = 500;
const BLOCK_BYTES = 256 * 1024;
/** A longer line is shown in pieces. */
const LINE_MAX = 1024 * 1024;

export type LogFollower = {
  /** Reads what there is now; for the end, when nothing may be missed. */
  flush(): void;
  close(): void;
};

/** One file that is read on; it stays open, so that a rotation loses nothing. */
type Open = {
  readonly descriptor: number;
  readonly inode: number;
  readonly decoder: StringDecoder;
  position: number;
  rest: string;
};

/**
 * Calls with new lines, by time. `starts` says from where known files are read (by instance);
 * files that appear later are read from their beginning.
 */
export function followLogs(
  folder: string,
  options: {
    readonly wants: (instance: string) => boolean;
    readonly starts: ReadonlyMap<string, { readonly end: number; readonly inode: number }>;
    readonly onLines: (lines: readonly LogLine[]) => void;
  },
): LogFollower {
  const open = new Map<string, Open>();
  let watcher: FSWatcher | null = null;

  const look = (): void => {
    watcher ??= watchFolder(folder, look);
    const lists = logFilesIn(folder)
      .filter(({ instance }) => options.wants(instance))
      .map((file) => readOn(file, open, options.starts.get(file.instance)));
    const lines = mergeByTime(lists);
    if (lines.length > 0) options.onLines(lines);
  };
  const timer = setInterval(look, LOOK_EVERY_MS);
  look();
  return {
    flush: look,
    close() {
      clearInterval(timer);
      watcher?.close();
      for (const { descriptor } of open.values()) closeSync(descriptor);
      open.clear();
    },
  };
}

/** `null` while the folder is not there; then the timer alone looks. */
function watchFolder(folder: string, onChange: () => void): FSWatcher | null {
  try {
    const watcher = watch(folder, () => onChange());
    // Out of inotify watches, or the folder went away: the timer goes on.
    watcher.on("error", () => watcher.close());
    return watcher;
  } catch {
    // Not there yet: asked again at the next look.
    return null;
  }
}

function readOn(
  file: LogFile,
  open: Map<string, Open>,
  start: { readonly end: number; readonly inode: number } | undefined,
): LogLine[] {
  const lines: string[] = [];
  let now = open.get(file.instance) ?? null;
  if (now !== null) lines.push(...readNew(now));
  const present = statSync(file.path, { throwIfNoEntry: false });
  if (present !== undefined && present.ino !== now?.inode) {
    if (now !== null) closeSync(now.descriptor);
    const first = now === null;
    now = openAt(file.path, first ? start : undefined);
    if (now !== null) {
      open.set(file.instance, now);
      lines.push(...readNew(now));
    } else open.delete(file.instance);
  }
  return lines.map((line) => parseLogLine(file.shown, line)).filter((line) => line !== null);
}

function openAt(
  path: string,
  start: { readonly end: number; readonly inode: number } | undefined,
): Open | null {
  try {
    const descriptor = openSync(path, "r");
    const inode = fstatSync(descriptor).ino;
    const position = start !== undefined && start.inode === inode ? start.end : 0;
    return { descriptor, inode, position, rest: "", decoder: new StringDecoder("utf8") };
  } catch (error) {
    // Rotated away between the look and the open: found under its name at the next look.
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
}

function readNew(file: Open): string[] {
  // Emptied in place: begin again.
  if (fstatSync(file.descriptor).size < file.position) file.position = 0;
  const block = Buffer.alloc(BLOCK_BYTES);
  const lines: string[] = [];
  for (;;) {
    const got = readSync(file.descriptor, block, 0, block.length, file.position);
    if (got === 0) break;
    file.position += got;
    const parts = (file.rest + file.decoder.write(block.subarray(0, got))).split("\n");
    file.rest = (parts.pop() ?? "").slice(-LINE_MAX);
    lines.push(...parts);
  }
  return lines;
}
