// threads.ts: the worker threads of one worker host: born, watched, ended. None harms another.
import { Worker } from "node:worker_threads";
import type { ThreadCommand, ThreadName, ThreadReport, ThreadUsage } from "@skelly-jelly/contract";
import { messageOf, stackOf } from "./module-log.ts";
import { spoolWriter } from "./spool-writer.ts";
import type { ThreadData } from "./thread-data.ts";

export type ThreadStart = Extract<ThreadCommand, { type: "thread-start" }>;

/** Something that runs a module in this process, in a thread of its own or in the main one. */
export type Thread = ThreadName & {
  terminate(): void;
  usage(): ThreadUsage;
};

const MIB = 1024 * 1024;
const HEAP_MIN_MIB = 8;

/** Facts come by `tell`: spawned once it runs, ended once and last. */
export function startThread(
  program: URL,
  start: ThreadStart,
  env: NodeJS.ProcessEnv,
  tell: (report: ThreadReport) => void,
): Thread {
  const { instance, incarnation, entry, outPath, errPath, memoryBytes } = start;
  const name = { instance, incarnation };
  const data: ThreadData = { entry, outPath, errPath, control: null, bus: null };
  const worker = new Worker(program, {
    name: instance,
    workerData: data,
    env,
    stdout: true,
    stderr: true,
    ...(memoryBytes !== null && {
      resourceLimits: {
        maxOldGenerationSizeMb: Math.max(HEAP_MIN_MIB, Math.floor(memoryBytes / MIB)),
      },
    }),
  });
  let message: string | null = null;
  let outOfMemory = false;
  const complain = (text: string): void => {
    const writer = spoolWriter(errPath);
    writer.write(`${text}\n`);
    writer.close();
  };
  // The thread writes to its files by itself; what still comes here was said before or beside that.
  worker.stdout.on("data", (chunk: Buffer) => complain(chunk.toString().trimEnd()));
  worker.stderr.on("data", (chunk: Buffer) => complain(chunk.toString().trimEnd()));
  worker.on("online", () => tell({ type: "thread-spawned", ...name }));
  worker.on("error", (error) => {
    outOfMemory = (error as NodeJS.ErrnoException).code === "ERR_WORKER_OUT_OF_MEMORY";
    message = messageOf(error);
    complain(stackOf(error));
  });
  worker.on("exit", (code) => tell({ type: "thread-ended", ...name, code, message, outOfMemory }));
  const usage = usageReader(worker);
  return {
    ...name,
    terminate: () => void worker.terminate(),
    usage: () => ({ ...name, ...usage() }),
  };
}

/** Newer runtimes tell a thread's heap and processor time; where they do not, it is unknown. */
function usageReader(worker: Worker): () => Omit<ThreadUsage, keyof ThreadName> {
  const newer: { cpuUsage?: () => Promise<CpuTime>; getHeapStatistics?: () => Promise<Heap> } =
    worker as object;
  let loop = worker.performance.eventLoopUtilization();
  let cpuPercent: number | null = null;
  let heapBytes: number | null = null;
  let last: { readonly atMs: number; readonly cpuMs: number } | null = null;
  // Both answers come from the thread itself, so each reading tells what the asking before brought.
  const ask = (): void => {
    newer.cpuUsage?.().then(({ user, system }) => {
      const now = { atMs: performance.now(), cpuMs: (user + system) / 1000 };
      if (last !== null) cpuPercent = percent(now.cpuMs - last.cpuMs, now.atMs - last.atMs);
      last = now;
    }, unknownNow);
    newer.getHeapStatistics?.().then(({ used_heap_size }) => {
      heapBytes = used_heap_size;
    }, unknownNow);
  };
  const unknownNow = (): void => {
    cpuPercent = null;
    heapBytes = null;
  };
  ask();
  return () => {
    ask();
    const now = worker.performance.eventLoopUtilization();
    const since = worker.performance.eventLoopUtilization(now, loop);
    loop = now;
    return { cpuPercent, heapBytes, eventLoopUtilization: since.utilization };
  };
}

type CpuTime = { readonly user: number; readonly system: number };
type Heap = { readonly used_heap_size: number };

const percent = (part: number, whole: number): number | null =>
  whole <= 0 ? null : Math.round((1000 * part) / whole) / 10;
