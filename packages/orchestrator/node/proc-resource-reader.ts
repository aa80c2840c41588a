// proc-resource-reader.ts: readings of modules' process trees from /proc. Kept-open files, one buffer.
import { closeSync, openSync, readdirSync, readSync, statSync } from "node:fs";
import type { Enforcement, InstanceId, ResourceLimits, Usage } from "@skelly-jelly/contract";
import type { Clock } from "../ports/clock.ts";
import type { ResourceReader } from "../ports/resource-reader.ts";
import {
  emptyProcStat,
  pageBytes,
  parentsOfAll,
  parseProcStat,
  readProcStat,
  TICK_MS,
} from "./proc-stat.ts";
import { ProcessDetails } from "./process-details.ts";

export type ProcReaderOptions = {
  readonly clock: Clock;
  /** Every process of an instance, from its cgroup; `null`: not known, the tree is walked. */
  readonly pidsOf?: (instance: InstanceId) => readonly number[] | null;
  readonly platform?: string;
};

export type ProcResourceReader = ResourceReader & {
  /** Lets go of what is kept for an instance. Those no longer asked for are let go by themselves. */
  forget(instance: InstanceId): void;
  close(): void;
};

const NOTHING_KNOWN: Usage = {
  cpuPercent: null,
  memoryBytes: null,
  fileHandles: null,
  threads: null,
};
/** More than this many processes are read with open and close each time. */
const KEPT_OPEN_MAX = 2048;
/** A runaway fork must not hold up supervision: of a tree no more than this is read. */
const TREE_MAX = 4096;
/** Children of other threads than the main one are looked for at every n-th reading only. */
const ALL_THREADS_EVERY = 6;
const UNASKED_MAX = 3;
/** Two readings closer together than a few clock ticks tell nothing of what lies between. */
const SPAN_MIN_MS = 100;

type Watched = {
  pid: number;
  readonly files: Map<number, number>;
  totalTicks: number | null;
  cpuPercent: number | null;
  atMs: number;
  readonly details: ProcessDetails;
  readings: number;
  unasked: number;
};

export function createProcResourceReader(options: ProcReaderOptions): ProcResourceReader {
  const { clock, pidsOf, platform = process.platform } = options;
  const onLinux = platform === "linux";
  const watched = new Map<InstanceId, Watched>();
  const buffer = Buffer.allocUnsafeSlow(16 * 1024);
  const stat = emptyProcStat();
  const pageSize = onLinux ? pageBytes() : 4096;
  let childrenListed = true;
  let keptOpen = 0;
  let ownCpu = process.cpuUsage();
  let ownAtMs = clock.nowMs();
  let ownRead = false;

  const drop = (entry: Watched, pid: number) => {
    const fd = entry.files.get(pid);
    if (fd === undefined) return;
    entry.files.delete(pid);
    closeSync(fd);
    keptOpen--;
  };

  const forget = (instance: InstanceId) => {
    const entry = watched.get(instance);
    if (entry === undefined) return;
    for (const pid of [...entry.files.keys()]) drop(entry, pid);
    watched.delete(instance);
  };

  /** Fills `stat`. A file kept open on a process that ended says so: a reused pid cannot pass. */
  const readStat = (entry: Watched, pid: number): boolean => {
    let fd = entry.files.get(pid);
    if (fd === undefined) {
      if (keptOpen >= KEPT_OPEN_MAX) {
        const once = readProcStat(pid);
        return once !== null && Object.assign(stat, once) === stat;
      }
      try {
        fd = openSync(`/proc/${pid}/stat`, "r");
      } catch {
        // It has ended.
        return false;
      }
      entry.files.set(pid, fd);
      keptOpen++;
    }
    try {
      return parseProcStat(buffer, readSync(fd, buffer, 0, buffer.length, 0), stat);
    } catch {
      // ESRCH: it has ended.
      drop(entry, pid);
      return false;
    }
  };

  const childrenOf = (pid: number, thread: number | string, into: number[]) => {
    let fd: number;
    try {
      fd = openSync(`/proc/${pid}/task/${thread}/children`, "r");
    } catch {
      // Gone; or a kernel without this file, which is found out once.
      return readProcStat(pid) === null || thread !== pid;
    }
    try {
      const length = readSync(fd, buffer, 0, buffer.length, 0);
      const words = buffer.toString("latin1", 0, length).split(" ");
      // What follows the last space is nothing, or a number cut off by a full buffer.
      for (let i = 0; i < words.length - 1; i++) into.push(Number(words[i]));
    } catch {
      // ESRCH: it ended; it has no children any more.
    } finally {
      closeSync(fd);
    }
    return true;
  };

  const treeOf = (root: number, allThreads: boolean): number[] => {
    const tree = [root];
    for (let i = 0; i < tree.length && tree.length < TREE_MAX; i++) {
      const pid = tree[i]!;
      if (!childrenOf(pid, pid, tree)) {
        childrenListed = false;
        return tree;
      }
      if (!allThreads) continue;
      for (const thread of namesIn(`/proc/${pid}/task`)) {
        if (Number(thread) !== pid) childrenOf(pid, thread, tree);
      }
    }
    return tree;
  };

  const readOne = (instance: InstanceId, pid: number, parents: () => Parents): Usage => {
    let entry = watched.get(instance);
    if (entry !== undefined && entry.pid !== pid) {
      forget(instance);
      entry = undefined;
    }
    if (entry === undefined) {
      const details = new ProcessDetails(pageSize);
      const none = { totalTicks: null, cpuPercent: null, atMs: 0, readings: 0, unasked: 0 };
      entry = { pid, files: new Map(), details, ...none };
      watched.set(instance, entry);
    }
    entry.unasked = 0;
    const allThreads = entry.readings++ % ALL_THREADS_EVERY === 0;
    let pids = pidsOf?.(instance) ?? null;
    if (pids === null && childrenListed) pids = treeOf(pid, allThreads);
    if (pids === null || (!childrenListed && pids.length <= 1)) pids = treeFrom(parents(), pid);
    return readTree(entry, pids);
  };

  const readTree = (entry: Watched, pids: readonly number[]): Usage => {
    let ticks = 0;
    let pages = 0;
    let threads = 0;
    let handles: number | null = 0;
    let living = 0;
    for (const pid of pids) {
      if (!readStat(entry, pid) || stat.state === "X") continue;
      living++;
      // Times of waited-for children are in the sum, so that it only falls when a child is lost.
      ticks += stat.ticks;
      if (stat.state === "Z") continue;
      pages += stat.residentPages;
      threads += stat.threads;
      const held: number | null = handles === null ? null : handlesOf(pid);
      handles = handles === null || held === null ? null : handles + held;
    }
    if (entry.files.size > pids.length) {
      const now = new Set(pids);
      for (const pid of [...entry.files.keys()]) if (!now.has(pid)) drop(entry, pid);
    }
    if (living === 0) return NOTHING_KNOWN;
    const atMs = clock.nowMs();
    const spanMs = atMs - entry.atMs;
    if (entry.totalTicks === null || spanMs >= SPAN_MIN_MS) {
      const spent = ticks - (entry.totalTicks ?? ticks);
      const fresh = entry.totalTicks === null;
      entry.cpuPercent = fresh ? null : rounded((Math.max(0, spent) * TICK_MS * 100) / spanMs);
      entry.totalTicks = ticks;
      entry.atMs = atMs;
    }
    return {
      cpuPercent: entry.cpuPercent,
      memoryBytes: pages * pageSize,
      fileHandles: handles,
      threads,
      ...entry.details.read(pids, atMs),
    };
  };

  return {
    read(instances) {
      const readings = new Map<InstanceId, Usage>();
      let all: Parents | null = null;
      const parents = () => {
        all ??= parentsOfAll();
        return all;
      };
      for (const entry of watched.values()) entry.unasked++;
      for (const { instance, pid } of instances) {
        const known = onLinux && pid !== null;
        readings.set(instance, known ? readOne(instance, pid, parents) : NOTHING_KNOWN);
      }
      for (const [instance, entry] of watched) if (entry.unasked > UNASKED_MAX) forget(instance);
      return readings;
    },
    own() {
      const atMs = clock.nowMs();
      const cpu = process.cpuUsage(ownCpu);
      const spanMs = atMs - ownAtMs;
      const cpuPercent =
        ownRead && spanMs > 0 ? rounded((cpu.user + cpu.system) / 10 / spanMs) : null;
      ownCpu = process.cpuUsage();
      ownAtMs = atMs;
      ownRead = true;
      return { rssBytes: process.memoryUsage.rss(), cpuPercent };
    },
    enforcement: (_instance, limits) => enforcementHere(limits, onLinux),
    forget,
    close() {
      for (const instance of [...watched.keys()]) forget(instance);
    },
  };
}

/** What this reader alone can say; the process runner knows of cgroups and says better. */
function enforcementHere(limits: ResourceLimits, onLinux: boolean): Enforcement {
  const set = Object.values(limits).filter((limit) => limit !== undefined).length;
  if (set === 0) return "none";
  // The process runner sets `ulimit -n` before exec, wherever there is a shell.
  if (set === 1 && limits.fileHandles !== undefined) return "rlimit";
  return onLinux ? "watched" : "none";
}

type Parents = ReadonlyMap<number, number>;

function treeFrom(parents: Parents, root: number): number[] {
  const tree = [root];
  for (let i = 0; i < tree.length && tree.length < TREE_MAX; i++) {
    for (const [pid, parent] of parents) if (parent === tree[i]) tree.push(pid);
  }
  return tree;
}

/** Since Linux 6.2 the size of the folder is the count; before, it is 0 and the names are counted. */
function handlesOf(pid: number): number | null {
  try {
    const { size } = statSync(`/proc/${pid}/fd`);
    return size > 0 ? size : readdirSync(`/proc/${pid}/fd`).length;
  } catch (error) {
    // It ended meanwhile: none. Another user's process: unknown.
    return (error as NodeJS.ErrnoException).code === "ENOENT" ? 0 : null;
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    // It ended meanwhile.
    return [];
  }
}

const rounded = (percent: number): number => Math.round(percent * 100) / 100;
