// process-load.ts: the machine's load and its processes, from /proc. Counts and categories; no
// command lines.
import { readdirSync, readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import type { AppCategory } from "@skelly-jelly/events";
import { categoryOf } from "../privacy.ts";
import type { Sink, Source } from "../source.ts";
import type { CpuTimes, ProcessTimes } from "./proc-parse.ts";
import {
  clampRatio,
  cpuRatio,
  parseCpu,
  parseDiskBytes,
  parseLoadAverage,
  parseMemoryRatio,
  parseNetworkBytes,
  parseProcess,
  rate,
} from "./proc-parse.ts";

/** Linux counts in hundredths of a second, whatever the machine. */
const TICKS_PER_SECOND = 100;
/** Below this nothing can be called the busiest. */
const BUSY_RATIO_MIN = 0.002;

export type ProcessLoadOptions = {
  readonly everyMs: number;
  /** Processes are read every so many load readings: they cost more. */
  readonly processesEvery: number;
  readonly proc?: string;
  readonly cores?: number;
};

type LoadReading = {
  readonly atMs: number;
  readonly cpu: CpuTimes | null;
  readonly diskBytes: number | null;
  readonly networkBytes: number | null;
};
type ProcessReading = { readonly atMs: number; readonly byKey: ReadonlyMap<string, ProcessTimes> };

export function createProcessLoad(options: ProcessLoadOptions): Source {
  const proc = options.proc ?? "/proc";
  const cores = options.cores ?? availableParallelism();
  const read = (...path: string[]): string | null => {
    try {
      return readFileSync(join(proc, ...path), "utf8");
    } catch {
      // A process may end between listing and reading, and not every kernel has every file.
      return null;
    }
  };
  const told = <T>(text: string | null, parse: (text: string) => T | null): T | null =>
    text === null ? null : parse(text);

  let sink: Sink | null = null;
  let load: LoadReading | null = null;
  let processes: ProcessReading | null = null;
  let count = 0;

  function readLoad(nowMs: number): LoadReading {
    return {
      atMs: nowMs,
      cpu: told(read("stat"), parseCpu),
      diskBytes: told(read("diskstats"), parseDiskBytes),
      networkBytes: told(read("net", "dev"), parseNetworkBytes),
    };
  }

  function readProcesses(nowMs: number): ProcessReading {
    const byKey = new Map<string, ProcessTimes>();
    for (const name of readdirSync(proc)) {
      if (!/^\d+$/.test(name)) continue;
      const times = told(read(name, "stat"), parseProcess);
      if (times !== null) byKey.set(times.key, times);
    }
    return { atMs: nowMs, byKey };
  }

  function sampleLoad(nowMs: number): void {
    const before = load;
    load = readLoad(nowMs);
    if (before === null) return;
    const tookMs = nowMs - before.atMs;
    sink?.emit({
      kind: "load",
      cpuRatio: cpuRatio(before.cpu, load.cpu),
      memoryRatio: told(read("meminfo"), parseMemoryRatio),
      loadAverage: told(read("loadavg"), parseLoadAverage),
      diskBytesPerSecond: rate(before.diskBytes, load.diskBytes, tookMs),
      networkBytesPerSecond: rate(before.networkBytes, load.networkBytes, tookMs),
    });
  }

  function sampleProcesses(nowMs: number): void {
    const before = processes;
    processes = readProcesses(nowMs);
    if (before === null) return;
    const now = processes.byKey;
    const [busiest, ticks] = busiestOf(before.byKey, now);
    const possible = ((nowMs - before.atMs) / 1000) * TICKS_PER_SECOND * cores;
    const ratio = possible > 0 ? clampRatio(ticks / possible) : 0;
    sink?.emit({
      kind: "process",
      runningCount: now.size,
      startedCount: [...now.keys()].filter((key) => !before.byKey.has(key)).length,
      endedCount: [...before.byKey.keys()].filter((key) => !now.has(key)).length,
      busiestCategory: ratio < BUSY_RATIO_MIN ? null : busiest,
      busiestCpuRatio: ratio,
    });
  }

  return {
    id: "process-load",
    everyMs: options.everyMs,
    async available() {
      return read("stat") === null && read("loadavg") === null
        ? { ok: false, reason: `${proc} does not tell of load and processes (it is Linux's)` }
        : { ok: true };
    },
    start(into) {
      sink = into;
    },
    stop() {
      sink = null;
      load = null;
      processes = null;
    },
    sample(nowMs) {
      if (sink === null || sink.pressed) return;
      sampleLoad(nowMs);
      if (count % options.processesEvery === 0) sampleProcesses(nowMs);
      count += 1;
    },
  };
}

/** The category whose processes used most since the reading before. */
function busiestOf(
  before: ReadonlyMap<string, ProcessTimes>,
  now: ReadonlyMap<string, ProcessTimes>,
): readonly [AppCategory, number] {
  const used = new Map<AppCategory, number>();
  for (const { key, name, ticks } of now.values()) {
    const spent = ticks - (before.get(key)?.ticks ?? 0);
    if (spent > 0) used.set(categoryOf(name), (used.get(categoryOf(name)) ?? 0) + spent);
  }
  let busiest: readonly [AppCategory, number] = ["other", 0];
  for (const [category, ticks] of used) if (ticks > busiest[1]) busiest = [category, ticks];
  return busiest;
}
