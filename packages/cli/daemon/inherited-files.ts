// inherited-files.ts: the daemon outlives who started it, so it lets go of every file that they had open.
import { closeSync, readdirSync, readFileSync } from "node:fs";

const FIRST_OTHER_FD = 3;
const CLOSE_ON_EXEC = 0o2000000;

/**
 * Node.js closes what it opens itself on exec, and does so for inherited descriptors too, but only
 * for the first few: a pipe at 251 would stay open in the daemon and in every module.
 */
export function closeInheritedFiles(folder = "/proc/self/fdinfo"): void {
  for (const fd of listed(folder)) {
    if (fd < FIRST_OTHER_FD || !isInherited(`${folder}/${fd}`)) continue;
    try {
      closeSync(fd);
    } catch {
      // It was the one that listed the folder, or somebody's who has closed it: gone is gone.
    }
  }
}

function listed(folder: string): number[] {
  try {
    return readdirSync(folder).map(Number);
  } catch {
    // Not Linux: nothing is known, and nothing is closed.
    return [];
  }
}

function isInherited(info: string): boolean {
  try {
    const flags = /^flags:\s+(\d+)$/m.exec(readFileSync(info, "utf8"))?.[1];
    return flags !== undefined && (Number.parseInt(flags, 8) & CLOSE_ON_EXEC) === 0;
  } catch {
    // Closed meanwhile.
    return false;
  }
}
