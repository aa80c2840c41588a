// renice.ts: lower priority for every thread of some processes, and the usual one again.
import { readdirSync } from "node:fs";
import { setPriority } from "node:os";

const LOWER_BY = 10;

/**
 * False when it cannot be taken back: only root may raise a priority again, and what cannot be undone
 * is not done.
 */
export function renice(pids: readonly number[], lower: boolean): boolean {
  if (process.platform !== "linux" || process.getuid?.() !== 0) return false;
  for (const pid of pids) for (const thread of threadsOf(pid)) setOne(thread, lower);
  return true;
}

function setOne(thread: number, lower: boolean): void {
  try {
    setPriority(thread, lower ? LOWER_BY : 0);
  } catch {
    // It ended meanwhile.
  }
}

function threadsOf(pid: number): readonly number[] {
  try {
    return readdirSync(`/proc/${pid}/task`).map(Number);
  } catch {
    // It ended meanwhile.
    return [];
  }
}
