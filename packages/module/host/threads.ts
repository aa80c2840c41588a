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
  /** What cannot be read within half a second is null. */
  usage(): Promise<ThreadUsage>;
};

const MIB = 1024 * 1024;
const HEAP_MIN_MIB = 8;
const READING_MS = 500;

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
    usage: async () => ({ ...name, ...(await usage()) }),
  };
}

/** Newer runtimes tell a thread's heap and processor time; where they do not, it is unknown. */
function usageReader(worker: Worker): () => Promise<Omit<ThreadUsage, keyof ThreadName>> {
  const newer: { cpuUsage?: () => Promise<CpuTime>; getHeapStatistics?: () => Promise<Heap> } =
    worker as object;
  let loop = worker.performance.eventLoopUtilization();
  let last = { atMs: performance.now(), cpuMs: 0 };
  return async () => {
    const [cpu, heap] = await Promise.all([
      soon(newer.cpuUsage?.call(worker)),
      soon(newer.getHeapStatistics?.call(worker)),
    ]);
    const loopNow = worker.performance.eventLoopUtilization();
    const { utilization } = worker.performance.eventLoopUtilization(loopNow, loop);
    loop = loopNow;
    let cpuPercent: number | null = null;
    if (cpu !== null) {
      const now = { atMs: performance.now(), cpuMs: (cpu.user + cpu.system) / 1000 };
      cpuPercent = percent(now.cpuMs - last.cpuMs, now.atMs - last.atMs);
      last = now;
    }
    return {
      cpuPercent,
      heapBytes: heap?.used_heap_size ?? null,
      // Its two clocks are read one after the other, so a quiet loop may come out a hair below 0.
      eventLoopUtilization: Math.min(1, Math.max(0, utilization)),
    };
  };
}

/** `null` when there is no such reading, when it fails, or when it takes too long. */
async function soon<T>(reading: Promise<T> | undefined): Promise<T | null> {
  if (reading === undefined) return null;
  const { promise: late, resolve } = Promise.withResolvers<null>();
  const timer = setTimeout(() => resolve(null), READING_MS);
  // A thread that ends meanwhile has no reading; its end is told elsewhere.
  const read = await Promise.race([reading.catch(() => null), late]);
  clearTimeout(timer);
  return read;
}

type CpuTime = { readonly user: number; readonly system: number };
type Heap = { readonly used_heap_size: number };

const percent = (part: number, whole: number): number | null =>
  whole <= 0 ? null : Math.round((1000 * part) / whole) / 10;
