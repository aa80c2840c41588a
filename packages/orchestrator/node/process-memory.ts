// process-memory.ts: what a process's memory is, in every measure people ask for. Linux only.
import { readFileSync } from "node:fs";

export type ProcessMemory = {
  readonly rssBytes: number;
  /** Its fair share of what it shares with others. */
  readonly pssBytes: number | null;
  /** What would be free if it ended. */
  readonly privateBytes: number | null;
  /** The most it ever had resident. */
  readonly peakBytes: number | null;
};

/** `null`: no such process, or not Linux. Walks the page tables: not for every second. */
export function processMemory(pid: number): ProcessMemory | null {
  const status = kilobytes(`/proc/${pid}/status`);
  const rss = status?.get("VmRSS");
  if (status === null || rss === undefined) return null;
  const rollup = kilobytes(`/proc/${pid}/smaps_rollup`);
  const clean = rollup?.get("Private_Clean");
  const dirty = rollup?.get("Private_Dirty");
  return {
    rssBytes: rss,
    pssBytes: rollup?.get("Pss") ?? null,
    privateBytes: clean === undefined || dirty === undefined ? null : clean + dirty,
    peakBytes: status.get("VmHWM") ?? null,
  };
}

function kilobytes(path: string): Map<string, number> | null {
  let text: string;
  try {
    text = readFileSync(path, "latin1");
  } catch {
    // Gone, another user's, or no /proc: all mean "unknown" to the caller.
    return null;
  }
  const found = new Map<string, number>();
  for (const [, name, value] of text.matchAll(/^(\w+):\s+(\d+) kB$/gm)) {
    found.set(name!, Number(value) * 1024);
  }
  return found;
}
