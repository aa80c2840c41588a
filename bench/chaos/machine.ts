// machine.ts: what the operating system itself says: who lives, with which marks, on which sockets.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

export type Found = {
  readonly pid: number;
  readonly parentPid: number;
  readonly startTicks: number;
  readonly state: string;
  readonly environment: ReadonlyMap<string, string>;
  readonly commandLine: string;
};

/** Those that live (zombies do not) and carry `text` in their environment or command line. */
export function processesWith(text: string): readonly Found[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .flatMap((name) => processAt(Number(name), text) ?? []);
}

function processAt(pid: number, text: string): Found | null {
  const environ = read(`/proc/${pid}/environ`);
  const commandLine = read(`/proc/${pid}/cmdline`).replaceAll("\0", " ").trim();
  if (!environ.includes(text) && !commandLine.includes(text)) return null;
  const stat = statOf(pid);
  if (stat === null || "ZX".includes(stat.state)) return null;
  const environment = new Map(
    environ.split("\0").map((entry) => {
      const at = entry.indexOf("=");
      return [entry.slice(0, at), entry.slice(at + 1)] as const;
    }),
  );
  return { pid, ...stat, environment, commandLine };
}

/** `null` when it is gone. */
export function statOf(pid: number): Pick<Found, "parentPid" | "startTicks" | "state"> | null {
  const text = read(`/proc/${pid}/stat`);
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  const [state, parent] = fields;
  if (state === undefined || state === "") return null;
  return { state, parentPid: Number(parent), startTicks: Number(fields[19]) };
}

export const lives = ({ pid, startTicks }: Pick<Found, "pid" | "startTicks">): boolean => {
  const stat = statOf(pid);
  return stat !== null && stat.startTicks === startTicks && !"ZX".includes(stat.state);
};

/** Seconds since boot, in the modules' own time. */
export const bootSeconds = (): number => Number(read("/proc/uptime").split(" ")[0]);

/** Bound Unix sockets with `text` in their name. */
export const socketsWith = (text: string): readonly string[] =>
  read("/proc/net/unix")
    .split("\n")
    .filter((line) => line.includes(text));

/** Folders of the system's own in any cgroup hierarchy. */
export function cgroupsOf(system: string, root = "/sys/fs/cgroup"): readonly string[] {
  if (!existsSync(root)) return [];
  const found: string[] = [];
  const look = (folder: string, depth: number): void => {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      if (!entry.isDirectory()) continue;
      const path = join(folder, entry.name);
      if (entry.name.includes(`skelly-${system}`)) found.push(path);
      else if (depth > 0) look(path, depth - 1);
    }
  };
  look(root, 4);
  return found;
}

export type Memory = { readonly rssKb: number; readonly pssKb: number; readonly privateKb: number };

export function memoryOf(pid: number): Memory | null {
  const text = read(`/proc/${pid}/smaps_rollup`);
  if (text === "") return null;
  const of = (name: string): number => Number(new RegExp(`^${name}: +(\\d+)`, "m").exec(text)?.[1]);
  return {
    rssKb: of("Rss"),
    pssKb: of("Pss"),
    privateKb: of("Private_Clean") + of("Private_Dirty"),
  };
}

/** Of every thread, by the scheduler's own account. */
export function cpuMsOf(pid: number): number {
  return readdirSync(`/proc/${pid}/task`).reduce((sum, task) => {
    const [ranNs = "0"] = read(`/proc/${pid}/task/${task}/schedstat`).split(" ");
    return sum + Number(ranNs) / 1e6;
  }, 0);
}

function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    // Gone meanwhile, or not ours to read: it says nothing.
    return "";
  }
}
