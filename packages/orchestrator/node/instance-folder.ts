// instance-folder.ts: the files of one instance on disk: made, read, watched, removed.
// One file holds all lives: making a file costs up to a millisecond on some disks, a line next to nothing.
import {
  appendFileSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  statSync,
  truncateSync,
  unlinkSync,
  watch,
} from "node:fs";
import { InstancePath, instanceOfSafe } from "./instance-path.ts";
import { type ProcessIdentity, parseStat } from "./process-identity.ts";

/** Everything but the spools, which belong to the log collector. */
const OURS = /^(?:cmd|say|lives|\d+\.notify)$/;
/** Thousands of restarts; nobody reads more than the last. */
const LIVES_MAX_BYTES = 256 * 1024;

export type LifeOnDisk = {
  readonly incarnation: number;
  /** `null` when it is of another boot: then it is no longer, whoever has that pid. */
  readonly process: ProcessIdentity | null;
  /** The shell's exit code; `null` while none is written. */
  readonly exitCode: number | null;
  /** Its end was reported by an orchestrator. */
  readonly told: boolean;
};

export class InstanceFolder {
  readonly path: InstancePath;

  constructor(path: InstancePath) {
    this.path = path;
  }

  /** Before an incarnation starts, with nothing running. */
  prepare(incarnation: number, notify: boolean): void {
    const lives = statSync(this.path.lives, { throwIfNoEntry: false });
    if (lives === undefined) {
      mkdirSync(this.path.directory, { recursive: true, mode: 0o700 });
    } else if (lives.size > LIVES_MAX_BYTES) truncateSync(this.path.lives);
    // The run directory may have outlived the spools' folder, or the other way round.
    if (!existsSync(this.path.spools))
      mkdirSync(this.path.spools, { recursive: true, mode: 0o700 });
    if (notify) closeSync(openSync(this.path.of(incarnation, "notify"), "a", 0o600));
  }

  /** After its end was told. */
  settle(incarnation: number): void {
    remove(this.path.of(incarnation, "notify"));
    if (existsSync(this.path.lives)) appendFileSync(this.path.lives, `told ${incarnation}\n`);
  }

  /**
   * What is written of each incarnation, oldest first. Lines: `pid K BOOT STAT`, `exit K CODE` (by the
   * parent process), `told K` (by us). A last line without its end is not one yet.
   */
  lives(boot: string): readonly LifeOnDisk[] {
    const found = new Map<number, LifeOnDisk>();
    for (const line of this.lines()) {
      const [what, number, ...rest] = line.split(" ");
      const incarnation = Number(number);
      const known = found.get(incarnation) ?? NOTHING;
      if (what === "pid") {
        const process = rest[0] === boot ? parseStat(rest.slice(1).join(" ")) : null;
        found.set(incarnation, { ...known, incarnation, process });
      }
      if (what === "exit")
        found.set(incarnation, { ...known, incarnation, exitCode: Number(rest) });
      if (what === "told") found.set(incarnation, { ...known, incarnation, told: true });
    }
    return [...found.values()].sort((a, b) => a.incarnation - b.incarnation);
  }

  /** The shell's code, once it is written. */
  exitCode(incarnation: number, boot: string): number | null {
    return this.lives(boot).find((life) => life.incarnation === incarnation)?.exitCode ?? null;
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
      if (this.path.spools !== this.path.directory) rmdirSync(this.path.directory);
      rmdirSync(this.path.spools);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code !== "ENOTEMPTY" && code !== "ENOENT") throw error;
    }
  }

  private lines(): readonly string[] {
    try {
      return readFileSync(this.path.lives, "latin1").split("\n").slice(0, -1);
    } catch {
      // Nothing has lived here yet.
      return [];
    }
  }
}

const NOTHING: LifeOnDisk = { incarnation: 0, process: null, exitCode: null, told: false };

/** The instances that have a folder under the run directory. */
export function instanceFolders(runDirectory: string): readonly InstanceFolder[] {
  return readdirSync(runDirectory, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(`${runDirectory}/${entry.name}/cmd`))
    .map(({ name }) => new InstanceFolder(new InstancePath(runDirectory, instanceOfSafe(name))));
}

function remove(file: string): void {
  // Mostly there is none: asking costs less than an error.
  if (existsSync(file)) unlinkSync(file);
}
