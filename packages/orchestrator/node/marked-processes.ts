// marked-processes.ts: finds processes of ours by what is written in their environment.
// Slower than a cgroup (it reads every process), but works everywhere that has /proc.
import { readdirSync, readFileSync } from "node:fs";
import { CONTROL_ENV } from "@skelly-jelly/contract";
import { type ProcessStat, readStat } from "./process-identity.ts";

/** Names the run directory, so that two systems of one name on one machine never mix. */
export const RUN_DIRECTORY_ENV = "SKELLY_RUN_DIR";
/** `system/instance` in the environment of a parent process, and of nothing else. */
export const PARENT_ENV = "SKELLY_PARENT";

export type MarkedProcess = {
  readonly stat: ProcessStat;
  /** `system/instance/k` of a module's process, `system/instance` of a parent. */
  readonly mark: string;
  readonly isParent: boolean;
};

/** Every living process that was started from this run directory. */
export function markedProcesses(runDirectory: string): readonly MarkedProcess[] {
  const ours = `\0${RUN_DIRECTORY_ENV}=${runDirectory}\0`;
  const found: MarkedProcess[] = [];
  for (const pid of allPids()) {
    const environment = environmentOf(pid);
    if (environment === null || !environment.includes(ours)) continue;
    const parent = valueIn(environment, PARENT_ENV);
    const mark = parent ?? valueIn(environment, CONTROL_ENV.incarnation);
    const stat = livingStat(pid);
    if (mark !== null && stat !== null) found.push({ stat, mark, isParent: parent !== null });
  }
  return found;
}

/** Those of one incarnation, and what is in its session though it cleared its environment. */
export function processesOf(
  runDirectory: string,
  mark: string,
  session: number | null,
): readonly number[] {
  const found = new Set<number>();
  for (const process of markedProcesses(runDirectory)) {
    if (process.mark === mark) found.add(process.stat.pid);
  }
  if (session !== null) {
    for (const pid of allPids()) if (livingStat(pid)?.session === session) found.add(pid);
  }
  return [...found];
}

function livingStat(pid: number): ProcessStat | null {
  const stat = readStat(pid);
  return stat === null || "ZX".includes(stat.state) ? null : stat;
}

function allPids(): number[] {
  return readdirSync("/proc")
    .map(Number)
    .filter((pid) => Number.isInteger(pid) && pid > 0);
}

/** As `\0NAME=value\0...\0`; `null` when it is gone or not ours to read. */
function environmentOf(pid: number): string | null {
  try {
    const text = readFileSync(`/proc/${pid}/environ`, "utf8");
    return text === "" ? null : `\0${text}\0`;
  } catch {
    return null;
  }
}

function valueIn(environment: string, name: string): string | null {
  const at = environment.indexOf(`\0${name}=`);
  if (at < 0) return null;
  const from = at + name.length + 2;
  return environment.slice(from, environment.indexOf("\0", from));
}
