// marked-processes.ts: finds processes of ours by what is written in their environment.
// Slower than a cgroup (it looks at every process), but works everywhere that has /proc.
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

export class ProcessScan {
  private readonly ours: string;
  /**
   * Start times, by pid, of those that do not carry our mark: they are not asked again. One that does
   * not come from us never comes to carry it; what a parent forked carries the parent's until its exec.
   */
  private strangers = new Map<number, number>();

  constructor(runDirectory: string) {
    this.ours = `\0${RUN_DIRECTORY_ENV}=${runDirectory}\0`;
  }

  /** Every living process that was started from this run directory. */
  marked(): readonly MarkedProcess[] {
    return this.look(() => {});
  }

  /** Those of one incarnation, and all of its parent's session: they may have cleared their environment. */
  of(mark: string, session: number | null): readonly number[] {
    const found = new Set<number>();
    const marked = this.look((stat) => {
      if (stat.session === session) found.add(stat.pid);
    });
    for (const process of marked) if (process.mark === mark) found.add(process.stat.pid);
    return [...found];
  }

  private look(each: (stat: ProcessStat) => void): readonly MarkedProcess[] {
    const found: MarkedProcess[] = [];
    const strangers = new Map<number, number>();
    for (const name of readdirSync("/proc")) {
      const pid = Number(name);
      const stat = Number.isInteger(pid) ? readStat(pid) : null;
      if (stat === null || "ZX".includes(stat.state)) continue;
      each(stat);
      const isStranger = this.strangers.get(pid) === stat.startTicks;
      const environment = isStranger ? "" : environmentOf(pid);
      if (environment?.includes(this.ours) === true) found.push(...markIn(environment, stat));
      // Empty: a kernel thread, or in the middle of an exec.
      else if (isStranger || (environment ?? "") !== "") strangers.set(pid, stat.startTicks);
    }
    this.strangers = strangers;
    return found;
  }
}

function markIn(environment: string, stat: ProcessStat): readonly MarkedProcess[] {
  const parent = valueIn(environment, PARENT_ENV);
  const mark = parent ?? valueIn(environment, CONTROL_ENV.incarnation);
  return mark === null ? [] : [{ stat, mark, isParent: parent !== null }];
}

/** As `\0NAME=value\0...\0`; empty when there is none, `null` when it is gone or not ours to read. */
function environmentOf(pid: number): string | null {
  try {
    const text = readFileSync(`/proc/${pid}/environ`, "utf8");
    return text === "" ? "" : `\0${text}\0`;
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
