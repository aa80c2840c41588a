// instance-folder.ts: the files of one instance on disk: made, read, watched, removed.
import {
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  unlinkSync,
  watch,
  writeFileSync,
} from "node:fs";
import { InstancePath } from "./instance-path.ts";

/** Everything but the spools, which belong to the log collector. */
const OURS = /^(?:cmd|say|parent|name|\d+\.(?:pid|exit|notify))$/;
const PID_FILE = /^(\d+)\.pid$/;

export class InstanceFolder {
  readonly path: InstancePath;

  constructor(path: InstancePath) {
    this.path = path;
  }

  make(): void {
    mkdirSync(this.path.directory, { recursive: true, mode: 0o700 });
    writeFileSync(this.path.name, `${this.path.instance}\n`, { mode: 0o600 });
  }

  /** Before an incarnation starts: its output files exist, and nothing speaks of its end. */
  makeFilesOf(incarnation: number, notify: boolean): void {
    for (const what of ["out", "err", ...(notify ? (["notify"] as const) : [])] as const) {
      closeSync(openSync(this.path.of(incarnation, what), "a", 0o600));
    }
    remove(this.path.of(incarnation, "exit"));
  }

  /** After its end was told. An exit file may still be in the writing; the next start's turn. */
  removeFilesOf(incarnation: number): void {
    remove(this.path.of(incarnation, "pid"));
    remove(this.path.of(incarnation, "notify"));
    remove(this.path.of(incarnation - 1, "exit"));
  }

  /** The shell's code, when the file is complete: it ends in a newline. */
  exitCode(incarnation: number): number | null {
    try {
      const text = readFileSync(this.path.of(incarnation, "exit"), "latin1");
      return text.endsWith("\n") ? Number.parseInt(text, 10) : null;
    } catch {
      return null;
    }
  }

  /** Incarnations whose end nobody has told, newest first. */
  untold(): readonly number[] {
    return readdirSync(this.path.directory)
      .flatMap((name) => PID_FILE.exec(name)?.[1] ?? [])
      .map(Number)
      .sort((a, b) => b - a);
  }

  /** Calls once there is a newline in the incarnation's notify file. */
  watchNotify(incarnation: number, call: () => void): { close(): void } {
    const file = this.path.of(incarnation, "notify");
    let open = true;
    const close = (): void => {
      open = false;
      watcher.close();
    };
    const look = (): void => {
      if (!open || !readFileSync(file, "latin1").includes("\n")) return;
      close();
      call();
    };
    const watcher = watch(file, look);
    // Nothing more will be heard: the startup time limit says what follows from that.
    watcher.on("error", close);
    // One that is adopted may have said it while nobody looked.
    setImmediate(look);
    return { close };
  }

  /** Spools that the log collector still reads stay, and the folder with them. */
  removeAll(): void {
    try {
      for (const name of readdirSync(this.path.directory)) {
        if (OURS.test(name)) remove(`${this.path.directory}/${name}`);
      }
      rmdirSync(this.path.directory);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code !== "ENOTEMPTY" && code !== "ENOENT") throw error;
    }
  }
}

/** The folders under a run directory; those without a name are not ours. */
export function instanceFolders(runDirectory: string): readonly InstanceFolder[] {
  return readdirSync(runDirectory, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .flatMap((entry) => {
      try {
        const instance = readFileSync(`${runDirectory}/${entry.name}/name`, "utf8").trimEnd();
        const path = new InstancePath(runDirectory, instance);
        return path.directory === `${runDirectory}/${entry.name}` ? new InstanceFolder(path) : [];
      } catch {
        return [];
      }
    });
}

function remove(file: string): void {
  try {
    unlinkSync(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
}
