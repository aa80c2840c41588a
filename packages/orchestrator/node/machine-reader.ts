// machine-reader.ts: one reading of the machine: processor, memory, load, disk, pressure. Unknown is null.
import { statfsSync } from "node:fs";
import { availableParallelism } from "node:os";
import type { MachineReading } from "@skelly-jelly/contract";
import { readOrEmpty } from "./cgroup-places.ts";

export type MachineReaderOptions = {
  /** A folder on the disk that is watched. */
  readonly directory: string;
  /** Where the kernel's files are; for tests. */
  readonly proc?: string;
};

type Ticks = { readonly busy: number; readonly all: number };

/** Reads it as often as it is called; a share of time is that since the call before. */
export function createMachineReader(options: MachineReaderOptions): () => MachineReading {
  const { directory, proc = "/proc" } = options;
  let before: Ticks | null = null;
  return () => {
    const ticks = readTicks(proc);
    const memory = readOrEmpty(`${proc}/meminfo`);
    const load = Number.parseFloat(readOrEmpty(`${proc}/loadavg`));
    const reading: MachineReading = {
      cpuPercent: shareBusy(before, ticks),
      cores: availableParallelism(),
      memoryTotalBytes: memoryField(memory, "MemTotal"),
      memoryAvailableBytes: memoryField(memory, "MemAvailable"),
      load: Number.isFinite(load) ? load : null,
      diskFreeBytes: diskFree(directory),
      pressure: {
        cpu: pressure(proc, "cpu"),
        memory: pressure(proc, "memory"),
        io: pressure(proc, "io"),
      },
    };
    before = ticks;
    return reading;
  };
}

/** First line: `cpu user nice system idle iowait irq softirq steal ...`. */
function readTicks(proc: string): Ticks | null {
  const text = readOrEmpty(`${proc}/stat`);
  const fields = text.slice(0, text.indexOf("\n")).trim().split(/\s+/).slice(1, 9).map(Number);
  const [, , , idle, waiting] = fields;
  if (idle === undefined || waiting === undefined || fields.some(Number.isNaN)) return null;
  const all = fields.reduce((sum, each) => sum + each, 0);
  return { all, busy: all - idle - waiting };
}

function shareBusy(before: Ticks | null, now: Ticks | null): number | null {
  if (before === null || now === null || now.all <= before.all) return null;
  const share = (now.busy - before.busy) / (now.all - before.all);
  return Math.round(Math.max(0, share) * 10_000) / 100;
}

function memoryField(text: string, name: string): number | null {
  const kibibytes = new RegExp(`^${name}:\\s+(\\d+) kB$`, "m").exec(text)?.[1];
  return kibibytes === undefined ? null : Number(kibibytes) * 1024;
}

function pressure(proc: string, what: string): number | null {
  const text = readOrEmpty(`${proc}/pressure/${what}`);
  const percent = /^some avg10=([\d.]+)/m.exec(text)?.[1];
  return percent === undefined ? null : Number(percent);
}

function diskFree(directory: string): number | null {
  try {
    const { bavail, bsize } = statfsSync(directory);
    return bavail * bsize;
  } catch {
    // The folder is not there (any more).
    return null;
  }
}
