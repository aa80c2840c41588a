// cgroup.ts: the cgroup v2 folder of an instance. Even without controllers it knows every process.
import { createHash } from "node:crypto";
import { existsSync, readdirSync, rmdirSync, statSync, writeFileSync } from "node:fs";
import { makeFolder, ownPlace, readOrEmpty } from "./cgroup-places.ts";

/** The folder that holds the cgroups of all instances; `null` when there is no writable v2 tree. */
export function openCgroupRoot(system: string, runDirectory: string): string | null {
  const own = ownPlace(null);
  if (own === null) return null;
  const root = `${own}/${groupName(system, runDirectory)}`;
  return makeFolder(root) ? root : null;
}

/** What the folder of a system's groups is called, the same after a restart. */
export function groupName(system: string, runDirectory: string): string {
  const hash = createHash("sha256").update(runDirectory).digest("hex").slice(0, 8);
  return `skelly-${system.replace(/[^a-zA-Z0-9_-]/g, "_")}-${hash}`;
}

/** One instance's. Its parent process is inside too, and is told apart by its pid. */
export class Cgroup {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  /** False when it cannot be made. */
  create(): boolean {
    return makeFolder(this.path);
  }

  get procsFile(): string {
    return `${this.path}/cgroup.procs`;
  }

  /** Living processes in it and below; the kernel lists no zombies. Empty when it does not exist. */
  processes(): readonly number[] {
    const text = readOrEmpty(this.procsFile);
    const own = text === "" ? [] : text.trimEnd().split("\n").map(Number);
    return [...own, ...subfolders(this.path).flatMap((path) => new Cgroup(path).processes())];
  }

  /** Takes the parent process along: it waits, and is thawed with the rest. */
  freeze(frozen: boolean): boolean {
    try {
      writeFileSync(`${this.path}/cgroup.freeze`, frozen ? "1" : "0");
      return true;
    } catch {
      // No such file: a kernel before 5.2, or the folder is gone.
      return false;
    }
  }

  /**
   * Calls when it is removed, is wanted again, or does not come to be empty: then the next start
   * finds it again.
   */
  removeSoon(done: () => void, isWanted: () => boolean = () => false, turn = 0): void {
    const wait = REMOVE_WAITS_MS[turn];
    if (isWanted() || this.remove() || wait === undefined) done();
    else setTimeout(() => this.removeSoon(done, isWanted, turn + 1), wait);
  }

  /** False while something is still inside. */
  remove(): boolean {
    for (const path of subfolders(this.path)) new Cgroup(path).remove();
    return removeFolder(this.path);
  }
}

/** How often the kernel is asked again to let go of what has just ended. */
const REMOVE_WAITS_MS = [1, 2, 5, 10, 20, 50, 100, 200, 500];

/** Removes an empty cgroup folder; true also when there is none. */
export function removeFolder(path: string): boolean {
  try {
    rmdirSync(path);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ENOENT";
  }
}

/** How often the kernel has killed for memory in these groups (v2 or v1); 0 where none counts it. */
export function memoryKills(paths: readonly string[]): number {
  let kills = 0;
  for (const path of paths) {
    const file = [`${path}/memory.events`, `${path}/memory.oom_control`].find(existsSync);
    const text = file === undefined ? "" : readOrEmpty(file);
    kills += Number(/^oom_kill (\d+)$/m.exec(text)?.[1] ?? 0);
  }
  return kills;
}

/** A module may make groups of its own. The link count says for next to nothing that it has not. */
function subfolders(path: string): readonly string[] {
  const links = statSync(path, { throwIfNoEntry: false })?.nlink ?? 0;
  if (links <= 2) return [];
  return readdirSync(path, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => `${path}/${entry.name}`);
}
