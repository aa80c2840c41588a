// processes.ts: what runs on this machine, by what is written in its environment.
import { readdirSync, readFileSync, readlinkSync, rmdirSync } from "node:fs";
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

/** Kills them, again until there are none, and removes the cgroups that they were in. */
export async function endProcesses(entry: string): Promise<void> {
  const groups = new Set<string>();
  let left = processesWith(entry);
  for (let round = 0; round < KILL_ROUNDS; round++) {
    for (const pid of left) {
      const group = cgroupOf(pid);
      if (group !== null) groups.add(group);
      try {
        process.kill(pid, "SIGKILL");
      } catch {
        // It went by itself meanwhile.
      }
    }
    if (left.length === 0 && [...groups].every(removeGroup)) return;
    await sleep(ROUND_MS);
    left = processesWith(entry);
  }
  if (left.length === 0) return;
  throw new Error(`still there after SIGKILL: ${left.map(commandLineOf).join("; ")}`);
}

/** The one that Skelly made for the whole system; `null` when there is none. */
function cgroupOf(pid: number): string | null {
  const root = /^0::(\/.*?skelly-[^/\n]+)/m.exec(readProc(`/proc/${pid}/cgroup`))?.[1];
  const mount = /^\S+ (\S+) cgroup2 /m.exec(readProc("/proc/self/mounts"))?.[1];
  return root === undefined || mount === undefined ? null : mount + root;
}

/** False while a process in it is still dying. */
function removeGroup(folder: string): boolean {
  try {
    for (const { name } of readdirSync(folder, { withFileTypes: true }).filter((each) =>
      each.isDirectory(),
    ))
      rmdirSync(`${folder}/${name}`);
    rmdirSync(folder);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ENOENT";
  }
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
