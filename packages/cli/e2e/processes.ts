// processes.ts: what runs on this machine, by what is written in its environment.
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

const KILL_ROUNDS = 100;
const ROUND_MS = 20;

/** Living processes (zombies are none) with this `NAME=value` in their environment. */
export function processesWith(entry: string): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => pid !== process.pid && environmentOf(pid).includes(entry) && isAlive(pid));
}

export function environmentOf(pid: number): string[] {
  return readProc(`/proc/${pid}/environ`).split("\0");
}

export const commandLineOf = (pid: number): string =>
  readProc(`/proc/${pid}/cmdline`).replaceAll("\0", " ").trim();

/** False for those that are gone and for zombies. */
export function isAlive(pid: number): boolean {
  const state = stateOf(pid);
  return state !== null && state !== "Z" && state !== "X";
}

/** `R`, `S`, `T` (stopped), `Z` …; `null` when it is gone. */
export function stateOf(pid: number): string | null {
  const stat = readProc(`/proc/${pid}/stat`);
  return stat.slice(stat.lastIndexOf(")") + 2)[0] ?? null;
}

export function parentOf(pid: number): number {
  const stat = readProc(`/proc/${pid}/stat`);
  return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
}

/** Descriptor number to what it is open on. */
export function openFilesOf(pid: number): Map<number, string> {
  const folder = `/proc/${pid}/fd`;
  return new Map(readdirSync(folder).map((fd) => [Number(fd), linkAt(`${folder}/${fd}`)]));
}

export async function endProcesses(entry: string): Promise<void> {
  for (let round = 0; round < KILL_ROUNDS; round++) {
    const left = processesWith(entry);
    if (left.length === 0) return;
    for (const pid of left) {
      try {
        process.kill(pid, "SIGKILL");
      } catch {
        // It went by itself meanwhile.
      }
    }
    await sleep(ROUND_MS);
  }
  throw new Error(
    `still there after SIGKILL: ${processesWith(entry).map(commandLineOf).join("; ")}`,
  );
}

function readProc(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    // Gone meanwhile, or not ours: it says nothing.
    return "";
  }
}

function linkAt(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    // Closed meanwhile.
    return "";
  }
}
